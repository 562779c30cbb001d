import { type Decision, deciding } from "@bylaw/core";
import type { Receipt, Ticket } from "../ops.ts";

/** What a refusal is about and where it stands. */
export interface Refused {
  readonly what: string;
  readonly decision: Decision;
  readonly record: Receipt | null;
  readonly pending: Ticket | null;
}

const SAME_EVERYWHERE =
  "Do not try to reach the same effect with other arguments, another tool or another way: the same rule applies to all of them.";

/** What a model is told: what was not done, who said so, and what to do now. */
export function refusalWords({ what, decision, record, pending }: Refused): string {
  const { code, policy, text } = deciding(decision);
  const by = policy === null ? `Code: ${code}.` : `Bylaw: ${policy} (${code}).`;
  const logged = record === null ? "" : ` Logged as record ${record.index}.`;
  const head = pending === null ? "was refused" : "waits for a person";
  return `\`${what}\` ${head} and was not done. ${by} Reason: ${text}.${logged} ${advice(pending)}`;
}

function advice(pending: Ticket | null): string {
  if (pending === null) return `${SAME_EVERYWHERE} Report this to the person you work for.`;
  return `Approval ${pending.id} is pending until ${pending.expires}. A person approves it with \`bylaw approvals approve ${pending.id}\`; then repeat exactly the same call, which will pass once. ${SAME_EVERYWHERE}`;
}

/** A refusal that the gateway gives before anything was decided. */
export function plainWords(code: string): string {
  return `Bylaw could not decide about this and refused it (${code}). Report this to the person you work for.`;
}
