import type { Caller } from "@bylaw/core";
import { Cancel } from "../cancel.ts";
import type { McpContext } from "./context.ts";
import { createExchanges, type Exchanges } from "./exchanges.ts";
import type { RequestId } from "./jsonrpc.ts";
import type { Link } from "./link.ts";
import type { ModernRequest } from "./modern/lane.ts";
import type { Reply } from "./reply.ts";
import type { ToolCache } from "./tools.ts";

/** A client's request between its arrival and its answer. */
export interface InFlight {
  readonly id: RequestId;
  readonly method: string;
  progressToken: string | number | null;
  readonly reply: Reply;
  /** Aborted with the code of why: `client.cancelled`, `client.closed`, `client.ended`, or how the session ended. */
  readonly abort: Cancel;
  /** Waits, or has waited, for a person. */
  held: boolean;
  /** Handed to the upstream: from here on only the upstream knows what happens. */
  forwarded: boolean;
  answered: boolean;
  /** What the policy that let it pass wants taken out of whatever comes of it. */
  redact: readonly string[];
}

/**
 * `fresh` before `initialize`, `starting` while it is under way, `begun` after it, `over` at the end.
 */
export type Phase = "fresh" | "starting" | "begun" | "over";

/** One client's session with one upstream; the only mutable thing in this folder. */
export interface SessionState {
  readonly context: McpContext;
  readonly upstream: string;
  readonly link: Link;
  /** Of a request without a session, everything that it brought itself; null in a session. */
  readonly modern: ModernRequest | null;
  /** What the upstream owes: answers to the client's requests and to Bylaw's own. */
  readonly asked: Exchanges;
  /** What the client owes: answers to the upstream's requests. */
  readonly owed: Exchanges;
  /** Ids and progress tokens of the upstream's requests, from arrival to answer. */
  readonly serverRequests: Map<string, { readonly progressToken: string | number | null }>;
  readonly inFlight: Map<string, InFlight>;
  /** Ids whose answer may still come although nobody waits for it: they cannot be used again. */
  readonly abandoned: Set<string>;
  readonly tools: ToolCache;
  /** Aborted when the session is over. */
  readonly ended: Cancel;
  /** Sends a message that belongs to no request; false when no stream is open for it. */
  readonly toClient: (bytes: Uint8Array) => Promise<boolean>;
  /** As authenticated with the newest message; what the upstream asks for is decided for this caller. */
  caller: Caller;
  phase: Phase;
  /** The client will send nothing more; it may still read. */
  inputEnded: boolean;
  version: string | null;
  opening: Promise<string | null> | null;
  listing: Promise<string | null> | null;
  internalIds: number;
}

/** A state before anything has happened in it, but for what connects it to the two sides. */
export function freshState(
  parts: Pick<SessionState, "context" | "upstream" | "caller" | "toClient" | "tools">,
): Omit<SessionState, "link" | "modern"> {
  const owed = createExchanges("client.timeout");
  return {
    ...parts,
    // A server that waits for the client's answer is silent for a reason.
    asked: createExchanges("upstream.timeout", () => owed.size > 0),
    owed,
    serverRequests: new Map(),
    inFlight: new Map(),
    abandoned: new Set(),
    ended: new Cancel(),
    phase: "fresh",
    inputEnded: false,
    version: null,
    opening: null,
    listing: null,
    internalIds: 0,
  };
}

/** Which rules the answers of a state follow. */
export function eraOf({ modern }: SessionState): "legacy" | "modern" {
  return modern === null ? "legacy" : "modern";
}

/** A client's request as it arrives. */
export function freshEntry(id: RequestId, method: string, reply: Reply): InFlight {
  return {
    id,
    method,
    progressToken: null,
    reply,
    abort: new Cancel(),
    held: false,
    forwarded: false,
    redact: [],
    answered: false,
  };
}

/** Whether the one who asked has gone or taken it back: then there is nobody to answer. */
export function isUnwanted({ abort: { signal } }: InFlight): boolean {
  return (
    signal.aborted && (signal.reason === "client.cancelled" || signal.reason === "client.closed")
  );
}

const MAX_ABANDONED = 1024;

/** Remembers an id that must not be reused: a late answer would be taken for the new request's. */
export function abandon(state: SessionState, key: string): void {
  state.abandoned.add(key);
  if (state.abandoned.size <= MAX_ABANDONED) return;
  const [oldest] = state.abandoned;
  if (oldest !== undefined) state.abandoned.delete(oldest);
}

/** Records a message of this session that goes nowhere. Out: the record's index, if it was written. */
export function reject(
  state: SessionState,
  code: string,
  bytes: Uint8Array,
): Promise<number | null> {
  const { context, upstream, caller } = state;
  return context.reject({ upstream, credential: caller.credential, code, bytes });
}
