import { createHash } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import {
  checkpointIn,
  type LogReader,
  parseTilePath,
  TILE_LEVELS_MAX,
  tileWidth,
} from "@bylaw/ledger";
import { READERS_MAX } from "./limits.ts";

const PREFIX = "/log/";
const IMMUTABLE = "public, max-age=31536000, immutable";
/** Whoever asks for the newest checkpoint wants the newest one. */
const SHORT = "public, max-age=1";

interface LogFile {
  readonly bytes: Uint8Array;
  readonly type: string;
  readonly cache: string;
}

/** Whether a request asks for a file of the log. */
export function isLogPath(url: string): boolean {
  return url.startsWith(PREFIX);
}

/**
 * Serves a log as the static files of C2SP tlog-tiles under `/log/`: `checkpoint`,
 * `tile/<level>/<number>[.p/<width>]` and `tile/entries/...`. Only what a signed checkpoint covers
 * is a file; every path has one spelling; nothing can be changed.
 *
 * In: the log, the checkpoint to hand out, and names that a `Host` header may bear (null: any).
 */
export function logListener(
  log: LogReader,
  published: () => Promise<string | null>,
  hosts: ReadonlySet<string> | null,
): RequestListener {
  let reading = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (hosts !== null && !hosts.has(hostOf(request))) return refuse(response, 403, "wrong host");
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      return refuse(response, 405, "a log can only be read");
    }
    if (reading >= READERS_MAX) {
      response.setHeader("retry-after", "1");
      return refuse(response, 503, "too many readers");
    }
    reading += 1;
    try {
      const path = (request.url ?? "").slice(PREFIX.length);
      const file = path === "checkpoint" ? await newest(published) : await tile(log, path);
      if (file === null) return refuse(response, 404, "no such file of the log");
      send(request, response, file);
    } finally {
      reading -= 1;
    }
  }

  return (request, response) => {
    // A log that cannot be read must not look like one without this file.
    answer(request, response).catch(() => refuse(response, 500, "the log cannot be read"));
  };
}

async function newest(published: () => Promise<string | null>): Promise<LogFile | null> {
  const note = await published();
  if (note === null) return null;
  return { bytes: Buffer.from(note), type: "text/plain; charset=utf-8", cache: SHORT };
}

async function tile(log: LogReader, path: string): Promise<LogFile | null> {
  const name = parseTilePath(path);
  const note = name === null ? null : await log.checkpoint();
  const size = note === null ? undefined : checkpointIn(note)?.size;
  if (name === null || size === undefined) return null;
  const { index, width } = name;
  const level = name.level === "entries" ? 0 : name.level;
  // What is signed never changes, so that every answer may be kept for ever.
  if (level >= TILE_LEVELS_MAX || width > tileWidth(level, index, size)) return null;
  const bytes =
    name.level === "entries" ? await log.bundle(index, width) : await log.tile(level, index, width);
  // Signed and not there: somebody took it out, and the reader's verification says which entry.
  return bytes === null ? null : { bytes, type: "application/octet-stream", cache: IMMUTABLE };
}

function send(request: IncomingMessage, response: ServerResponse, file: LogFile): void {
  const tag = `"${createHash("sha256").update(file.bytes).digest("base64url").slice(0, 22)}"`;
  const headers = {
    etag: tag,
    "cache-control": file.cache,
    "x-content-type-options": "nosniff",
  };
  if (request.headers["if-none-match"] === tag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, {
    ...headers,
    "content-type": file.type,
    "content-length": String(file.bytes.byteLength),
  });
  response.end(request.method === "HEAD" ? undefined : file.bytes);
}

function refuse(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
  });
  response.end(`${text}\n`);
}

function hostOf(request: IncomingMessage): string {
  return (request.headers.host ?? "").toLowerCase().replace(/:\d+$/, "");
}
