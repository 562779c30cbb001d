import {
  canonicalTime,
  fail,
  isObject,
  type JsonObject,
  member,
  ok,
  type Result,
} from "@bylaw/core";
import type { PipelineOps, Ticket } from "../../ops.ts";
import type { Call } from "../forward.ts";
import { keepHeldAlive } from "../hold.ts";
import { encode, type RequestMessage, resultBytes } from "../jsonrpc.ts";
import { RETRIED_REQUESTS } from "../methods.ts";
import { type Refusal, words } from "../refusal.ts";
import type { InFlight, SessionState } from "../state.ts";
import type { Item } from "../wire.ts";
import {
  type Binding,
  boundParams,
  declines,
  type HeldState,
  HOLD_KEY,
  isOwnState,
  STATE_CHARS_MAX,
  type StateCode,
} from "./request-state.ts";

/**
 * The answer to a call that still waits for a person, for a client that can show it and come back:
 * `input_required` with words to show and a sealed state. What comes back is decided anew, so that
 * nothing the client answers is an approval. Null for a client that cannot.
 */
export function askToComeBack(
  state: SessionState,
  { item, action }: Call,
  ticket: Ticket,
  refusal: Refusal,
): Uint8Array | null {
  const { id, method, params } = item.message;
  if (state.modern === null || !RETRIED_REQUESTS.has(method)) return null;
  if (!canShowForms(state.modern.capabilities)) return null;
  const inner = member(params, "requestState");
  const responses = member(params, "inputResponses");
  const requestState = state.context.states.seal(
    {
      approval: ticket.id,
      expires: Date.parse(ticket.expires),
      inner: typeof inner === "string" ? inner : null,
      responses: isObject(responses) ? responses : null,
    },
    bindingOf(state, item.message),
  );
  if (requestState.length > STATE_CHARS_MAX) return null;
  const message = words(action.target, refusal);
  const requestedSchema = { type: "object", properties: {} };
  const hold = { method: "elicitation/create", params: { mode: "form", message, requestedSchema } };
  return resultBytes(id, {
    resultType: "input_required",
    inputRequests: { [HOLD_KEY]: hold },
    requestState,
  });
}

/** `{}` means forms (2026-07-28, "Elicitation"). */
function canShowForms(capabilities: JsonObject): boolean {
  const elicitation = member(capabilities, "elicitation");
  if (!isObject(elicitation)) return false;
  return Object.keys(elicitation).length === 0 || isObject(member(elicitation, "form"));
}

/** A request as it would be without anything of Bylaw's in it. */
export interface CameBack {
  readonly item: Item<RequestMessage>;
  /** The request for approval that its state names. */
  readonly ticket: Ticket | null;
}

/**
 * Takes what is Bylaw's out of a request that comes back. Its state is the client's word until the seal
 * has been checked; a person who turned away withdraws the request for approval.
 */
export function comeBack(
  state: SessionState,
  item: Item<RequestMessage>,
): Result<CameBack, StateCode | "approval.withdrawn"> {
  const { message } = item;
  const { params } = message;
  const text = member(params, "requestState");
  if (typeof text !== "string" || !isOwnState(text)) return ok({ item, ticket: null });
  const opened = state.context.states.open(text, bindingOf(state, message));
  if (!opened.ok) return opened;
  const { approval, expires } = opened.value;
  const responses = member(params, "inputResponses");
  const answer = isObject(responses) ? member(responses, HOLD_KEY) : undefined;
  const ticket = approval === "" ? null : { id: approval, expires: canonicalTime(expires) };
  if (ticket !== null && isObject(answer) && declines(answer)) {
    withdraw(state.context.ops, ticket);
    return fail("approval.withdrawn");
  }
  const next = { ...message, params: asBefore(params, opened.value) };
  const { id, method } = message;
  const bytes = encode({ jsonrpc: "2.0", id, method, params: next.params });
  return ok({ item: { message: next, bytes }, ticket });
}

/**
 * Waits on for the person whom a request came back about. Out: null when it may be decided again, with
 * the approval or still without; else the code of how the wait ended.
 */
export async function waitOn(
  { context }: SessionState,
  entry: InFlight,
  ticket: Ticket,
): Promise<string | null> {
  entry.held = true;
  const stopBeating = keepHeldAlive(entry, ticket, context.limits.keepAliveMs);
  try {
    const answer = await context.ops.wait(ticket, entry.abort.signal);
    return answer === "approved" || answer === "pending" ? null : `approval.${answer}`;
  } catch {
    return "hold.unavailable";
  } finally {
    stopBeating();
  }
}

/** A state of the upstream's own that looks like Bylaw's goes out in one of Bylaw's, and comes back so. */
export function wrapState(state: SessionState, message: RequestMessage, text: string): string {
  const { states, limits, ops } = state.context;
  const expires = ops.now() + limits.stateMs;
  return states.seal(
    { approval: "", expires, inner: text, responses: null },
    bindingOf(state, message),
  );
}

function bindingOf(
  { caller, upstream }: SessionState,
  { method, params }: RequestMessage,
): Binding {
  return { caller, upstream, method, params: boundParams(params) };
}

/** The upstream's own state again, and what the client answers it: now, or before it was held. */
function asBefore(params: JsonObject, { inner, responses }: HeldState): JsonObject {
  const { requestState: _sealed, inputResponses, ...rest } = params;
  const given = isObject(inputResponses) ? inputResponses : {};
  const now = Object.entries(given).filter(([key]) => key !== HOLD_KEY);
  const answers: JsonObject = { ...responses, ...Object.fromEntries(now) };
  return {
    ...rest,
    ...(inner === null ? {} : { requestState: inner }),
    ...(Object.keys(answers).length === 0 ? {} : { inputResponses: answers }),
  };
}

function withdraw(ops: PipelineOps, ticket: Ticket): void {
  // A wait that is given up before it begins withdraws what nobody else waits for.
  void ops.wait(ticket, AbortSignal.abort()).catch(() => undefined);
}
