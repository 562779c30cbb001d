import { type Caller, type Client, callOf, check, INITIALIZE, message, nextId } from "./caller.ts";
import type { Program } from "./processes.ts";

/** A client on the standard streams of a program: one session, whose callers share it, as MCP has it. */
export function stdioClient(program: Program): (callers: number) => Promise<Client> {
  const waiting = new Map<number, (line: string) => void>();
  let parts: string[] = [];
  program.child.stdout?.on("data", (part: Buffer) => {
    parts.push(part.toString("utf8"));
    if (!part.includes(10)) return;
    const lines = parts.join("").split("\n");
    parts = [lines.pop() ?? ""];
    for (const line of lines) take(line);
  });
  const take = (line: string): void => {
    const id = Number(/"id":(\d+)[,}]/.exec(line.slice(0, 64) + line.slice(-64))?.[1]);
    waiting.get(id)?.(line);
    waiting.delete(id);
  };
  const send = (body: string, id: number): Promise<string> =>
    new Promise((resolve) => {
      waiting.set(id, resolve);
      program.child.stdin?.write(`${body}\n`);
    });
  const initialize = async (): Promise<void> => {
    const id = nextId();
    await send(message("initialize", INITIALIZE, id), id);
    program.child.stdin?.write(`${message("notifications/initialized", {})}\n`);
  };
  let begun: Promise<void> | null = null;
  const caller: Caller = {
    async call(text) {
      const number = nextId();
      check(await send(callOf(text, number), number), text, number);
    },
  };
  return async (callers) => {
    begun ??= initialize();
    await begun;
    return { callers: Array.from({ length: callers }, () => caller), close: () => undefined };
  };
}
