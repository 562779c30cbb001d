import { once } from "node:events";
import { type IncomingMessage, request as overHttp } from "node:http";
import { request as overHttps } from "node:https";

/** Milliseconds for one exchange with an authorization server. */
const EXCHANGE_MS = 15_000;
const ANSWER_BYTES_MAX = 262_144;

/** One exchange with an authorization server, or with an upstream about its authorization. */
export type AuthFetch = (
  url: string,
  init: {
    readonly method?: string | undefined;
    readonly headers?: Readonly<Record<string, string>> | undefined;
    readonly body?: unknown;
  },
) => Promise<Response>;

/**
 * The way to whatever an upstream says that its authorization server is. Everything that is said there is
 * the upstream's word: plain http goes to this machine alone, and only for an upstream that is on it too.
 * Redirects are answers like any other, and an answer has a time and a size.
 */
export function createAuthFetch(upstream: URL): AuthFetch {
  const local = isLoopback(upstream);
  return async (address, { method = "GET", headers = {}, body }) => {
    const url = new URL(address);
    const plain = url.protocol === "http:" && local && isLoopback(url);
    // An upstream elsewhere must not make Bylaw talk to what listens on this machine.
    if (!plain && (url.protocol !== "https:" || (isLoopback(url) && !local)))
      throw new Error(`\`${address}\` is neither https nor, like the server, on this machine`);
    const open = url.protocol === "https:" ? overHttps : overHttp;
    const outgoing = open(url, { method, headers, signal: AbortSignal.timeout(EXCHANGE_MS) });
    outgoing.end(body === undefined || body === null ? undefined : bodyText(body));
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    const status = answer.statusCode ?? 0;
    const empty = [204, 205, 304].includes(status) || status < 200;
    // Of an upstream that answers with an open stream the head says all.
    const stream = (answer.headers["content-type"] ?? "").startsWith("text/event-stream");
    const bytes = empty || stream ? null : await read(answer);
    if (stream) outgoing.destroy();
    return new Response(bytes, { status, headers: headersOf(answer) });
  };
}

async function read(answer: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > ANSWER_BYTES_MAX) {
      answer.destroy();
      throw new Error(`an answer of over ${ANSWER_BYTES_MAX} bytes`);
    }
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(headersDistinct))
    for (const value of values ?? []) headers.append(name, value);
  return headers;
}

function bodyText(body: unknown): string {
  return body instanceof URLSearchParams || typeof body === "string" ? body.toString() : "";
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
