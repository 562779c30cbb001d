import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Caller, type Client, callOf, check, INITIALIZE, message, nextId } from "./caller.ts";

const HEAD_END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

interface Reply {
  readonly head: string;
  readonly body: string;
}

/** Headers that a target wants on every request, such as a credential. */
export type Headers = Readonly<Record<string, string>>;

/**
 * A client whose own cost is small beside what is measured: one kept connection per caller, no HTTP
 * library, answers read only as far as their framing needs.
 */
export async function openHttp(url: URL, headers: Headers, callers: number): Promise<Client> {
  const lines = await Promise.all(Array.from({ length: callers }, () => openLine(url)));
  const [first] = lines;
  if (first === undefined) throw new Error("no callers");
  const session = await initialize(first, headers);
  return {
    callers: lines.map((line) => callerOn(line, { ...headers, ...session })),
    close: () => {
      for (const line of lines) line.close();
    },
  };
}

/** Opens a session and nothing else, for counting what an idle one costs. */
export async function openIdle(url: URL, headers: Headers): Promise<void> {
  const line = await openLine(url);
  await initialize(line, headers);
  line.close();
}

async function initialize(line: Line, headers: Headers): Promise<Headers> {
  const { head } = await line.send(message("initialize", INITIALIZE, nextId()), headers);
  const id = /^mcp-session-id: *(\S+)/im.exec(head)?.[1];
  const session: Headers = {
    "mcp-protocol-version": INITIALIZE.protocolVersion,
    ...(id === undefined ? {} : { "mcp-session-id": id }),
  };
  await line.send(message("notifications/initialized", {}), { ...headers, ...session });
  return session;
}

function callerOn(line: Line, headers: Headers): Caller {
  return {
    async call(text) {
      const id = nextId();
      const { body } = await line.send(callOf(text, id), headers);
      check(body, text, id);
    },
  };
}

interface Line {
  send(body: string, headers: Headers): Promise<Reply>;
  close(): void;
}

async function openLine(url: URL): Promise<Line> {
  const socket = connect({ port: Number(url.port), host: url.hostname, noDelay: true });
  await once(socket, "connect");
  let waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | null = null;
  let parts: Buffer[] = [];
  socket.on("data", (part: Buffer) => {
    parts.push(part);
    try {
      const reply = replyIn(parts);
      if (reply === null) return;
      waiting?.resolve(reply);
    } catch (error) {
      waiting?.reject(error as Error);
    }
    parts = [];
  });
  const broken = (): void => waiting?.reject(new Error(`${url.host} closed the connection`));
  socket.on("error", broken).on("close", broken);
  return {
    send: (body, headers) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        write(socket, url, body, headers);
      }),
    close: () => socket.destroy(),
  };
}

function write(socket: Socket, url: URL, body: string, headers: Headers): void {
  const all = {
    host: url.host,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "content-length": String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  socket.write(`POST ${url.pathname} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** The whole reply, or null while some of it is missing. Sizes here never split a head in two. */
function replyIn(parts: Buffer[]): Reply | null {
  const first = parts[0] ?? Buffer.alloc(0);
  const headEnd = first.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const head = first.toString("latin1", 0, headEnd);
  const size = parts.reduce((sum, part) => sum + part.length, 0) - headEnd - HEAD_END.length;
  if (!isWhole(head, size, parts)) return null;
  const status = Number(head.slice(9, 12));
  if (status >= 300) throw new Error(`HTTP ${status}`);
  const body = Buffer.concat(parts).toString("utf8", headEnd + HEAD_END.length);
  return { head, body: isChunked(head) ? joined(body) : body };
}

function isWhole(head: string, size: number, parts: readonly Buffer[]): boolean {
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length !== undefined) return size >= Number(length);
  if (!isChunked(head)) return true;
  const tail = Buffer.concat(parts.slice(-2)).subarray(-LAST_CHUNK.length);
  return tail.equals(LAST_CHUNK);
}

function isChunked(head: string): boolean {
  return /^transfer-encoding: *chunked/im.test(head);
}

/** What chunks hold, joined. Texts of the bench are ASCII, so that characters are bytes. */
function joined(body: string): string {
  let text = "";
  let at = 0;
  for (;;) {
    const end = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.slice(at, end), 16);
    if (!(size > 0)) return text;
    text += body.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}
