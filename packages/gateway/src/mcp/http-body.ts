import type { IncomingMessage } from "node:http";
import { fail, ok, type Result } from "@bylaw/core";

export type BodyError = "wire.oversize" | "http.timeout" | "http.aborted";

export interface BodyLimits {
  readonly maxBytes: number;
  /** For the whole body: a client that sends a byte at a time gets no more (slow loris). */
  readonly timeoutMs: number;
}

/** An over-long body is read this many times the limit and thrown away, so that its sender gets to read why. */
const DISCARD_FACTOR = 16;

/** Reads a request's body into memory, at most `maxBytes`. Never rejects. */
export function readBody(
  request: IncomingMessage,
  limits: BodyLimits,
): Promise<Result<Buffer, BodyError>> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
    const finish = (result: Result<Buffer, BodyError>): void => {
      clearTimeout(timer);
      request.off("data", take).off("end", end).off("error", broken).off("close", broken);
      resolve(result);
    };
    const timer = setTimeout(finish, limits.timeoutMs, fail("http.timeout"));
    const take = (chunk: Buffer): void => {
      size += chunk.byteLength;
      if (size <= limits.maxBytes) parts.push(chunk);
      else parts.length = 0;
      if (size > DISCARD_FACTOR * limits.maxBytes) finish(fail("wire.oversize"));
    };
    const end = (): void =>
      finish(size > limits.maxBytes ? fail("wire.oversize") : ok(whole(parts)));
    const broken = (): void => finish(fail("http.aborted"));
    request.on("data", take).on("end", end).on("error", broken).on("close", broken);
  });
}

function whole(parts: readonly Buffer[]): Buffer {
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}
