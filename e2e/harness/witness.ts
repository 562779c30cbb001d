import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, bylaw } from "./bylaw.ts";
import type { Site } from "./site.ts";
import { eventually } from "./wait.ts";

/** A witness with a folder and an address of its own. */
export interface Witness {
  readonly name: string;
  readonly vkey: string;
  readonly folder: string;
  address(): string;
  /** Starts it, on its old address once it had one. */
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** The last note that it cosigned; null before the first. */
  last(origin: string): Promise<string | null>;
  output(): string;
}

/** Makes a witness that follows one log; it does not run yet. */
export async function makeWitness(site: Site, name: string, log: string): Promise<Witness> {
  const folder = join(site.folder, name);
  const { vkey } = await ask<{ vkey: string }>(site, "witness", "init", name, "--dir", folder);
  writeFileSync(join(folder, "logs"), `log ${log}\n`);
  let child: ChildProcess | null = null;
  let address = "";
  let printed = "";

  async function start(): Promise<void> {
    const listen = address === "" ? "127.0.0.1:0" : new URL(address).host;
    const words = [
      "witness",
      "run",
      "--dir",
      folder,
      "--listen",
      listen,
      "--every",
      "200ms",
      "--json",
    ];
    const { command, args, env } = bylaw(site, ...words);
    const started = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    child = started;
    let out = "";
    started.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    started.stderr.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
    await eventually(`witness ${name} is ready`, () => {
      if (started.exitCode !== null) throw new Error(`witness ${name} ended: ${printed}`);
      return out.includes("\n") ? true : null;
    });
    ({ address } = JSON.parse(out) as { address: string });
  }

  return {
    name,
    vkey,
    folder,
    address: () => address,
    start,
    async kill(): Promise<void> {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "close");
      child.kill("SIGKILL");
      await ended;
    },
    async last(origin): Promise<string | null> {
      const page = createHash("sha256").update(origin).digest("hex");
      const answer = await fetch(`${address}/${page}/checkpoint`);
      return answer.status === 200 ? await answer.text() : null;
    },
    output: () => printed,
  };
}
