import type { McpLimits } from "./limits.ts";
import { createSseReader, type SseReader } from "./sse.ts";
import { readWire } from "./wire.ts";

/** What a piece of a response body came to. */
export type Piece =
  | { readonly kind: "message"; readonly data: Uint8Array }
  /** Where messages go, in the transport of 2024-11-05. */
  | { readonly kind: "endpoint"; readonly data: Uint8Array }
  | { readonly kind: "bad"; readonly code: string; readonly data: Uint8Array };

/** Reads a response body chunk by chunk; each piece is a whole JSON document or the end of trust. */
export interface Body {
  push(chunk: Uint8Array): readonly Piece[];
  end(): readonly Piece[];
  /** From where it could be gone on with. */
  resume(): SseReader["resume"];
}

export const NO_BODY: Body = { resume: () => null, push: () => [], end: () => [] };
const OVERSIZE: Piece = { kind: "bad", code: "upstream.oversize", data: Buffer.alloc(0) };

/** The reader that a response's head asks for. */
export function bodyReader(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  status: number,
  limits: McpLimits,
): Body {
  const type = typeOf(headers);
  const plain = (single(headers["content-encoding"]) ?? "identity") === "identity";
  if (plain && type === "application/json") return jsonBody(limits, status);
  if (plain && type === "text/event-stream") return eventBody(limits);
  // An error page says nothing beyond its status, and a 202 has no body.
  return status === 200 ? wrongType() : NO_BODY;
}

export function isEventStream(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): boolean {
  return typeOf(headers) === "text/event-stream";
}

function typeOf(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  return (single(headers["content-type"]) ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

function jsonBody(limits: McpLimits, status: number): Body {
  let parts: Uint8Array[] = [];
  let size = 0;
  return {
    resume: () => null,
    push(chunk) {
      size += chunk.byteLength;
      if (size <= limits.upstreamMessageBytes) parts.push(chunk);
      else parts = [];
      return size > limits.upstreamMessageBytes ? [OVERSIZE] : [];
    },
    end() {
      const data = Buffer.concat(parts);
      if (data.byteLength === 0) return [];
      // An error status may carry a JSON-RPC answer or any other document.
      const answer = status === 200 || readWire(data, limits.batchItems, "nearest").ok;
      return answer ? [{ kind: "message", data }] : [];
    },
  };
}

function eventBody(limits: McpLimits): Body {
  const reader = createSseReader(limits.upstreamMessageBytes);
  return {
    resume: () => reader.resume,
    push: (chunk) =>
      reader.push(chunk).map((event) => (event.kind === "oversize" ? OVERSIZE : event)),
    end: () => [],
  };
}

function wrongType(): Body {
  let seen = false;
  const once = (data: Uint8Array): readonly Piece[] => {
    if (seen) return [];
    seen = true;
    return [{ kind: "bad", code: "upstream.garbage", data }];
  };
  return { resume: () => null, push: once, end: () => [] };
}

/** The one value of a response header; null for none or several. */
export function single(value: string | string[] | undefined): string | null {
  return typeof value === "string" ? value : null;
}
