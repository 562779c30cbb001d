import type { Bundle, PolicyMeta } from "../bundle.ts";
import type { Reason } from "../decision.ts";
import type { Facts } from "../facts.ts";
import type { ReadPolicy } from "./explanation.ts";
import { listed, showEntity } from "./show.ts";

/** What a reason means for these facts, in one sentence. */
export function wordsOf(
  bundle: Bundle,
  facts: Facts,
  reason: Reason,
  read: ReadPolicy | null,
): string {
  const meta = reason.policy === null ? undefined : bundle.policies.get(reason.policy);
  if (reason.code.startsWith("grant.") && meta !== undefined)
    return grantWords(facts, reason, meta);
  if (reason.code.startsWith("approval.")) return approvalWords(facts, reason);
  if (reason.code === "policy.error" && meta !== undefined) return errorWords(meta, read);
  if (meta === undefined || reason.code !== meta.code) return reason.text;
  return meta.limit === null ? policyWords(meta) : `${meta.id} limits it: ${reason.text}`;
}

function policyWords({ id, effect, decision, reason, approvers, quorum }: PolicyMeta): string {
  const because = reason === "" ? "" : `: ${reason}`;
  if (effect === "permit")
    return decision === "log"
      ? `${id} permits it and raises it${because}`
      : `${id} permits it${because}`;
  if (decision === "block") return `${id} forbids it${because}`;
  const who = `${quorum === 1 ? "one" : quorum} of ${approvers.join(" or ")}`;
  return `${id} asks for the approval of ${who}${because}`;
}

function errorWords({ id, effect }: PolicyMeta, read: ReadPolicy | null): string {
  const failed = read?.clauses.find(({ state }) => state === "failed");
  const where = failed === undefined ? "" : ` at \`${failed.text}\`: ${failed.because}`;
  const then =
    effect === "forbid" ? "an error in a forbid blocks" : "a permit that fails permits nothing";
  return `${id} failed while it was evaluated${where}; ${then}`;
}

function grantWords(facts: Facts, { code, text }: Reason, { id, grant }: PolicyMeta): string {
  const uses = facts.grants[id]?.uses ?? 0;
  switch (code) {
    case "grant.expired":
      return `the grant ${id} would have permitted it; it ended at ${grant?.expires ?? "an unknown time"}, and it is ${facts.now}`;
    case "grant.spent":
      return `the grant ${id} would have permitted it; all ${grant?.uses ?? uses} of its uses are used up`;
    case "grant.revoked":
      return `the grant ${id} would have permitted it; it was revoked`;
    default:
      return text;
  }
}

function approvalWords(facts: Facts, { code, text }: Reason): string {
  const approval = facts.approvals.find(({ id }) => id === facts.handle);
  if (facts.handle === null || approval === undefined) return text;
  switch (code) {
    case "approval.expired":
      return `${text}: it ended at ${approval.expires}, and it is ${facts.now}`;
    case "approval.short":
      return `${text}: it has those of ${listed(approval.votes.map(({ user }) => JSON.stringify(user))) || "nobody"}`;
    case "approval.digest_mismatch":
      return `${text}: what was approved differs from this action in at least one thing that was shown`;
    case "approval.policy_changed":
      return `${text}: it answers ${listed(approval.policies.map(({ id }) => id))}`;
    default:
      return text;
  }
}

/** Whom and what a reason is about, for a reader who did not see the call. */
export function subjectOf(facts: Facts, reason: Pick<Reason, "effect" | "member">): string {
  const effect = facts.effects[reason.effect ?? 0];
  const who = reason.member ?? facts.chain.at(-1) ?? { type: "Agent", id: "?" };
  if (effect === undefined) return showEntity(who);
  return `${showEntity(who)} to ${effect.action} ${showEntity(effect.resource)}`;
}
