import { describe, expect, test } from "vitest";
import type { Reason } from "../decision.ts";
import { builtIn, DECIDE_CODES, NOWHERE, ordered } from "./reasons.ts";

const maria = { type: "User", id: "maria" };
const coder = { type: "Agent", id: "coder" };
const sub = { type: "Agent", id: "coder/sub" };
const CHAIN = [maria, coder, sub];

function reason(parts: Partial<Reason>): Reason {
  return { code: "c", outcome: "block", policy: "p", effect: 0, member: maria, text: "", ...parts };
}

/** Expects this order, however the reasons are given. */
function expectOrder(...reasons: Reason[]): void {
  expect(ordered(reasons, CHAIN)).toEqual(reasons);
  expect(ordered([...reasons].reverse(), CHAIN)).toEqual(reasons);
}

describe("reasons are ordered", () => {
  test("by outcome, the strongest first", () => {
    expectOrder(
      reason({ outcome: "block", policy: "z" }),
      reason({ outcome: "require_approval", policy: "y" }),
      reason({ outcome: "log", policy: "x" }),
      reason({ outcome: "allow", policy: "w" }),
    );
  });
  test("by kind: what is broken, policies, approvals, grants, the default", () => {
    expectOrder(
      reason({ code: "facts.invalid", policy: null, effect: 3 }),
      reason({ code: "engine.error", policy: null, effect: 2 }),
      reason({ code: "zz", policy: "b" }),
      reason({ code: "approval.expired", policy: null, effect: null, member: null }),
      reason({ code: "grant.revoked", policy: "c" }),
      reason({ code: "grant.expired", policy: "b" }),
      reason({ code: "grant.spent", policy: "a" }),
      reason({ code: "default_deny", policy: null, effect: 0 }),
    );
  });
  test("a policy cannot move itself by the name of its code", () => {
    expectOrder(reason({ code: "z", policy: "a" }), reason({ code: "facts.invalid", policy: "b" }));
    expectOrder(reason({ code: "default_deny", policy: "a" }), reason({ code: "a", policy: "b" }));
    expectOrder(
      reason({ code: "my.grant.", policy: "a" }),
      reason({ code: "grant.mine", policy: "b" }),
    );
  });
  test("by effect, the whole action before each of them", () => {
    expectOrder(
      reason({ policy: "z", effect: null, member: null }),
      reason({ policy: "y", effect: 0 }),
      reason({ policy: "x", effect: 1 }),
      reason({ policy: "w", effect: 10 }),
    );
  });
  test("by member in the order of the chain, agents told apart by name", () => {
    expectOrder(
      reason({ policy: "z", member: null }),
      reason({ policy: "y", member: maria }),
      reason({ policy: "x", member: coder }),
      reason({ policy: "w", member: sub }),
    );
  });
  test("by policy, then by code", () => {
    expectOrder(
      reason({ policy: null, code: "z" }),
      reason({ policy: "A", code: "y" }),
      reason({ policy: "a", code: "b" }),
      reason({ policy: "a", code: "c" }),
    );
  });
});

test("a policy is named once for the chain, with its first member", () => {
  const twice = [reason({ member: coder }), reason({ member: maria }), reason({ member: maria })];
  expect(ordered(twice, CHAIN)).toEqual([reason({ member: maria })]);
  expect(ordered([reason({ effect: 0 }), reason({ effect: 1 })], CHAIN)).toHaveLength(2);
});

test("what nobody permits is named for each member", () => {
  const denied = [maria, coder, sub].map((member) =>
    reason({ code: "default_deny", policy: null, member }),
  );
  expect(ordered([...denied, ...denied], CHAIN)).toEqual(denied);
});

test("a built-in reason has the words of its code, an unknown one its code", () => {
  expect(builtIn("default_deny", "block", null, NOWHERE)).toEqual({
    code: "default_deny",
    outcome: "block",
    policy: null,
    effect: null,
    member: null,
    text: DECIDE_CODES["default_deny"],
  });
  expect(builtIn("of.another", "log", "p", { effect: 1, member: coder })).toMatchObject({
    text: "of.another",
    policy: "p",
    effect: 1,
    member: coder,
  });
});
