import type { Bundle, PolicyMeta } from "../bundle.ts";
import type { Facts } from "../facts.ts";
import type { Question } from "./context.ts";
import { MAX_ENDED_GRANTS } from "./limits.ts";

/** Why a permit no longer permits: a reason code; null for one that still does. */
export function deathOf(policy: PolicyMeta, facts: Facts): string | null {
  const { grant } = policy;
  if (grant === null) return null;
  const state = Object.hasOwn(facts.grants, policy.id) ? facts.grants[policy.id] : undefined;
  if (state?.revoked === true) return "grant.revoked";
  if (grant.expires !== null && grant.expires <= facts.now) return "grant.expired";
  if (grant.uses !== null && (state?.uses ?? 0) >= grant.uses) return "grant.spent";
  return null;
}

/**
 * Grants that have ended and would have permitted the request one millisecond before they did.
 * A reason only, never an outcome: the request stays refused whatever this finds.
 */
export function endedGrants(
  bundle: Bundle,
  facts: Facts,
  request: Question["request"],
): readonly PolicyMeta[] {
  const ended = [...bundle.policies.values()]
    .flatMap((policy) => {
      const end = policy.grant?.expires ?? null;
      return end !== null && end <= facts.now ? [{ policy, end }] : [];
    })
    .sort((a, b) =>
      a.end === b.end ? (a.policy.id < b.policy.id ? -1 : 1) : a.end > b.end ? -1 : 1,
    )
    .slice(0, MAX_ENDED_GRANTS);
  const permitted = ended.filter(({ policy, end }) => {
    const before = new Date(Date.parse(end) - 1).toISOString();
    const now = { __extn: { fn: "datetime", arg: before } };
    const { permits } = bundle.engine.evaluate({
      ...request,
      context: { ...request.context, now },
    });
    return permits.includes(policy.id);
  });
  return permitted.map(({ policy }) => policy);
}

/**
 * The limited grants that permits rest on. An effect that also has an unlimited permit uses up
 * none; otherwise one that is already claimed serves, else the first by id.
 */
export function claimedGrants(permits: readonly (readonly PolicyMeta[])[]): readonly string[] {
  if (!permits.some((choice) => choice.some(isLimited))) return [];
  const claimed = new Set<string>();
  for (const choice of permits) {
    const limited = choice.filter(isLimited);
    if (limited.length < choice.length || limited.some(({ id }) => claimed.has(id))) continue;
    const first = limited.map(({ id }) => id).sort()[0];
    if (first !== undefined) claimed.add(first);
  }
  return [...claimed].sort();
}

function isLimited({ grant }: PolicyMeta): boolean {
  return grant !== null && grant.uses !== null;
}
