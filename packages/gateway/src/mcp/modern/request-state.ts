import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import {
  type Caller,
  canonicalize,
  fail,
  isObject,
  type JsonObject,
  member,
  ok,
  parseStrict,
  type Result,
} from "@bylaw/core";

/** What a client carries from an answer that asks it to come back to the request it comes back with. */
export interface HeldState {
  readonly approval: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** The upstream's own state, which goes on as it was. */
  readonly inner: string | null;
  /** What the client had answered the upstream when it was held; null for nothing. */
  readonly responses: JsonObject | null;
}

/** What a state is bound to: nobody else, and no other request, can come back with it. */
export interface Binding {
  readonly caller: Caller;
  readonly upstream: string;
  readonly method: string;
  /** The request's parameters without `_meta`, without state and without answers. */
  readonly params: JsonObject;
}

export type StateCode = "state.malformed" | "state.tampered" | "state.expired" | "state.mismatch";

/** Seals what a client must bring back unchanged. Using an approval up is the store's doing, not this one's. */
export interface RequestStates {
  seal(state: HeldState, binding: Binding): string;
  open(text: string, binding: Binding): Result<HeldState, StateCode>;
}

const PREFIX = "bylaw1.";
/** Characters of a state; what would need more is not asked to come back. */
export const STATE_CHARS_MAX = 262_144;

/** Whether a state claims to be this gateway's; a server's own that does is wrapped before it goes out. */
export function isOwnState(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** In: a secret key of at least 32 bytes that all gateways of one deployment share. */
export function createRequestStates(key: Uint8Array, now: () => number): RequestStates {
  const sign = (payload: string): Buffer =>
    createHmac("sha256", key).update(`request-state\n${payload}`).digest();
  return {
    seal({ approval, expires, inner, responses }, binding) {
      const body = { approval, expires, inner, responses, bound: digestOf(binding) };
      const payload = Buffer.from(canonicalize(body)).toString("base64url");
      return `${PREFIX}${payload}.${sign(payload).toString("base64url")}`;
    },
    open(text, binding) {
      const [payload, mac, ...rest] = text.slice(PREFIX.length).split(".");
      if (!isOwnState(text) || text.length > STATE_CHARS_MAX || rest.length > 0)
        return fail("state.malformed");
      if (payload === undefined || mac === undefined) return fail("state.malformed");
      const expected = sign(payload).toString("base64url");
      // Compared as text: base64 that decodes to the same bytes is still another state.
      if (!same(mac, expected)) return fail("state.tampered");
      const body = parseStrict(Buffer.from(payload, "base64url").toString("utf8"));
      if (!body.ok || !isObject(body.value)) return fail("state.malformed");
      const { approval, expires, inner, responses, bound } = body.value;
      if (typeof approval !== "string" || typeof expires !== "number")
        return fail("state.malformed");
      if (bound !== digestOf(binding)) return fail("state.mismatch");
      if (expires <= now()) return fail("state.expired");
      return ok({
        approval,
        expires,
        inner: typeof inner === "string" ? inner : null,
        responses: isObject(responses) ? responses : null,
      });
    },
  };
}

function digestOf({ caller, upstream, method, params }: Binding): string {
  const { credential, session } = caller;
  const text = canonicalize({ credential, session, upstream, method, params });
  return createHash("sha256").update(text).digest("base64url");
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}

/** The key in `inputRequests` and `inputResponses` that is this gateway's own. */
export const HOLD_KEY = "dev.bylaw/hold";

/** The parameters that a state is bound to. */
export function boundParams(params: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(params).filter(([key]) => !UNBOUND.includes(key)));
}

const UNBOUND = ["_meta", "requestState", "inputResponses"];

/** Whether the person at the client turned away from waiting. */
export function declines(answer: JsonObject): boolean {
  const action = member(answer, "action");
  return action === "decline" || action === "cancel";
}
