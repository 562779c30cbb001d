import { spawn } from "node:child_process";
import { once } from "node:events";
import { bylaw } from "./bylaw.ts";
import type { Site } from "./site.ts";

/** What a command at a terminal left behind. */
export interface Typed {
  readonly code: number | null;
  /** Everything that the terminal has shown. */
  readonly shown: string;
}

/** Runs a command at a pseudo-terminal of its own, where somebody types these lines. */
export async function typing(
  site: Site,
  lines: readonly string[],
  ...args: readonly string[]
): Promise<Typed> {
  const { command, args: all, env } = bylaw(site, ...args);
  const words = [command, ...all].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  // util-linux' script: it passes on what it reads, and ends with the command's exit code.
  const child = spawn("script", ["-qefc", words, "/dev/null"], {
    env: { ...env, XDG_CONFIG_HOME: `${site.data}-person` },
    cwd: site.folder,
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  // What it asked last may also be the last that it did.
  child.stdin.on("error", () => undefined);
  let shown = "";
  let typed = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    shown += chunk.toString();
    // One line for each question: what is typed before would be shown by the terminal.
    while (typed < lines.length && typed < asked(shown)) {
      child.stdin.write(`${lines[typed]}\r`);
      typed += 1;
    }
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, shown };
}

/** Questions that a command has asked so far. */
function asked(shown: string): number {
  return [
    ...shown.matchAll(/(passphrase|again|Passphrase of your key \S+|app \(\S+\)|shows now): /g),
  ].length;
}
