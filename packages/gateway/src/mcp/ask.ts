import { Cancel, type Cancellation } from "../cancel.ts";
import type { Answer } from "./exchanges.ts";
import { idKey, notificationBytes, type RequestId } from "./jsonrpc.ts";
import { reviewed } from "./review.ts";
import { abandon, type SessionState } from "./state.ts";

export type Asked =
  | Extract<Answer, { kind: "answered" }>
  | { readonly kind: "failed"; readonly sent: boolean; readonly code: string };

/** Starts the upstream if nobody has yet. Out: null, or the code of what went wrong. */
export function openLink(state: SessionState): Promise<string | null> {
  if (state.phase === "over") return Promise.resolve("upstream.closed");
  state.opening ??= openOnce(state);
  return state.opening;
}

/** What is not the server that it was is not even started. */
async function openOnce({ context, link, modern, upstream }: SessionState): Promise<string | null> {
  // Without sessions that was asked when the way to the upstream was opened.
  if (modern?.lane.connected === true) return link.open();
  return (await reviewed(context.review.identity(upstream, false))) ?? link.open();
}

/**
 * Sends one request to the upstream and waits for its answer. The signal stops waiting; it does not
 * undo what the upstream may have done.
 */
export async function ask(
  state: SessionState,
  id: RequestId,
  bytes: Uint8Array,
  idleMs: number,
  signal: Cancellation | null,
  mirror: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const { asked, context, link } = state;
  if (signal?.aborted === true) return { kind: "failed", sent: false, code: String(signal.reason) };
  const transport = new Cancel();
  const waiting = asked.open(id, idleMs, Math.max(idleMs, context.limits.answerMaxMs), signal);
  let sent = true;
  void link.send(bytes, id, transport.signal, mirror).then((result) => {
    sent = result.sent;
    if (result.code !== null) asked.fail(id, result.code);
  });
  const answer = await waiting;
  if (answer.kind === "answered") return answer;
  transport.abort();
  if (sent) abandon(state, idKey(id));
  if (answer.code === "upstream.timeout") {
    const params = { requestId: id, reason: "no answer in time" };
    void link.send(notificationBytes("notifications/cancelled", params), null, null);
  }
  return { kind: "failed", sent, code: answer.code };
}
