import fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryBundle, arbitraryFacts } from "../../testdata/decide.ts";
import type { Bundle, PolicyMeta } from "../bundle.ts";
import type { Decision } from "../decision.ts";
import type { Facts, Vote } from "../facts.ts";
import { canonicalize } from "../json/canonical.ts";
import type { Json } from "../json/json.ts";
import { OUTCOMES, type Outcome } from "../vocabulary.ts";
import { questionsOf } from "./context.ts";
import { decide } from "./decide.ts";

/**
 * The meaning of a decision, naively: what `decide` must come to, whatever it looks like inside.
 * Reasons are `code policy`, without places.
 */
function normative(bundle: Bundle, facts: Facts) {
  const because = new Map<string, Outcome>();
  const wouldHave = new Set<string>();
  const needed = new Set<string>();
  const used = new Set<string>();
  const restsOn: PolicyMeta[][] = [];
  const meta = (id: string) => bundle.policies.get(id) as PolicyMeta;

  for (const { request } of questionsOf(facts)) {
    const { permits, forbids, errors } = bundle.engine.evaluate(request);

    // An error in a forbid blocks; in a permit it grants nothing and is raised.
    for (const { policy } of errors) {
      const forbid = meta(policy).effect === "forbid";
      if (meta(policy).mode !== "enforce") wouldHave.add(`policy.error ${policy}`);
      else because.set(`policy.error ${policy}`, forbid ? "block" : "log");
    }

    // A forbid blocks or holds. Only exactly its own approval lifts a hold.
    for (const policy of forbids.map(meta)) {
      const name = `${policy.code} ${policy.id}`;
      const answer = approvalsFor(policy, facts)[0];
      if (policy.mode !== "enforce") wouldHave.add(name);
      else if (policy.decision === "block") because.set(name, "block");
      else if (answer === undefined) {
        because.set(name, "require_approval");
        needed.add(policy.id);
      } else used.add(answer);
    }

    // Nothing goes ahead without a permit that is alive, approved or not.
    const dead = (policy: PolicyMeta): string | null => {
      if (policy.grant === null) return null;
      const state = facts.grants[policy.id];
      if (state?.revoked) return "grant.revoked";
      if (policy.grant.expires !== null && policy.grant.expires <= facts.now)
        return "grant.expired";
      return state !== undefined && policy.grant.uses !== null && state.uses >= policy.grant.uses
        ? "grant.spent"
        : null;
    };
    const alive = permits.map(meta).filter((policy) => dead(policy) === null);
    for (const policy of alive)
      because.set(`${policy.code} ${policy.id}`, policy.decision === "log" ? "log" : "allow");
    restsOn.push(alive);
    if (alive.length > 0) continue;

    // Why not: grants that would have been the permit, else the default.
    const late: [string, string][] = permits.map((id) => [dead(meta(id)) ?? "", id]);
    for (const { id, grant } of bundle.policies.values()) {
      if (grant === null || grant.expires === null || grant.expires > facts.now) continue;
      const now = new Date(new Date(grant.expires).getTime() - 1).toISOString();
      const then = { ...request.context, now: { __extn: { fn: "datetime", arg: now } } };
      if (bundle.engine.evaluate({ ...request, context: then }).permits.includes(id))
        late.push(["grant.expired", id]);
    }
    for (const [code, id] of late) because.set(`${code} ${id}`, "block");
    if (late.length === 0) because.set("default_deny null", "block");
  }

  const outcome = OUTCOMES.find((one) => [...because.values()].includes(one)) as Outcome;
  const goes = outcome === "allow" || outcome === "log";
  const claims = { approvals: goes ? [...used].sort() : [] };
  const requirements = outcome === "require_approval" ? [...needed].sort() : [];
  return { outcome, because, wouldHave, requirements, claims, restsOn: goes ? restsOn : [] };
}

/** Ids of the approvals that answer a policy for exactly this action. */
function approvalsFor(policy: PolicyMeta, facts: Facts): readonly string[] {
  const head = facts.chain[0]?.type === "User" && facts.chain.length > 1 ? facts.chain[0].id : null;
  const mayAnswer = ({ user, groups }: Vote): boolean =>
    policy.approvers.some((approver) =>
      approver === "on-behalf-of"
        ? user === head
        : !facts.chain.some(({ id }) => id === user) &&
          (approver === `User::"${user}"` ||
            groups.some((group) => approver === `Group::"${group}"`)),
    );
  return facts.approvals
    .filter(({ digest, expires }) => digest === facts.digest && facts.now < expires)
    .filter(({ policies }) =>
      policies.some((p) => p.id === policy.id && p.digest === policy.digest),
    )
    .filter(({ votes }) => {
      const people = new Set(votes.filter(mayAnswer).map(({ user }) => user));
      return people.size >= policy.quorum;
    })
    .map(({ id }) => id)
    .sort();
}

function summary({ outcome, reasons, wouldHave, requirements, claims }: Decision) {
  return {
    outcome,
    because: new Map(reasons.map((r) => [`${r.code} ${r.policy}`, r.outcome])),
    wouldHave: new Set(wouldHave.map((r) => `${r.code} ${r.policy}`)),
    requirements: requirements.map(({ policy }) => policy),
    claims: { approvals: claims.approvals },
  };
}

test("decide means what the normative text says", () => {
  fc.assert(
    fc.property(arbitraryBundle(), arbitraryFacts(), (bundle, facts) => {
      const { restsOn, ...expected } = normative(bundle, facts);
      const decision = decide(bundle, facts);
      expect(summary(decision)).toEqual(expected);
      // Every effect that rests on limited grants alone has one of them claimed, and no other is.
      const { grants } = decision.claims;
      const limited = (policy: PolicyMeta) => policy.grant !== null && policy.grant.uses !== null;
      const needy = restsOn.filter((choice) => choice.every(limited));
      for (const choice of needy) expect(choice.some(({ id }) => grants.includes(id))).toBe(true);
      for (const id of grants)
        expect(needy.some((choice) => choice.some((policy) => policy.id === id))).toBe(true);
    }),
    { numRuns: 1_500 },
  );
});

// shows: C2.1
test("equal inputs give byte-identical decisions, however lists are ordered", () => {
  const bytes = (decision: Decision) => canonicalize(decision as unknown as Json);
  fc.assert(
    fc.property(arbitraryBundle(), arbitraryFacts(), (bundle, facts) => {
      const policies = new Map([...bundle.policies].reverse());
      const approvals = [...facts.approvals].reverse();
      const again = decide({ ...bundle, policies }, { ...structuredClone(facts), approvals });
      expect(bytes(again)).toBe(bytes(decide(bundle, facts)));
    }),
    { numRuns: 500 },
  );
});

test("approvals of another action, or of another text of a policy, change nothing", () => {
  fc.assert(
    fc.property(arbitraryBundle(), arbitraryFacts(), fc.boolean(), (bundle, facts, elsewhere) => {
      const useless = facts.approvals.map((approval) =>
        elsewhere
          ? { ...approval, digest: "sha256:other" }
          : { ...approval, policies: approval.policies.map(({ id }) => ({ id, digest: "" })) },
      );
      const bare = decide(bundle, { ...facts, approvals: [] });
      expect(decide(bundle, { ...facts, approvals: useless })).toEqual(bare);
    }),
    { numRuns: 500 },
  );
});

test("approvals let a hold through and change no other outcome", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(arbitraryBundle(), arbitraryFacts(), (bundle, facts) => {
      const bare = decide(bundle, { ...facts, approvals: [] });
      const decision = decide(bundle, facts);
      seen.add(`${bare.outcome} ${decision.outcome}`);
      if (bare.outcome !== "require_approval") expect(decision.outcome).toBe(bare.outcome);
      else expect(decision.outcome).not.toBe("block");
    }),
    { numRuns: 1_500 },
  );
  // The generator reaches every outcome, with and without an approval.
  expect([...seen].sort()).toEqual([
    "allow allow",
    "block block",
    "log log",
    "require_approval allow",
    "require_approval log",
    "require_approval require_approval",
  ]);
});
