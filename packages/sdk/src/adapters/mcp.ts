import { type Bylaw, BylawRefusal } from "../client.ts";
import { createGate, type Gate, type GuardOptions } from "./gate.ts";

/** As much of a transport of the official MCP SDK (versions 1 and 2) as matters here. */
export interface McpTransport {
  onmessage?: ((message: never, extra?: never) => void) | undefined;
  onclose?: (() => void) | undefined;
  send(message: never, options?: never): Promise<void>;
}

export interface McpOptions extends GuardOptions {
  /** Name under which the catalog knows the server. */
  readonly upstream: string;
}

interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: { readonly [name: string]: unknown };
  readonly result?: { readonly isError?: unknown; readonly content?: unknown };
  readonly error?: unknown;
}
type Deliver = (message: Message, extra?: unknown) => void;

/** One call between the client's request and its answer. */
interface Open {
  /** Nobody waits for it any more: it is not sent, and not answered. */
  cancelled: boolean;
  answer: (message: Message, extra: unknown) => void;
  fail: (error: Error) => void;
}

interface Line {
  readonly gate: Gate;
  readonly send: (message: Message, options: unknown) => Promise<void>;
  readonly deliver: Deliver;
  /** By the id of their request. */
  readonly open: Map<string | number, Open>;
}

/**
 * Guards a transport of the official MCP client: `client.connect(guard(bylaw, transport, …))`. Every
 * `tools/call` asks Bylaw before it is sent, by whichever method of the client; the rest goes by.
 *
 * A refused call is answered with words for the model, as a tool's error. One that a person must allow
 * waits as long as the `bylaw` client does (`timeoutMs`), which has to be less than the MCP client waits
 * for an answer (60 seconds, unless it is told otherwise); then it is refused with the approval's id.
 */
export function guard<T extends McpTransport>(bylaw: Bylaw, transport: T, options: McpOptions): T {
  const inner = transport as unknown as {
    onmessage?: Deliver | undefined;
    onclose?: (() => void) | undefined;
    send(message: Message, options: unknown): Promise<void>;
  };
  let { onmessage, onclose } = inner;
  const line: Line = {
    gate: createGate(bylaw, options),
    send: (message, how) => inner.send(message, how),
    deliver: (message, extra) => onmessage?.(message, extra),
    open: new Map(),
  };
  inner.onmessage = (message, extra) => receive(line, message, extra);
  inner.onclose = () => {
    for (const { fail } of line.open.values()) fail(new Error("the connection is closed"));
    onclose?.();
  };
  return new Proxy(transport, {
    get: (target, name) => {
      if (name === "onmessage") return onmessage;
      if (name === "onclose") return onclose;
      if (name === "send") return (message: Message, how: unknown) => post(line, message, how);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
    set: (target, name, value) => {
      if (name === "onmessage") onmessage = value as Deliver | undefined;
      else if (name === "onclose") onclose = value as (() => void) | undefined;
      else return Reflect.set(target, name, value, target);
      return true;
    },
  });
}

/** What the client sends. */
async function post(line: Line, message: Message, options: unknown): Promise<void> {
  if (Array.isArray(message)) throw new Error("a batch cannot be guarded: send its messages alone");
  if (message.method === "notifications/cancelled") cancel(line, message.params?.["requestId"]);
  if (message.method !== "tools/call") return line.send(message, options);
  const { id } = message;
  if (id === undefined) throw new Error("`tools/call` without an id has no answer to guard");
  if (line.open.has(id)) throw new Error(`a request with the id \`${id}\` is open`);
  const open: Open = { cancelled: false, answer: () => undefined, fail: () => undefined };
  line.open.set(id, open);
  void answerOf(line, open, message, options).then(({ answer, extra }) => {
    line.open.delete(id);
    if (!open.cancelled) line.deliver({ jsonrpc: "2.0", id, ...answer } as Message, extra);
  });
}

interface Answered {
  readonly answer: Pick<Message, "result" | "error">;
  readonly extra?: unknown;
}

/** Decides, sends what may run, and gives the answer to it, or the refusal in its place. */
async function answerOf(
  line: Line,
  open: Open,
  message: Message,
  options: unknown,
): Promise<Answered> {
  const { name, arguments: args = {} } = message.params ?? {};
  const call = { id: String(message.id), tool: String(name), arguments: args };
  await line.gate.answered(call);
  let answered: Answered = { answer: {} };
  try {
    await line.gate.run(call, async (exact) => {
      const params = { ...message.params, name: call.tool, arguments: exact };
      answered = await sent(line, open, { ...message, params }, options);
      const { error, result } = answered.answer;
      // Bylaw hears of a failure as the model does; the answer goes on as it came.
      if (error !== undefined || result?.isError === true) throw new ToolFailed();
      return result;
    });
    return answered;
  } catch (error) {
    if (error instanceof ToolFailed) return answered;
    const text = error instanceof BylawRefusal ? error.message : String(error);
    return { answer: { result: { content: [{ type: "text", text }], isError: true } } };
  }
}

class ToolFailed extends Error {}

/** Sends a request and waits for the server's answer to it. */
function sent(line: Line, open: Open, message: Message, options: unknown): Promise<Answered> {
  if (open.cancelled) return Promise.reject(new Error("the call was cancelled"));
  return new Promise((resolve, reject) => {
    open.answer = ({ result, error }, extra) =>
      resolve({
        answer: {
          ...(result === undefined ? {} : { result }),
          ...(error === undefined ? {} : { error }),
        },
        extra,
      });
    open.fail = reject;
    line.send(message, options).catch(reject);
  });
}

/** What the server sends. */
function receive(line: Line, message: Message, extra: unknown): void {
  const isAnswer = message.method === undefined && message.id !== undefined;
  const open = isAnswer ? line.open.get(message.id ?? "") : undefined;
  if (open === undefined) line.deliver(message, extra);
  else open.answer(message, extra);
}

function cancel(line: Line, id: unknown): void {
  const open = typeof id === "string" || typeof id === "number" ? line.open.get(id) : undefined;
  if (open === undefined) return;
  open.cancelled = true;
  open.fail(new Error("the call was cancelled"));
}
