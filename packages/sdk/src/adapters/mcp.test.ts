import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ALLOWED, BLOCKED, type Gateway, startGateway } from "../../testdata/gateway.ts";
import { guard } from "./mcp.ts";

type Message = Record<string, unknown>;

/** A transport whose other end is the test. */
class Wire {
  onmessage: ((message: Message, extra?: unknown) => void) | undefined;
  onclose: (() => void) | undefined;
  #started = false;
  readonly sent: Message[] = [];
  /** What the server answers at once; null for silence. */
  answer: ((message: Message) => Message | null) | null = null;

  get started(): boolean {
    return this.#started;
  }
  start(): Promise<void> {
    this.#started = true;
    return Promise.resolve();
  }
  send(message: Message): Promise<void> {
    this.sent.push(message);
    const answer = this.answer?.(message) ?? null;
    if (answer !== null) this.onmessage?.({ jsonrpc: "2.0", id: message["id"], ...answer });
    return Promise.resolve();
  }
  close(): Promise<void> {
    this.onclose?.();
    return Promise.resolve();
  }
}

let gateway: Gateway;
let wire: Wire;
let guarded: Wire;
let got: Message[];
let wake: () => void;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());
beforeEach(() => {
  gateway.answer(ALLOWED);
  wire = new Wire();
  wire.answer = ({ method }) => (method === "tools/call" ? { result: RESULT } : null);
  guarded = guard(gateway.client, wire, { upstream: "crm" });
  got = [];
  guarded.onmessage = (message) => {
    got.push(message);
    wake();
  };
});

const RESULT = { content: [{ type: "text", text: "done" }] };
const call = (id: number | string = 1): Message => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name: "erase", arguments: { key: "a" }, _meta: { trace: "t" } },
});

/** Sends and waits for the next message that comes back. */
function exchange(message: Message): Promise<void> {
  return new Promise((resolve, reject) => {
    wake = resolve;
    guarded.send(message).catch(reject);
  });
}

describe("a guarded transport", () => {
  it("asks before a call is sent, and reports its result before it is read", async () => {
    await exchange(call());
    expect(gateway.asked).toEqual([{ tool: "erase", arguments: { key: "a" }, upstream: "crm" }]);
    expect(wire.sent).toEqual([call()]);
    expect(gateway.reported).toEqual([{ completion: "ok", result: JSON.stringify(RESULT) }]);
    expect(got).toEqual([{ jsonrpc: "2.0", id: 1, result: RESULT }]);
  });

  it("answers a refused call in the server's place", async () => {
    gateway.answer(BLOCKED);
    await exchange(call());
    expect(wire.sent).toEqual([]);
    expect(got).toMatchObject([{ id: 1, result: { isError: true } }]);
    expect(JSON.stringify(got)).toContain("`erase` was refused and was not done");
  });

  it.each<[string, Message]>([
    ["a tool's failure", { result: { ...RESULT, isError: true } }],
    ["an error of the protocol", { error: { code: -32602, message: "no such tool" } }],
  ])("passes %s on as it is, and reports it", async (_what, answer) => {
    wire.answer = () => answer;
    await exchange(call());
    expect(got).toEqual([{ jsonrpc: "2.0", id: 1, ...answer }]);
    expect(gateway.reported).toEqual([{ completion: "error" }]);
  });

  it("lets everything else by", async () => {
    const list = { jsonrpc: "2.0", id: "l", method: "tools/list" };
    wire.answer = () => ({ result: { tools: [] } });
    await exchange(list);
    expect(wire.sent).toEqual([list]);
    expect(got).toEqual([{ jsonrpc: "2.0", id: "l", result: { tools: [] } }]);
    expect(gateway.asked).toEqual([]);
  });

  it("does not send, and does not answer, what was cancelled meanwhile", async () => {
    const cancelled = { method: "notifications/cancelled", params: { requestId: 1 } };
    await guarded.send(call(1));
    await guarded.send(cancelled);
    await exchange(call(2));
    expect(wire.sent.map(({ id, method }) => id ?? method)).toEqual([cancelled.method, 2]);
    expect(got.map(({ id }) => id)).toEqual([2]);
  });

  it("ends an open call when the connection ends", async () => {
    wire.answer = () => null;
    const sent = exchange(call());
    await expect.poll(() => wire.sent.length).toBe(1);
    await wire.close();
    await sent;
    expect(got).toMatchObject([{ id: 1, result: { isError: true } }]);
    expect(gateway.reported).toEqual([{ completion: "error" }]);
  });

  it.each<[string, unknown]>([
    ["a batch", [call()]],
    ["a call that wants no answer", { ...call(), id: undefined }],
  ])("refuses %s", async (_what, message) => {
    await expect(guarded.send(message as Message)).rejects.toThrow(/guard/);
    expect(wire.sent).toEqual([]);
  });

  it("refuses a second call under the id of an open one", async () => {
    await guarded.send(call());
    await expect(guarded.send(call())).rejects.toThrow("is open");
  });

  it("is the transport in everything else", async () => {
    await guarded.start();
    expect(guarded.started).toBe(true);
    expect(wire.started).toBe(true);
  });
});
