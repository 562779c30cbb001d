import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";

const SERVED = fileURLToPath(new URL("served.mjs", import.meta.url));

/** A store in a process of its own, so that its system calls can be made to fail. */
export interface Served {
  append(id: string, durability: "write" | "sync"): Promise<Answer>;
  healthy(): Promise<boolean>;
  close(): Promise<Answer>;
  /** Ends the process without a word. */
  kill(): Promise<void>;
}

export type Answer =
  | { readonly value: { readonly index: number } | boolean | null }
  | { readonly code: string; readonly message: string };

export async function serve(folder: string, env: Record<string, string> = {}): Promise<Served> {
  const child = fork(SERVED, [folder], { env: { ...process.env, ...env }, execArgv: [] });
  children.push(child);
  const waiting = new Map<number, (answer: Answer) => void>();
  let sequence = 0;
  child.on("message", (message: Answer & { readonly id: number }) => {
    const { id, ...answer } = message;
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  const ended = once(child, "exit");
  void ended.then(() => {
    for (const resolve of waiting.values()) resolve({ code: "process.ended", message: "" });
  });
  const ask = (op: string, ...args: readonly string[]): Promise<Answer> =>
    new Promise((resolve) => {
      sequence += 1;
      waiting.set(sequence, resolve);
      child.send({ id: sequence, op, args });
    });
  const opened = await ask("open");
  if ("code" in opened) throw Object.assign(new Error(opened.message), { code: opened.code });
  return {
    append: (id, durability) => ask("append", id, durability),
    healthy: async () => {
      const answer = await ask("healthy");
      return "value" in answer && answer.value === true;
    },
    close: () => ask("close"),
    async kill(): Promise<void> {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});
