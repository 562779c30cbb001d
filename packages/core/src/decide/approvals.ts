import type { Bundle, PolicyMeta } from "../bundle.ts";
import type { Approval, Facts, Vote, Waiver } from "../facts.ts";
import { isCanonicalTime } from "./check.ts";
import { onBehalfOf } from "./context.ts";
import { isWithin } from "./waivers.ts";

/** A person's yes that answers a policy for this action. */
export interface Answer {
  /** Of the approval or the waiver. */
  readonly id: string;
  readonly kind: "approval" | "waiver";
}

/** What, if anything, answers a policy for this action. */
export type Coverage = (policy: PolicyMeta) => Answer | null;

/** The presented approval is tried first, then the others by id, then waivers. */
export function coverageOf(facts: Facts): Coverage {
  const usable = facts.approvals
    .filter((approval) => approval.digest === facts.digest && !ended(approval, facts))
    .sort((a, b) => rank(a, facts) - rank(b, facts) || (a.id < b.id ? -1 : 1));
  const waivers = (facts.waivers ?? [])
    .filter((waiver) => !ended(waiver, facts) && !usedUp(waiver, facts) && isWithin(waiver, facts))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  return (policy) => {
    const approval = usable.find((one) => answers(one, policy, facts));
    if (approval !== undefined) return { id: approval.id, kind: "approval" };
    if (policy.waivable !== "scoped") return null;
    const waiver = waivers.find((one) => answers(one, policy, facts));
    return waiver === undefined ? null : { id: waiver.id, kind: "waiver" };
  };
}

function usedUp({ id, uses }: Waiver, { grants }: Facts): boolean {
  const state = Object.hasOwn(grants, id) ? grants[id] : undefined;
  return state?.revoked === true || (state?.uses ?? 0) >= uses;
}

/** What is wrong with the approval that the caller presented: a code, or null. */
export function handleProblem(bundle: Bundle, facts: Facts): string | null {
  if (facts.handle === null) return null;
  const approval = facts.approvals.find(({ id }) => id === facts.handle);
  if (approval === undefined) return "approval.unknown";
  if (approval.digest !== facts.digest) return "approval.digest_mismatch";
  if (ended(approval, facts)) return "approval.expired";
  for (const { id, digest } of approval.policies) {
    const policy = bundle.policies.get(id) ?? bundle.shield?.policies.get(id);
    if (policy === undefined || policy.digest !== digest) return "approval.policy_changed";
    if (!answers(approval, policy, facts)) return "approval.short";
  }
  return null;
}

function answers(
  approval: Pick<Approval, "policies" | "votes" | "override">,
  policy: PolicyMeta,
  facts: Facts,
): boolean {
  const named = approval.policies.some(
    ({ id, digest }) => id === policy.id && digest === policy.digest,
  );
  if (!named) return false;
  const { override } = approval;
  // In an emergency, too, nobody answers for what is done in the own name.
  if (override !== undefined) return facts.chain.every(({ id }) => id !== override);
  const people = approval.votes.filter((vote) => mayAnswer(vote, policy.approvers, facts.chain));
  return new Set(people.map(({ user }) => user)).size >= policy.quorum;
}

/**
 * May this person answer a policy with these approvers for an action of this chain? Nobody in the
 * chain may, and never an agent; `on-behalf-of` lets the person at the head answer for the agent
 * that acts for them.
 */
export function mayAnswer(
  person: Vote,
  approvers: readonly string[],
  chain: Facts["chain"],
): boolean {
  if (chain.length > 1 && approvers.includes("on-behalf-of"))
    if (onBehalfOf(chain)?.id === person.user) return true;
  if (chain.some(({ id }) => id === person.user)) return false;
  const names = [`User::${JSON.stringify(person.user)}`].concat(
    person.groups.map((group) => `Group::${JSON.stringify(group)}`),
  );
  return names.some((name) => approvers.includes(name));
}

function ended(approval: Pick<Approval, "expires">, facts: Facts): boolean {
  return !isCanonicalTime(approval.expires) || approval.expires <= facts.now;
}

function rank(approval: Approval, facts: Facts): number {
  return approval.id === facts.handle ? 0 : 1;
}
