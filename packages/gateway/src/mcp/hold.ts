import type { Ticket } from "../ops.ts";
import { notificationBytes } from "./jsonrpc.ts";
import type { InFlight } from "./state.ts";

/** Small steps: progress must grow, and what the upstream reports later begins at its own zero. */
const STEP = 0.000_001;

/**
 * Signs of life to a client whose request waits for a person, the approval id first: a client that
 * gives up early has then seen it. Out: ends them.
 */
export function keepHeldAlive(entry: InFlight, ticket: Ticket, everyMs: number): () => void {
  let steps = 0;
  const beat = (): void => {
    entry.reply.keepAlive();
    if (entry.progressToken === null) return;
    steps += 1;
    const message = `waiting for a person: bylaw approvals approve ${ticket.id}`;
    const params = { progressToken: entry.progressToken, progress: steps * STEP, message };
    void entry.reply.push(notificationBytes("notifications/progress", params));
  };
  beat();
  const timer = setInterval(beat, everyMs);
  return () => clearInterval(timer);
}
