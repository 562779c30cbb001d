import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { clientNamed, type HookAnswer, type HookGateway } from "@bylaw/gateway";
import type { Identify } from "../identity/identity.ts";

/** A client's hook asks under this path, followed by the client's name. */
const PATH = /^\/v1\/hooks\/([a-z][a-z-]{0,31})$/;
/** What the hook's own program sends besides the payload, and what it gets besides the answer. */
const NONCE = /^[A-Za-z0-9_-]{22,64}$/;
const EVENT = /^[A-Za-z][A-Za-z_]{0,63}$/;
const SIGNATURE_HEADER = "bylaw-signature";

export interface HookApiOptions {
  readonly gateway: HookGateway;
  readonly identify: Identify;
  /** Largest payload in bytes. */
  readonly bodyBytesMax: number;
  /** Base64 Ed25519 signature, with the key that `connect` has given to the hook's program. */
  readonly sign: (bytes: Uint8Array) => string;
  /** Told of every client that asks. */
  readonly heard: (credential: string) => void;
}

/** The event of a question that no client has asked: `bylaw doctor` tries the way. */
const TRIAL = "doctor";

export function isHookPath(path: string): boolean {
  return path.startsWith("/v1/hooks/");
}

/**
 * Where hooks ask. With a nonce the answer is signed, so that nothing but this gateway can give it;
 * without one it is in the client's own form, for clients that post their hooks themselves. Those
 * take every status but a success for "no opinion" unless they are told to block then.
 */
export function hookApi(options: HookApiOptions): RequestListener {
  return (request, response) => {
    void respond(request, response, options).catch(() => {
      if (response.headersSent) response.destroy();
      else end(response, 500, { error: "gateway.error" });
    });
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { gateway, identify, bodyBytesMax, sign, heard }: HookApiOptions,
): Promise<void> {
  const name = PATH.exec(request.url ?? "")?.[1];
  const client = name === undefined ? null : clientNamed(name);
  if (client === null) return end(response, 404, { error: "not_found" });
  if (request.method !== "POST") return end(response, 405, { error: "method" });
  const caller = await identify(request);
  if (!caller.ok) return end(response, 401, { error: caller.error.code });
  const nonce = oneHeader(request, "bylaw-nonce");
  const event = oneHeader(request, "bylaw-event");
  if ((nonce !== null && !NONCE.test(nonce)) || (event !== null && !EVENT.test(event)))
    return end(response, 400, { error: "request.malformed" });
  if (event !== TRIAL) heard(caller.value.credential);
  const payload = await readBody(request, bodyBytesMax);
  if (payload === null) return end(response, 413, { error: "request.too_large" });
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const answer = await gateway.answer(caller.value, { client, event, payload }, gone.signal);
  if (nonce === null) return endPlain(response, answer);
  const body = Buffer.from(JSON.stringify({ nonce, ...answer }));
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": body.length,
    [SIGNATURE_HEADER]: sign(body),
  });
  response.end(body);
}

/** A refusal that has no form of its own becomes an error: what blocks is the client's setting then. */
function endPlain(response: ServerResponse, { exit, stdout, stderr }: HookAnswer): void {
  const body = Buffer.from(exit === 0 ? stdout : JSON.stringify({ error: stderr.trim() }));
  const length = { "content-length": body.length };
  response.writeHead(exit === 0 ? 200 : 422, { "content-type": "application/json", ...length });
  response.end(body);
}

function oneHeader({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" ? value : null;
}

/** Null beyond the limit. */
async function readBody(request: IncomingMessage, bytesMax: number): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > bytesMax) return null;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function end(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
