import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  arbitraryBundle,
  arbitraryFacts,
  bundleOf,
  effect,
  factsOf,
  policy,
} from "../../testdata/decide.ts";
import { questionsOf } from "../decide/context.ts";
import { decide } from "../decide/decide.ts";
import { type Effect, exactly, type Facts, UNKNOWN_AMOUNT } from "../facts.ts";
import { readFacts } from "../read-facts.ts";
import { OUTCOMES } from "../vocabulary.ts";
import { type Delegation, type DelegationState, widens } from "./delegation.ts";
import { readDelegations } from "./read.ts";

const NOW = factsOf().now;
const LATER = "2099-01-01T00:00:00.000Z";

const link = (parts: Partial<DelegationState> = {}): DelegationState => ({
  id: "del_1",
  from: "coder",
  to: "helper",
  actions: null,
  resources: null,
  quantity: null,
  cost: null,
  expires: LATER,
  depth: 0,
  revoked: false,
  ...parts,
});
const CHAIN: Facts["chain"] = [
  { type: "User", id: "maria", groups: [] },
  { type: "Agent", id: "coder", groups: [] },
  { type: "Agent", id: "helper", groups: [] },
];
const everything = bundleOf([policy("all", { effect: "permit" })], () => "satisfied");

/** The code and text that come of one delegation, where policies allow everything. */
function judged(
  parts: Partial<DelegationState>,
  ...effects: readonly Effect[]
): readonly unknown[] {
  const facts = factsOf({
    chain: CHAIN,
    delegations: [link(parts)],
    effects: effects.length === 0 ? [effect()] : effects,
  });
  const { outcome, reasons } = decide(everything, facts);
  return [outcome, reasons[0]?.code, reasons[0]?.effect];
}

describe("a delegation", () => {
  const places = [{ type: "Environment", id: "test" }];
  const inTest = effect({
    resource: { type: "Table", id: "t", parents: [{ type: "Environment", id: "test" }], attrs: {} },
  });

  it.each([
    ["everything", {}, "allow"],
    ["the action", { actions: ["delete", "read"] }, "allow"],
    ["another action", { actions: ["read"] }, "block"],
    ["the resource", { resources: [{ type: "Table", id: "customers" }] }, "allow"],
    ["another resource", { resources: [{ type: "Table", id: "orders" }] }, "block"],
    ["the same name of another type", { resources: [{ type: "File", id: "customers" }] }, "block"],
    ["as many", { quantity: 1 }, "allow"],
    ["fewer", { quantity: 0 }, "block"],
    ["as much money", { cost: 0 }, "allow"],
  ] as const)("of %s", (_, parts, outcome) => {
    expect(judged(parts)[0]).toBe(outcome);
  });

  it("covers what is in a place that it names", () => {
    expect(judged({ resources: places }, inTest)[0]).toBe("allow");
    expect(judged({ resources: places })).toEqual(["block", "delegation.exceeded", 0]);
  });

  it("does not cover an amount that nobody knows", () => {
    expect(judged({ quantity: 1_000_000 }, effect({ quantity: UNKNOWN_AMOUNT }))[1]).toBe(
      "delegation.exceeded",
    );
    expect(judged({ cost: 1_000_000 }, effect({ cost: UNKNOWN_AMOUNT }))[1]).toBe(
      "delegation.exceeded",
    );
    expect(judged({ cost: 5 }, effect({ cost: exactly(6) }))[1]).toBe("delegation.exceeded");
  });

  it("names the effect that it does not cover, and itself", () => {
    const facts = factsOf({
      chain: CHAIN,
      delegations: [link({ actions: ["delete"] })],
      effects: [effect(), effect({ action: "send" })],
    });
    expect(decide(everything, facts).reasons[0]).toEqual({
      code: "delegation.exceeded",
      outcome: "block",
      policy: null,
      effect: 1,
      member: { type: "Agent", id: "helper" },
      text: "the delegation del_1 from `coder` to `helper` does not cover this action",
    });
  });

  it("ends", () => {
    expect(judged({ expires: NOW })).toEqual(["block", "delegation.expired", null]);
    expect(judged({ revoked: true })).toEqual(["block", "delegation.revoked", null]);
    expect(judged({ revoked: true, expires: NOW, actions: ["read"] })[1]).toBe(
      "delegation.revoked",
    );
  });

  it.each([
    ["none at all", []],
    ["more than sub-agents", [link(), link({ id: "del_2", from: "helper", to: "x" }), link()]],
    ["one of another delegator", [link({ from: "other" })]],
    ["one to another agent", [link({ to: "other" })]],
  ])("that is not of the chain makes facts that nobody can decide: %s", (_, delegations) => {
    const decision = decide(everything, factsOf({ chain: CHAIN, delegations }));
    expect(decision.reasons[0]?.code).toBe("facts.invalid");
  });

  it("has no more below it than it allows", () => {
    const chain = [...CHAIN, { type: "Agent" as const, id: "tester", groups: [] }];
    const below = link({ id: "del_2", from: "helper", to: "tester" });
    const code = (depth: number): unknown =>
      decide(everything, factsOf({ chain, delegations: [link({ depth }), below] })).reasons[0]
        ?.code;
    expect(code(0)).toBe("facts.invalid");
    expect(code(1)).not.toBe("facts.invalid");
  });

  it("is read from outside only in its exact form", () => {
    const { revoked: _, ...plain } = link({
      actions: ["read"],
      resources: [{ type: "File", id: "a" }],
    });
    expect(readDelegations([plain])).toEqual([plain]);
    for (const wrong of [
      { ...plain, revoked: false },
      { ...plain, actions: [] },
      { ...plain, actions: ["fly"] },
      { ...plain, actions: ["read", "read"] },
      { ...plain, resources: [] },
      { ...plain, resources: [{ type: "Moon", id: "a" }] },
      { ...plain, quantity: -1 },
      { ...plain, quantity: 1.5 },
      { ...plain, expires: "tomorrow" },
      { ...plain, depth: null },
      { ...plain, from: "a b" },
      { ...plain, id: "../x" },
    ])
      expect([wrong, readDelegations([wrong])]).toEqual([wrong, null]);
    expect(readDelegations([])).toBeNull();
    expect(readDelegations(plain)).toBeNull();
    expect(readFacts({ ...factsOf(), delegations: [plain] }).ok).toBe(false);
  });
});

const some = ["delete", "read", "send"] as const;
const table = fc.constantFrom("a", "b", "c").map((id) => ({ type: "Table", id }));
const narrowing = fc.record({
  actions: fc.option(fc.subarray([...some], { minLength: 1 })),
  resources: fc.option(fc.array(table, { minLength: 1, maxLength: 3 })),
  quantity: fc.option(fc.integer({ min: 0, max: 3 })),
  cost: fc.option(fc.integer({ min: 0, max: 3 })),
  expires: fc.constantFrom(NOW, LATER, LATER, LATER, LATER),
  depth: fc.integer({ min: 1, max: 3 }),
  revoked: fc.constantFrom(false, false, false, true),
});

const arbitraryLink = (id: string, from: string, to: string): fc.Arbitrary<DelegationState> =>
  narrowing.map((parts) => link({ id, from, to, ...parts }));

/** Facts with a chain of three agents, two of them by delegation. */
const delegated = fc
  .tuple(
    arbitraryFacts(),
    arbitraryLink("del_1", "coder", "helper"),
    arbitraryLink("del_2", "helper", "tester"),
  )
  .map(([facts, first, second]) => {
    const chain = [...CHAIN, { type: "Agent" as const, id: "tester", groups: [] }];
    return { plain: { ...facts, chain }, links: [first, second] as const };
  });

const strength = (facts: Facts, bundle: Parameters<typeof decide>[0]): number =>
  OUTCOMES.indexOf(decide(bundle, facts).outcome);

/** What is left of a link below another that only takes away. */
function narrowed(parent: DelegationState, any: DelegationState): DelegationState {
  const least = (a: number | null, b: number | null): number | null =>
    a === null || b === null ? (a ?? b) : Math.min(a, b);
  const both = any.actions?.filter((action) => parent.actions?.includes(action) ?? true) ?? [];
  return {
    ...any,
    actions: both.length > 0 ? both : parent.actions,
    resources: parent.resources ?? any.resources,
    quantity: least(parent.quantity, any.quantity),
    cost: least(parent.cost, any.cost),
    expires: any.expires < parent.expires ? any.expires : parent.expires,
    depth: parent.depth - 1,
  };
}

/** Mixtures of policies, and every second time what permits everything. */
const bundles = fc.oneof(arbitraryBundle(), fc.constant(everything));

describe("delegating", () => {
  // shows: C3.2
  test("never widens: whatever is delegated, the verdict is as strong or stronger", () => {
    fc.assert(
      fc.property(arbitraryBundle(), delegated, (bundle, { plain, links }) => {
        const [first, second] = links;
        const alone = strength(plain, bundle);
        const both = strength({ ...plain, delegations: [first, second] }, bundle);
        const open = link({ id: "del_0", from: "coder", to: "helper", depth: 9 });
        const lower = strength({ ...plain, delegations: [open, second] }, bundle);
        expect(both).toBeLessThanOrEqual(lower);
        expect(lower).toBeLessThanOrEqual(alone);
      }),
    );
  });

  test("to somebody below never holds what the link above does not", () => {
    fc.assert(
      fc.property(delegated, ({ plain, links: [parent, any] }) => {
        const child = narrowed(parent, any);
        expect(widens(parent, child)).toBeNull();
        const top = link({ id: "del_0", from: "coder", to: "helper", depth: 9 });
        const by = (held: DelegationState): Facts => ({
          ...plain,
          delegations: [top, { ...held, revoked: false, from: "helper", to: "tester" }],
        });
        const [above, below] = [strength(by(parent), everything), strength(by(child), everything)];
        expect(below).toBeLessThanOrEqual(above);
      }),
    );
  });

  // shows: C3.1
  test("an action goes ahead only if every member of the chain is permitted each effect", () => {
    let went = 0;
    fc.assert(
      fc.property(bundles, delegated, (bundle, { plain, links }) => {
        const facts = { ...plain, delegations: links };
        const { outcome } = decide(bundle, facts);
        if (outcome !== "allow" && outcome !== "log") return;
        went += 1;
        for (const { request } of questionsOf(facts))
          expect(bundle.engine.evaluate(request).permits.length).toBeGreaterThan(0);
        for (const { actions, revoked, expires } of links) {
          expect([revoked, expires > NOW]).toEqual([false, true]);
          for (const { action } of facts.effects)
            expect(actions === null || actions.includes(action)).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
    expect(went).toBeGreaterThan(0);
  });

  it.each([
    ["from", { from: "other" }],
    ["actions", { actions: ["read", "delete"] }],
    ["actions", { actions: null }],
    ["resources", { resources: null }],
    ["quantity", { quantity: 11 }],
    ["quantity", { quantity: null }],
    ["cost", { cost: 21 }],
    ["expires", { expires: "2099-01-01T00:00:00.001Z" }],
    ["depth", { depth: 2 }],
  ] as const)("names the field in which it would be wider: %s", (field, parts) => {
    const parent = link({
      actions: ["read"],
      resources: [{ type: "File", id: "a" }],
      quantity: 10,
      cost: 20,
      depth: 2,
    });
    const child: Delegation = {
      ...parent,
      id: "del_2",
      from: "helper",
      to: "tester",
      depth: 1,
      resources: [{ type: "File", id: "b" }],
    };
    expect(widens(parent, child)).toBeNull();
    expect(widens(parent, { ...child, ...parts })).toBe(field);
  });
});
