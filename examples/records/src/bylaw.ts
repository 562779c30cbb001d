import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** Milliseconds until a gateway that does not answer counts as failed. */
const START_TIMEOUT_MS = 20_000;
const READY = /bylaw is ready on (http:\/\/\S+)/;

/** The `bylaw` command on one data folder: the demo drives it as a person at a terminal would. */
export interface Bylaw {
  /** Starts `bylaw up` and returns its address. */
  up(): Promise<string>;
  /** Stops the running gateway and waits until it has drained. */
  down(): Promise<void>;
  /** Runs one command with `--json` and returns what it printed; a failing one throws with its words. */
  run(...args: readonly string[]): Promise<unknown>;
  /** A command line that bridges stdio to the running gateway, and the environment it needs. */
  bridge(upstream: string): readonly string[];
  credentials(token: string): Readonly<Record<string, string>>;
}

/** In: program and first arguments of `bylaw`, the folder with `bylaw.yaml`, the environment of every command. */
export function bylawIn(
  bylaw: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>>,
): Bylaw {
  const [program = "", ...first] = bylaw;
  const options = { cwd: folder, env: { ...process.env, ...env } };
  let gateway: ChildProcess | null = null;
  return {
    up: async () => {
      const args = [...first, "up", "--config", `${folder}/bylaw.yaml`, "--port", "0"];
      gateway = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
      return await ready(gateway);
    },
    down: async () => {
      if (gateway === null || gateway.exitCode !== null) return;
      const ended = once(gateway, "exit");
      gateway.kill("SIGTERM");
      await ended;
    },
    run: async (...args) => {
      const child = spawn(program, [...first, ...args, "--json"], {
        ...options,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const ended = once(child, "close");
      const [out, err] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
      await ended;
      if (child.exitCode !== 0) throw new Error(`bylaw ${args.join(" ")} failed: ${err || out}`);
      return JSON.parse(out) as unknown;
    },
    bridge: (upstream) => [...bylaw, "mcp", "--upstream", upstream],
    credentials: (token) => ({ ...env, BYLAW_TOKEN: token }),
  };
}

async function ready(gateway: ChildProcess): Promise<string> {
  let said = "";
  gateway.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const timer = setTimeout(() => gateway.kill("SIGKILL"), START_TIMEOUT_MS);
  try {
    if (gateway.stdout !== null) {
      for await (const line of createInterface({ input: gateway.stdout })) {
        const address = READY.exec(line)?.[1];
        if (address !== undefined) return address;
        said += `${line}\n`;
      }
    }
    throw new Error(`bylaw up did not start:\n${said}`);
  } finally {
    clearTimeout(timer);
    gateway.stdout?.resume(); // a full pipe would stop the gateway
  }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text.trim();
}
