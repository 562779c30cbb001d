import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";

/** A started program. */
export interface Program {
  readonly child: ChildProcess;
  /** Resolves with the first group of a pattern in its output; rejects when it ends before. */
  says(pattern: RegExp): Promise<string>;
  stop(): Promise<void>;
}

const TICKS_PER_SECOND = 100; // sysconf(_SC_CLK_TCK) of every Linux that Node runs on
const PAGE_BYTES = 4096;

/**
 * Starts a program whose standard input is ours. `watched`: the streams that `says` looks at and that
 * are shown when it fails; a program that speaks MCP over its output is watched on its errors alone.
 */
export function startProgram(
  command: readonly string[],
  env: NodeJS.ProcessEnv = {},
  watched: "all" | "errors" = "all",
): Program {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let output = "";
  const listeners = new Set<() => void>();
  for (const stream of [watched === "all" ? child.stdout : null, child.stderr])
    stream?.on("data", (part: Buffer) => {
      output = (output + part.toString()).slice(-100_000);
      for (const listener of listeners) listener();
    });
  child.stdin?.on("error", () => undefined);
  const ended = once(child, "close");
  return {
    child,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(output)?.[1];
          if (found === undefined) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        void ended.then(() => reject(new Error(`${command.join(" ")} ended: ${output}`)));
        look();
      }),
    async stop() {
      child.kill("SIGTERM");
      const patience = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(patience);
    },
  };
}

export interface Usage {
  /** CPU time of user and system, in microseconds. */
  readonly cpuUs: number;
  readonly residentBytes: number;
}

/** What a process and all that it started have used, from /proc (proc(5)). */
export function usageOf(pid: number): Usage {
  const children = childrenOf();
  const total = { cpuUs: 0, residentBytes: 0 };
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const fields = statOf(next);
    if (fields === null) continue;
    total.cpuUs += ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS_PER_SECOND;
    total.residentBytes += Number(fields[21]) * PAGE_BYTES;
    open.push(...(children.get(next) ?? []));
  }
  return total;
}

function childrenOf(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    const parent = /^\d+$/.test(name) ? Number(statOf(Number(name))?.[1]) : Number.NaN;
    if (Number.isNaN(parent)) continue;
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  return children;
}

/** Fields of /proc/PID/stat from the state on; null when the process has ended. */
function statOf(pid: number): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}
