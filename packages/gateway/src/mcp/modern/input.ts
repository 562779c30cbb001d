import { deciding, isObject, type JsonObject, member } from "@bylaw/core";
import { govern, type Verdict } from "../../pipeline.ts";
import { type Barrier, createBarrier } from "../barrier.ts";
import { type Decoded, decodeRequest, toAction } from "../decode.ts";
import type { Call } from "../forward.ts";
import { encode, type RequestMessage, type ResponseMessage } from "../jsonrpc.ts";
import { SERVER_REQUESTS } from "../methods.ts";
import type { SessionState } from "../state.ts";
import { type Item, readWire } from "../wire.ts";
import type { ModernRequest } from "./lane.ts";

/** Questions in one result. */
const INPUT_REQUESTS_MAX = 16;
/** What a result may ask for, with the capability that a client must have declared for it. */
const ASKABLE: ReadonlyMap<string, string> = new Map([
  ["elicitation/create", "elicitation"],
  ["sampling/createMessage", "sampling"],
  ["roots/list", "roots"],
]);

interface Question {
  readonly item: Item<RequestMessage>;
  readonly decoded: Decoded;
}

/**
 * What an upstream asks of its client (its model, its person, its folders) is an action of its own, also
 * when it stands in a result. All of it is handed over or nothing.
 *
 * Out: null when every question may be asked, else the code of why not.
 */
export async function judgeInputRequests(
  state: SessionState,
  modern: ModernRequest,
  call: Call,
  item: Item<ResponseMessage>,
  result: JsonObject,
): Promise<string | null> {
  const written = member(result, "inputRequests") ?? {};
  const requestState = member(result, "requestState");
  if (!isObject(written) || (requestState !== undefined && typeof requestState !== "string"))
    return "upstream.input";
  // Upstreams are read with rounded numbers; what is decided on must be exact.
  const exact = readWire(item.bytes, state.context.limits.batchItems, "exact");
  if (!exact.ok) return exact.error.code;
  const entries = Object.entries(written);
  if (entries.length > INPUT_REQUESTS_MAX) return "upstream.input";
  if (entries.length === 0 && requestState === undefined) return "upstream.input";
  const questions = entries.map(([key, value]) =>
    isObject(value) ? questionOf(state, modern, key, value) : null,
  );
  if (!questions.every((question) => question !== null)) return "upstream.input";
  const barrier = createBarrier(questions.length);
  const verdicts = await Promise.all(
    questions.map((question) => decide(state, call, question, barrier)),
  );
  const refused = verdicts.find((verdict) => verdict.kind === "refused");
  return refused === undefined ? null : deciding(refused.decision).code;
}

function questionOf(
  state: SessionState,
  { capabilities }: ModernRequest,
  key: string,
  value: JsonObject,
): Question | null {
  const method = member(value, "method");
  const params = member(value, "params") ?? {};
  if (typeof method !== "string" || !isObject(params)) return null;
  const known = SERVER_REQUESTS.get(method);
  if (known === undefined || !declares(capabilities, method, params)) return null;
  const message: RequestMessage = { kind: "request", id: key, method, params };
  const item = { message, bytes: encode({ method, params }) };
  const decoded = decodeRequest(item, known, state.context.limits.approvalChars);
  return decoded.ok ? { item, decoded: decoded.value } : null;
}

/** Handing a question to the client is what is granted; its answer comes with another request. */
async function decide(
  state: SessionState,
  call: Call,
  { item, decoded }: Question,
  barrier: Barrier,
): Promise<Verdict> {
  const { caller, context, upstream } = state;
  // An approval is the client's to present, never the server's.
  const own: Decoded = { ...decoded, handle: null };
  const { method } = item.message;
  const where = { caller, upstream };
  const action = toAction(context.ids.action(), method, own, item.bytes, where, null);
  const verdict = await govern(
    action,
    async () => {
      const together = await barrier.arrive();
      return {
        sent: together,
        completion: together ? "ok" : "error",
        code: together ? null : "batch.refused",
        result: null,
      };
    },
    context.ops,
    call.entry.abort.signal,
    () => call.entry.reply.keepAlive(),
  );
  if (verdict.kind === "refused") barrier.refuse();
  return verdict;
}

/** Whether a client has said that it can do what a server's question needs. */
function declares(capabilities: JsonObject, method: string, params: JsonObject): boolean {
  const capability = member(capabilities, ASKABLE.get(method) ?? "");
  if (!isObject(capability)) return false;
  if (method !== "elicitation/create") return true;
  const mode = member(params, "mode") ?? "form";
  if (mode === "form" && Object.keys(capability).length === 0) return true;
  return typeof mode === "string" && isObject(member(capability, mode));
}
