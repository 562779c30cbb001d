import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  approvalOf,
  arbitraryBundle,
  arbitraryFacts,
  bundleOf,
  effect,
  factsOf,
  NOW,
  policy,
} from "../../testdata/decide.ts";
import { type Effect, exactly, type Facts, UNKNOWN_AMOUNT, type Waiver } from "../facts.ts";
import { decide } from "./decide.ts";

const permit = policy("permit", { effect: "permit" });
const hold = policy("hold", {
  decision: "require_approval",
  approvers: ['Group::"dba"'],
  waivable: "scoped",
});
const bundle = bundleOf([permit, hold]);

function waiverFor(facts: Facts, parts: Partial<Waiver> = {}): Waiver {
  const { policies, votes, expires } = approvalOf();
  const { gateway, upstream, operation, target, definition } = facts.action;
  return {
    id: "waiver:1",
    policies,
    votes,
    expires,
    uses: 2,
    session: null,
    gateway,
    upstream,
    operation,
    target,
    definition,
    chain: facts.chain.map(({ type, id }) => ({ type, id })),
    effects: facts.effects,
    ...parts,
  };
}

/** What the waiver of the usual action makes of another one. */
function outcome(facts: Partial<Facts>, waiver: Partial<Waiver> = {}): string {
  return decide(bundle, factsOf({ waivers: [waiverFor(factsOf(), waiver)], ...facts })).outcome;
}

describe("a waiver", () => {
  it("answers other arguments of the same action, and is used up like a grant", () => {
    const { outcome: out, claims } = decide(
      bundle,
      factsOf({ digest: "sha256:another", waivers: [waiverFor(factsOf())] }),
    );
    expect(out).toBe("allow");
    expect(claims).toEqual({ approvals: [], grants: ["waiver:1"] });
  });

  it("stays whole where an approval of exactly this answers", () => {
    const facts = factsOf({ approvals: [approvalOf()], waivers: [waiverFor(factsOf())] });
    expect(decide(bundle, facts).claims).toEqual({ approvals: ["approval-1"], grants: [] });
  });

  it("of two is the first by its name", () => {
    for (const ids of [
      ["waiver:1", "waiver:2"],
      ["waiver:2", "waiver:1"],
    ]) {
      const waivers = ids.map((id) => waiverFor(factsOf(), { id }));
      expect(decide(bundle, factsOf({ waivers })).claims.grants).toEqual(["waiver:1"]);
    }
  });

  it("of an unknown amount answers an unknown amount, and one of a known amount does not", () => {
    const unknown = [effect({ quantity: UNKNOWN_AMOUNT })];
    expect(outcome({ effects: unknown }, { effects: unknown })).toBe("allow");
    const most = { atMost: UNKNOWN_AMOUNT.atMost, known: true };
    expect(outcome({ effects: unknown }, { effects: [effect({ quantity: most })] })).toBe(
      "require_approval",
    );
  });

  it("is nothing to a policy that allows exact answers alone", () => {
    const exact = bundleOf([permit, { ...hold, waivable: "exact" }]);
    const facts = factsOf({ waivers: [waiverFor(factsOf())] });
    expect(decide(exact, facts).outcome).toBe("require_approval");
  });

  test.each<[string, Partial<Waiver>]>([
    ["has ended", { expires: NOW }],
    ["names a time that is none", { expires: "later" }],
    ["was given in another session", { session: "session-2" }],
    ["answers an earlier text of the policy", { policies: [{ id: "hold", digest: "sha256:old" }] }],
    ["answers another policy", { policies: [{ id: "other", digest: "sha256:hold" }] }],
    ["has the word of nobody", { votes: [] }],
    ["has the word of a member of the chain", { votes: [{ user: "maria", groups: ["dba"] }] }],
    ["has the word of the wrong person", { votes: [{ user: "dana", groups: ["ops"] }] }],
    ["is for another tool", { target: "drop" }],
    ["is for another definition of the tool", { definition: `sha256:${"0".repeat(64)}` }],
    ["is for another agent", { chain: [{ type: "Agent", id: "coder" }] }],
    ["covers nothing", { effects: [] }],
  ])("that %s waives nothing", (_, parts) => {
    expect(outcome({}, parts)).toBe("require_approval");
  });

  test.each<[string, Facts["grants"]]>([
    ["used up", { "waiver:1": { uses: 2, revoked: false } }],
    ["revoked", { "waiver:1": { uses: 0, revoked: true } }],
  ])("that is %s waives nothing", (_, grants) => {
    expect(outcome({ grants })).toBe("require_approval");
  });

  const wider: Record<string, Partial<Effect>> = {
    "another action": { action: "update" },
    "another resource": { resource: { ...effect().resource, id: "orders" } },
    "another place": {
      resource: { ...effect().resource, parents: [{ type: "Environment", id: "production" }] },
    },
    "more things": { quantity: exactly(2) },
    "an unknown number": { quantity: UNKNOWN_AMOUNT },
    "more bytes": { bytes: exactly(1) },
    "more money": { cost: exactly(1) },
    "a wider audience": { audience: "public" },
    "a label": { labels: ["secret"] },
    "a finding": { findings: ["secret.in-payload"] },
    "a stranger's word": { origin: { target: ["user"], payload: ["model"], untrusted: true } },
    "another origin": { origin: { target: ["web"], payload: ["model"], untrusted: false } },
    "a weaker source": { source: "inferred" },
  };
  test.each(Object.keys(wider))("does not reach to %s", (name) => {
    const more = effect(wider[name]);
    expect(outcome({ effects: [more] })).toBe("require_approval");
    expect(outcome({ effects: [effect(), more] })).toBe("require_approval");
  });

  it("does not reach from what can be undone to what cannot", () => {
    const seen = [effect({ reversible: true })];
    expect(outcome({ effects: seen }, { effects: seen })).toBe("allow");
    expect(outcome({}, { effects: seen })).toBe("require_approval");
  });

  it("lets nothing through that its policies alone do not hold", () => {
    fc.assert(
      fc.property(arbitraryBundle(), arbitraryFacts(), fc.boolean(), (some, facts, scoped) => {
        const waivable = scoped ? ("scoped" as const) : ("exact" as const);
        const policies = new Map([...some.policies].map(([id, one]) => [id, { ...one, waivable }]));
        const answered = [...policies.values()]
          .slice(0, 2)
          .map(({ id, digest }) => ({ id, digest }));
        const votes = [{ user: "nina", groups: ["dba", "ops"] }];
        const waiver = waiverFor(facts, { policies: answered, votes, uses: 1_000 });
        const without = decide({ ...some, policies }, facts);
        const after = decide({ ...some, policies }, { ...facts, waivers: [waiver] });
        if (without.outcome === "block") expect(after.outcome).toBe("block");
        const named = new Set(answered.map(({ id }) => id));
        const waived = without.requirements.filter(
          (one) => !after.requirements.some((other) => other.policy === one.policy),
        );
        if (!scoped) expect(after).toEqual(without);
        expect(waived.every(({ policy: id }) => named.has(id))).toBe(true);
      }),
    );
  });
});

describe("a broken glass", () => {
  const override = { ...approvalOf({ votes: [] }), override: "omar" };

  it("answers what a person was asked, without the votes", () => {
    expect(decide(bundle, factsOf({ approvals: [override] })).outcome).toBe("allow");
  });

  it("is nothing in the hands of a member of the chain", () => {
    const own = { ...override, override: "maria" };
    expect(decide(bundle, factsOf({ approvals: [own] })).outcome).toBe("require_approval");
  });

  it("breaks no forbid, and permits nothing", () => {
    const facts = factsOf({ approvals: [override] });
    expect(decide(bundleOf([permit, hold, policy("hard")]), facts).outcome).toBe("block");
    expect(decide(bundleOf([hold]), facts).outcome).toBe("block");
  });
});
