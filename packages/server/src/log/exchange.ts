import { once } from "node:events";
import { type IncomingMessage, request as overHttp } from "node:http";
import { request as overHttps } from "node:https";

/** One request to a log, a witness or whoever is told of held actions. */
export interface Asking {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly body?: string;
  /** In place of those that say that the body is text. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/**
 * Asks over HTTP. Rejects when no complete answer of at most `bytesMax` bytes came within `ms`
 * milliseconds. Redirects are answers like any other: nobody but the operator says where a log is.
 */
export type Exchange = (asking: Asking, ms: number, bytesMax: number) => Promise<Answered>;

export const exchange: Exchange = async ({ method, url, body, headers }, ms, bytesMax) => {
  const target = new URL(url);
  const open = target.protocol === "https:" ? overHttps : overHttp;
  const outgoing = open(target, {
    method,
    signal: AbortSignal.timeout(ms),
    headers: headers ?? (body === undefined ? {} : { "content-type": "text/plain; charset=utf-8" }),
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bytesMax) {
      outgoing.destroy();
      throw new Error(`an answer of over ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return {
    status: answer.statusCode ?? 0,
    type: answer.headers["content-type"] ?? "",
    bytes: Buffer.concat(chunks),
  };
};

/** The address of `path` under a prefix, whether or not that ends in a slash. */
export function under(prefix: string, path: string): string {
  return `${prefix.replace(/\/+$/, "")}/${path}`;
}
