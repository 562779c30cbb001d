import type { Ticket } from "../ops.ts";
import { govern } from "../pipeline.ts";
import { rpcCode, statusOf } from "./codes.ts";
import { type Call, forwardRequest } from "./forward.ts";
import { keepHeldAlive } from "./hold.ts";
import type { RequestMessage } from "./jsonrpc.ts";
import { PLAIN } from "./link.ts";
import { askToComeBack } from "./modern/hold.ts";
import { failureOf, plainRefusal, type Refusal, refusalBytes, refusalOf } from "./refusal.ts";
import type { Reply } from "./reply.ts";
import { eraOf, isUnwanted, reject, type SessionState } from "./state.ts";
import type { Item } from "./wire.ts";

/** Takes an action through the pipeline to its answer. */
export async function carryOut(state: SessionState, call: Call): Promise<void> {
  const { action, entry, item } = call;
  const { keepAliveMs } = state.context.limits;
  let stopBeating: () => void = () => undefined;
  const verdict = await govern(
    action,
    (granted) => {
      stopBeating();
      return forwardRequest(state, call, granted);
    },
    state.context.ops,
    entry.abort.signal,
    (ticket) => {
      entry.held = true;
      if (state.inputEnded) entry.abort.abort("client.ended");
      stopBeating = keepHeldAlive(entry, ticket, keepAliveMs);
    },
  );
  stopBeating();
  if (verdict.kind === "refused") call.barrier.refuse();
  if (entry.answered) return;
  // Who cancelled does not expect an answer (2025-11-25, "Cancellation").
  if (isUnwanted(entry)) return entry.reply.accept();
  const refusal =
    verdict.kind === "refused"
      ? refusalOf(action.id, verdict, state.context.ops)
      : failureOf(action.id, verdict, state.context.ops);
  const { id, method } = item.message;
  const pending =
    verdict.kind === "refused" ? (verdict.pending ?? stillPending(call, refusal)) : null;
  const asked = pending === null ? null : askToComeBack(state, call, pending, refusal);
  if (asked !== null) return entry.reply.answer(asked);
  await entry.reply.answer(refusalBytes(id, method, action.target, refusal, eraOf(state)));
}

/** The request for approval that a call came back about, when nobody, or not enough, have answered it. */
function stillPending({ ticket }: Call, { code }: Refusal): Ticket | null {
  return code === "approval.short" ? ticket : null;
}

/** Refuses what never became an action: a reject record and an error. */
export async function refuse(
  state: SessionState,
  item: Item<RequestMessage>,
  reply: Reply,
  code: string,
  tool: string | null = null,
): Promise<void> {
  const { id, method } = item.message;
  const record = await reject(state, code, item.bytes);
  // Only a call of a named tool is the model's doing; the rest is the client's and gets an error.
  const form = tool === null ? "" : method;
  const bytes = refusalBytes(id, form, tool, plainRefusal(code, null, record), eraOf(state));
  const plain = state.modern === null || tool !== null;
  await reply.answer(bytes, plain ? PLAIN : { ...PLAIN, status: statusOf(rpcCode(code)) });
}
