import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { request as send } from "undici";
import { connectStream } from "../src/mcp/index.ts";
import type { Harness } from "./harness.ts";

export interface RawReply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  /** The JSON document, or the last message of an event stream. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at arbitrary answers
  readonly json: any;
}

export interface RawOptions {
  readonly token?: string | null;
  readonly session?: string;
  readonly accept?: string;
  readonly method?: "POST" | "GET" | "DELETE" | "PUT";
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** A POST without any client library between the test and the bytes; `*` is the endpoint of all upstreams. */
export async function raw(
  harness: Harness,
  upstream: string,
  body: string | Buffer,
  options: RawOptions = {},
): Promise<RawReply> {
  const { token = "coder", session, accept = "application/json, text/event-stream" } = options;
  const reply = await send(`${harness.url}${upstream === "*" ? "/mcp" : `/mcp/${upstream}`}`, {
    method: options.method ?? "POST",
    body: options.method === "GET" || options.method === "DELETE" ? null : body,
    headers: {
      "content-type": "application/json",
      accept,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(session === undefined ? {} : { "mcp-session-id": session }),
      ...options.headers,
    },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const text = await reply.body.text();
  return { status: reply.statusCode, headers: reply.headers, text, json: lastMessage(text) };
}

function lastMessage(text: string): unknown {
  const data =
    text.startsWith("{") || text.startsWith("[")
      ? text
      : text
          .match(/^data: (.+)$/gm)
          ?.at(-1)
          ?.slice(6);
  return data === undefined ? null : JSON.parse(data);
}

export function message(id: number | string, method: string, params: object = {}): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}

export function callTool(id: number | string, name: string, args: object = {}): string {
  return message(id, "tools/call", { name, arguments: args });
}

export function initialize(version = "2025-06-18", id: number | string = 0): string {
  return message(id, "initialize", {
    protocolVersion: version,
    capabilities: { sampling: {} },
    clientInfo: { name: "raw", version: "1" },
  });
}

export const INITIALIZED = JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" });

/** Begins an HTTP session. Out: its id. */
export async function begin(
  harness: Harness,
  upstream: string,
  version = "2025-06-18",
  token = "coder",
): Promise<string> {
  const reply = await raw(harness, upstream, initialize(version), { token });
  const session = reply.headers["mcp-session-id"];
  if (typeof session !== "string") throw new Error(`no session: ${reply.status} ${reply.text}`);
  await raw(harness, upstream, INITIALIZED, { token, session });
  return session;
}

/** The other end of a byte stream to the gateway: lines out, messages in. */
export interface RawStream {
  readonly stream: Duplex;
  write(bytes: string | Buffer): void;
  /** The next message that the gateway sends. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at arbitrary answers
  next(): Promise<any>;
  /** Resolves when the gateway has ended the stream. */
  readonly ended: Promise<void>;
}

export async function openStream(
  harness: Harness,
  upstream: string,
  token = "coder",
): Promise<RawStream> {
  const named = upstream === "*" ? null : upstream;
  const opened = await connectStream({ url: harness.url, token, upstream: named, timeoutMs: 5_000 });
  if (!opened.ok) throw new Error(opened.error.code);
  const stream = opened.value;
  const messages: unknown[] = [];
  const readers: ((value: unknown) => void)[] = [];
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    text += chunk;
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      const value: unknown = JSON.parse(line);
      const reader = readers.shift();
      if (reader === undefined) messages.push(value);
      else reader(value);
    }
  });
  stream.on("error", () => undefined);
  return {
    stream,
    write: (bytes) => void stream.write(bytes),
    next: () =>
      new Promise((resolve) => {
        if (messages.length > 0) resolve(messages.shift());
        else readers.push(resolve);
      }),
    ended: new Promise((resolve) => stream.once("close", resolve).once("end", resolve)),
  };
}

export async function beginStream(
  harness: Harness,
  upstream: string,
  version = "2025-06-18",
): Promise<RawStream> {
  const stream = await openStream(harness, upstream);
  stream.write(`${initialize(version)}\n`);
  await stream.next();
  stream.write(`${INITIALIZED}\n`);
  return stream;
}
