/** Whoever calls the tool: one request at a time. */
export interface Caller {
  /** Calls `echo` and checks the answer; throws when it is not that call's. */
  call(text: string): Promise<void>;
}

/** A client with one session and as many callers as were asked for. */
export interface Client {
  readonly callers: readonly Caller[];
  close(): void;
}

export const INITIALIZE = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "bench", version: "1.0.0" },
} as const;

let last = 0;

/** Ids that no two requests of the process share. */
export function nextId(): number {
  last += 1;
  return last;
}

export function message(method: string, params: object, id?: number): string {
  return JSON.stringify({ jsonrpc: "2.0", ...(id === undefined ? {} : { id }), method, params });
}

export function callOf(text: string, id: number): string {
  return message("tools/call", { name: "echo", arguments: { text } }, id);
}

/** Cheap enough not to be what is measured: the id and the whole text must be there, and no error. */
export function check(answer: string, text: string, id: number): void {
  const right =
    answer.includes(`"id":${id}`) && answer.includes(text) && !answer.includes('"isError":true');
  if (!right) throw new Error(`wrong answer to call ${id}: ${answer.slice(0, 400)}`);
}
