import fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryBundle, arbitraryFacts } from "../../testdata/decide.ts";
import type { Decision } from "../decision.ts";
import type { Facts } from "../facts.ts";
import { OUTCOMES, refused } from "../index.ts";
import type { Principal } from "../request.ts";
import { decide } from "./decide.ts";

/** Up to six members: a person or none, and agents of which none comes twice. */
const chain: fc.Arbitrary<Facts["chain"]> = fc
  .tuple(
    fc.option(fc.constantFrom("maria", "omar", "dana")),
    fc.uniqueArray(fc.constantFrom("coder", "helper", "tester", "sub", "writer"), { minLength: 1 }),
  )
  .map(([person, agents]) => [
    ...(person === null ? [] : [{ type: "User" as const, id: person, groups: [] }]),
    ...agents.map((id) => ({ type: "Agent" as const, id, groups: [] })),
  ]);

/** Ids of the policies that hold an action for a person. */
const holdsOf = ({ reasons }: Decision): readonly string[] =>
  reasons.flatMap(({ outcome, policy }) =>
    outcome === "require_approval" && policy !== null ? [policy] : [],
  );
const alone = (facts: Facts, member: Principal): Facts => ({ ...facts, chain: [member] });
const may = (bundle: Parameters<typeof decide>[0], facts: Facts): boolean =>
  !refused(decide(bundle, facts).outcome);

// shows: C3.1
test("a chain may do nothing that one of its members may not do alone", () => {
  const lengths = new Map<number, number>();
  fc.assert(
    fc.property(arbitraryBundle(), arbitraryFacts(), chain, (bundle, any, members) => {
      // Who may answer depends on the chain: a yes is a law of its own, below.
      const facts = { ...any, chain: members, approvals: [] };
      const whole = OUTCOMES.indexOf(decide(bundle, facts).outcome);
      for (const member of members)
        expect(whole).toBeLessThanOrEqual(
          OUTCOMES.indexOf(decide(bundle, alone(facts, member)).outcome),
        );
      if (may(bundle, facts)) lengths.set(members.length, (lengths.get(members.length) ?? 0) + 1);
    }),
    { numRuns: 2_000 },
  );
  // The generator lets chains of several members through.
  expect([...lengths.keys()].some((length) => length >= 3)).toBe(true);
});

test("each member's own grants count: one that ends ends it for all who rest on it", () => {
  let ended = 0;
  fc.assert(
    fc.property(arbitraryBundle(), arbitraryFacts(), chain, (bundle, any, members) => {
      const facts = { ...any, chain: members, approvals: [] };
      if (!may(bundle, facts)) return;
      const grants = [...bundle.policies.values()].filter(({ grant }) => grant !== null);
      const revoked = Object.fromEntries(grants.map(({ id }) => [id, { uses: 0, revoked: true }]));
      const after = { ...facts, grants: revoked };
      if (may(bundle, after)) return;
      ended += 1;
      // Somebody of the chain had nothing else to rest on.
      expect(members.some((member) => !may(bundle, alone(after, member)))).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  expect(ended).toBeGreaterThan(0);
});

test("an approval waives the holds that it names for exactly this action, and nothing else", () => {
  let waivedOnce = 0;
  fc.assert(
    fc.property(arbitraryBundle(), arbitraryFacts(), (bundle, facts) => {
      const before = decide(bundle, { ...facts, approvals: [] });
      const after = decide(bundle, facts);
      const left = new Set(holdsOf(after));
      const waived = holdsOf(before).filter((id) => !left.has(id));
      for (const id of waived) {
        const digest = bundle.policies.get(id)?.digest;
        const named = facts.approvals.filter(
          (one) =>
            one.digest === facts.digest &&
            facts.now < one.expires &&
            one.policies.some((of) => of.id === id && of.digest === digest),
        );
        expect(named).not.toEqual([]);
      }
      waivedOnce += waived.length;
      // What is forbidden, or held by others, is so for the same reasons as before.
      const against = before.reasons.filter(
        ({ outcome, policy }) => refused(outcome) && !waived.includes(policy ?? ""),
      );
      for (const reason of against) expect(after.reasons).toContainEqual(reason);
    }),
    { numRuns: 2_000 },
  );
  expect(waivedOnce).toBeGreaterThan(50);
});
