import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { approvalOf, bundleOf, effect, factsOf, policy } from "../../testdata/decide.ts";
import type { Limit } from "../bundle.ts";
import { type Effect, exactly, type Facts, UNKNOWN_AMOUNT } from "../facts.ts";
import { counterOf } from "./counting.ts";
import { decide } from "./decide.ts";

const ITEMS: Limit = { most: 10, unit: "items", windowMs: 3_600_000, per: ["agent"] };
const MODEL = { type: "Model", id: "m", parents: [], attrs: {} } as const;
const permit = policy("may", { effect: "permit" });
const limited = (limit: Partial<Limit> = {}, parts: Parameters<typeof policy>[1] = {}) =>
  policy("ten", { code: "limit.ten", limit: { ...ITEMS, ...limit }, ...parts });
const deletes = (quantity: number): Facts["effects"] => [effect({ quantity: exactly(quantity) })];
const outcomes = (facts: Partial<Facts>, ...policies: Parameters<typeof bundleOf>[0]) => {
  const { outcome, reasons, claims } = decide(bundleOf([permit, ...policies]), factsOf(facts));
  return { outcome, code: reasons[0]?.code, limits: claims.limits };
};

describe("a limit", () => {
  it("lets through what still fits, and claims it", () => {
    const facts = { effects: deletes(3), limits: { ten: 7 } };
    expect(outcomes(facts, limited())).toEqual({
      outcome: "allow",
      code: "policy.may",
      limits: [
        {
          policy: "ten",
          subject: '["items","agent","coder"]',
          windowMs: 3_600_000,
          amount: 3,
          most: 10,
        },
      ],
    });
  });

  it("blocks what does not, says what is left and claims nothing", () => {
    const facts = factsOf({ effects: deletes(4), limits: { ten: 7 } });
    const { outcome, reasons, claims } = decide(bundleOf([permit, limited()]), facts);
    expect(outcome).toBe("block");
    expect(reasons[0]).toMatchObject({ code: "limit.ten", policy: "ten", effect: 0 });
    expect(reasons[0]?.text).toBe("because of ten: 7 of 10 items are used, and this needs 4");
    expect(claims).toEqual({ approvals: [], grants: [] });
  });

  it("is passed by no unknown amount", () => {
    const effects = [effect({ quantity: UNKNOWN_AMOUNT })];
    expect(outcomes({ effects }, limited()).outcome).toBe("block");
  });

  it("is exceeded by the effects of one action together, each counted once for all members", () => {
    expect(outcomes({ effects: [...deletes(5), ...deletes(5)] }, limited())).toMatchObject({
      outcome: "allow",
      limits: [{ amount: 10 }],
    });
    expect(outcomes({ effects: [...deletes(5), ...deletes(6)] }, limited()).outcome).toBe("block");
  });

  it("counts what its policy matches, and nothing else", () => {
    const bundle = bundleOf([permit, limited()], (meta, { resource }) =>
      meta.id === "ten" && resource.id !== "customers" ? "silent" : "satisfied",
    );
    const other = effect({
      quantity: exactly(1_000),
      resource: { type: "Table", id: "logs", parents: [], attrs: {} },
    });
    const decision = decide(bundle, factsOf({ effects: [...deletes(2), other] }));
    expect(decision.claims.limits).toMatchObject([{ amount: 2 }]);
    expect(decide(bundle, factsOf({ effects: [other] })).claims.limits).toBeUndefined();
  });

  it.each([
    ["calls", { unit: "calls", most: 1 }, 1],
    ["items", { unit: "items" }, 2],
    ["bytes", { unit: "bytes" }, 3],
    ["usd", { unit: "usd" }, 4],
    ["tokens", { unit: "tokens" }, 5],
  ] as const)("counts %s", (_, limit, amount) => {
    const effects = [
      effect({ quantity: exactly(2), bytes: exactly(3), cost: exactly(4), tokens: exactly(5) }),
    ];
    expect(outcomes({ effects }, limited(limit)).limits).toMatchObject([{ amount }]);
  });

  it.each([
    [{ unit: "usd", most: 12_500_000 }, "11 of 12.5 usd are used, and this needs 2.000001"],
    [{ windowMs: null, most: 1 }, "11000000 of 1 items at once are used, and this needs 1"],
    [{ unit: "bytes" }, "11000000 of 10 bytes are used, and this needs an unknown number"],
  ] as const)("%j says what is left in its own words", (limit, text) => {
    const effects = [
      effect({ quantity: exactly(1), bytes: UNKNOWN_AMOUNT, cost: exactly(2_000_001) }),
    ];
    const facts = factsOf({ effects, limits: { ten: 11_000_000 } });
    const { reasons } = decide(bundleOf([permit, limited(limit)]), facts);
    expect(reasons[0]?.text).toBe(`because of ten: ${text}`);
  });

  it.each<[string, Partial<Effect>, string]>([
    ["what a parser read", { source: "parsed" }, "allow"],
    ["what a person described", { source: "catalog" }, "allow"],
    ["what is inferred", { source: "inferred" }, "block"],
    ["what nobody knows", { source: "unknown" }, "block"],
    ["a model of which nobody said", { source: "catalog", resource: MODEL }, "block"],
    ["a model that uses none", { source: "catalog", resource: MODEL, tokens: exactly(0) }, "allow"],
    ["an amount that is unknown", { source: "parsed", tokens: UNKNOWN_AMOUNT }, "block"],
  ])("reserves the tokens of %s", (_, parts, outcome) => {
    const facts = { effects: [effect(parts)] };
    expect(outcomes(facts, limited({ unit: "tokens", most: 1_000_000 })).outcome).toBe(outcome);
  });

  it("is claimed with the others in the order of their ids", () => {
    const both = ["b", "a"].map((id) => policy(id, { limit: ITEMS }));
    for (const policies of [both, both.toReversed()])
      expect(outcomes({ effects: deletes(1) }, ...policies).limits).toMatchObject([
        { policy: "a" },
        { policy: "b" },
      ]);
  });

  it("does not count what is nothing, even when it is used up", () => {
    expect(outcomes({ effects: deletes(0), limits: { ten: 11 } }, limited())).toEqual({
      outcome: "allow",
      code: "policy.may",
      limits: undefined,
    });
  });

  it("asks where it says so, and what was approved counts beyond it", () => {
    const asks = limited({}, { decision: "require_approval", approvers: ['Group::"dba"'] });
    const facts = { effects: deletes(4), limits: { ten: 7 } };
    const held = decide(bundleOf([permit, asks]), factsOf(facts));
    expect(held.outcome).toBe("require_approval");
    expect(held.requirements).toMatchObject([{ policy: "ten", digest: "sha256:ten" }]);
    const approvals = [approvalOf({ policies: [{ id: "ten", digest: "sha256:ten" }] })];
    expect(outcomes({ ...facts, approvals }, asks)).toMatchObject({
      outcome: "allow",
      limits: [{ amount: 4, most: null }],
    });
  });

  it("in observe mode counts, and does not stop", () => {
    const facts = factsOf({ effects: deletes(400), limits: { ten: 7 } });
    const decision = decide(bundleOf([permit, limited({}, { mode: "observe" })]), facts);
    expect(decision.outcome).toBe("allow");
    expect(decision.wouldHave).toMatchObject([{ code: "limit.ten" }]);
    expect(decision.claims.limits).toMatchObject([{ amount: 11, most: null }]);
  });

  it("blocks when its policy fails", () => {
    const bundle = bundleOf([permit, limited()], ({ id }) =>
      id === "ten" ? "error" : "satisfied",
    );
    const { outcome, reasons } = decide(bundle, factsOf());
    expect([outcome, reasons[0]?.code]).toEqual(["block", "policy.error"]);
  });

  it("never lets pass more than it says, whatever is used and asked", () => {
    const amount = fc.integer({ min: 0, max: 30 });
    fc.assert(
      fc.property(fc.array(amount, { minLength: 1, maxLength: 4 }), amount, (asked, used) => {
        const effects = asked.map((quantity) => effect({ quantity: exactly(quantity) }));
        const { outcome } = outcomes({ effects, limits: { ten: used } }, limited());
        const sum = asked.reduce((total, one) => total + one, 0);
        expect(outcome).toBe(sum === 0 || used + sum <= 10 ? "allow" : "block");
      }),
    );
  });
});

describe("the counter of a limit", () => {
  const facts = factsOf();
  const of = (per: Limit["per"], parts: Partial<Facts> = {}) =>
    counterOf({ ...ITEMS, per }, { ...facts, ...parts });

  it.each([
    [[], '["items"]'],
    [["user"], '["items","user","maria"]'],
    [["session"], '["items","session","session-1"]'],
    [["upstream"], '["items","upstream","db"]'],
    [["tool"], '["items","tool","db/delete"]'],
    [["request"], '["items","request","sha256:action"]'],
    [["agent", "tool"], '["items","agent","coder","tool","db/delete"]'],
  ] as const)("per %j is %s", (per, expected) => expect(of(per)).toBe(expected));

  it("of an agent is also that of the agents it started", () => {
    const sub = { type: "Agent", id: "coder/sub", groups: [] } as const;
    expect(of(["agent"], { chain: [...facts.chain, sub] })).toBe(of(["agent"]));
  });

  it("of a caller without an agent is its credential's, and without a person nobody's", () => {
    const chain = [{ type: "User", id: "maria", groups: [] }] as const;
    expect(of(["agent"], { chain })).toBe('["items","agent","credential-1"]');
    const alone = [{ type: "Agent", id: "coder", groups: [] }] as const;
    expect(of(["user"], { chain: alone })).toBe('["items","user",""]');
  });
});

it("blocks what goes to an upstream that is paused", () => {
  const paused = { failures: 5, until: "2026-02-03T09:00:30.000Z" };
  expect(outcomes({ paused })).toMatchObject({ outcome: "block", code: "upstream.paused" });
});

describe("a halt", () => {
  const halt = {
    scope: "agent",
    subject: "coder",
    by: "maria",
    at: "2026-02-03T08:00:00.000Z",
    reason: "it erases things",
  } as const;

  it("blocks before everything else, and says who and why", () => {
    const { outcome, reasons, claims } = decide(bundleOf([permit]), factsOf({ halts: [halt] }));
    expect(outcome).toBe("block");
    expect(reasons[0]).toMatchObject({ code: "halted", policy: null });
    expect(reasons[0]?.text).toBe(
      "maria halted agent `coder` at 2026-02-03T08:00:00.000Z: it erases things",
    );
    expect(claims).toEqual({ approvals: [], grants: [] });
  });

  it("is stronger than a hold: nobody is asked", () => {
    const asks = policy("ask", { decision: "require_approval", approvers: ['Group::"dba"'] });
    const facts = factsOf({ halts: [{ ...halt, scope: "all", subject: "" }] });
    const { outcome, requirements, reasons } = decide(bundleOf([permit, asks]), facts);
    expect([outcome, requirements]).toEqual(["block", []]);
    expect(reasons[0]?.text).toMatch(/^maria halted everything at/);
  });
});
