import { describe, expect, test } from "vitest";
import { compilePolicies, type PolicySource } from "./engine.ts";
import type { ExactJson } from "./exact-json.ts";
import { POLICY_LIMITS } from "./limits.ts";

const SCHEMA: ExactJson = { "": { actions: {} } };
const ALL = { op: "All" };
const TRUE = { kind: "when", body: { Value: true } };

function policy(change: Record<string, ExactJson> = {}): ExactJson {
  return {
    effect: "permit",
    principal: ALL,
    action: ALL,
    resource: ALL,
    conditions: [TRUE],
    ...change,
  };
}

function when(body: ExactJson): ExactJson {
  return policy({ conditions: [{ kind: "when", body }] });
}

function load(...sources: readonly PolicySource[]): string {
  const compiled = compilePolicies(sources, SCHEMA);
  return compiled.ok ? "ok" : compiled.error.code;
}

const USER = { type: "User", id: "ann" };

describe("what the compiler does not know refuses to load", () => {
  test.each<readonly [string, ExactJson, string]>([
    ["a policy", policy(), "ok"],
    ["annotations", policy({ annotations: { id: "x", grant: null } }), "ok"],
    ["no policy", null, "policy.shape"],
    ["a list", [], "policy.shape"],
    ["an unknown effect", policy({ effect: "allow" }), "policy.shape"],
    ["an unknown key", policy({ priority: 1 }), "policy.unknown_key"],
    [
      "no conditions",
      { effect: "permit", principal: ALL, action: ALL, resource: ALL },
      "policy.shape",
    ],
    ["conditions as an object", policy({ conditions: {} }), "policy.shape"],
    ["an unknown condition", policy({ conditions: [{ ...TRUE, kind: "if" }] }), "policy.shape"],
    ["a condition with more", policy({ conditions: [{ ...TRUE, not: 1 }] }), "policy.unknown_key"],
    ["an unknown scope", policy({ principal: { op: "!=", entity: USER } }), "policy.shape"],
    ["a scope without entity", policy({ principal: { op: "==" } }), "policy.shape"],
    ["a scope with more", policy({ principal: { op: "All", entity: USER } }), "policy.unknown_key"],
    [
      "a scope with both",
      policy({ principal: { op: "==", entity: USER, slot: "?principal" } }),
      "policy.unknown_key",
    ],
    ["a scope with null", policy({ principal: { op: "==", entity: null } }), "policy.shape"],
    ["a wrapped entity", policy({ principal: { op: "==", entity: { __entity: USER } } }), "ok"],
    [
      "a wrapped entity with more",
      policy({ principal: { op: "==", entity: { __entity: USER, x: 1 } } }),
      "policy.unknown_key",
    ],
    [
      "an entity without id",
      policy({ principal: { op: "==", entity: { type: "User" } } }),
      "policy.shape",
    ],
    [
      "an entity with more",
      policy({ principal: { op: "==", entity: { ...USER, ns: "" } } }),
      "policy.unknown_key",
    ],
    [
      "an entity whose id is a number",
      policy({ principal: { op: "==", entity: { type: "User", id: 1 } } }),
      "policy.shape",
    ],
    ["is", policy({ resource: { op: "is", entity_type: "File" } }), "ok"],
    ["is in", policy({ resource: { op: "is", entity_type: "File", in: { entity: USER } } }), "ok"],
    ["is without type", policy({ resource: { op: "is" } }), "policy.shape"],
    [
      "is in nothing",
      policy({ resource: { op: "is", entity_type: "File", in: {} } }),
      "policy.shape",
    ],
    [
      "a list of principals",
      policy({ principal: { op: "in", entities: [USER] } }),
      "policy.unknown_key",
    ],
    ["a list of actions", policy({ action: { op: "in", entities: [USER] } }), "ok"],
    ["one action group", policy({ action: { op: "in", entity: USER } }), "ok"],
    ["an action in nothing", policy({ action: { op: "in" } }), "policy.shape"],
    [
      "an action of a type",
      policy({ action: { op: "is", entity_type: "Action" } }),
      "policy.unknown_key",
    ],
    ["an unknown action scope", policy({ action: { op: "is" } }), "policy.shape"],
    ["any action with more", policy({ action: { op: "All", entity: USER } }), "policy.unknown_key"],
    [
      "a slot of the other side",
      policy({ principal: { op: "==", slot: "?resource" } }),
      "policy.shape",
    ],
    [
      "a slot that nothing is bound to",
      policy({ principal: { op: "==", slot: "?principal" } }),
      "policy.slot",
    ],
    ["a slot in a condition", when({ Slot: "?principal" }), "policy.slot"],
    ["an unknown slot", when({ Slot: "?action" }), "policy.slot"],
    ["an unknown operator", when({ xor: { left: 1, right: 2 } }), "policy.unknown_operator"],
    ["partial evaluation", when({ unknown: [{ Value: "x" }] }), "policy.unknown_operator"],
    ["an inherited name", when({ toString: [] }), "policy.unknown_operator"],
    ["two operators", when({ Value: true, Var: "context" }), "policy.shape"],
    ["no operator", when({}), "policy.shape"],
    ["a bare value", when(true), "policy.shape"],
    [
      "an operand with more",
      when({ "!": { arg: { Value: true }, arg2: 1 } }),
      "policy.unknown_key",
    ],
    ["a missing operand", when({ "&&": { left: { Value: true } } }), "policy.shape"],
    ["an unknown variable", when({ Var: "now" }), "policy.shape"],
    ["a call without list", when({ ip: { Value: "::1" } }), "policy.shape"],
    [
      "an attribute that is a number",
      when({ ".": { left: { Var: "context" }, attr: 1 } }),
      "policy.shape",
    ],
    ["has nothing", when({ has: { left: { Var: "context" }, attr: [] } }), "policy.shape"],
    ["has a number", when({ has: { left: { Var: "context" }, attr: ["a", 1] } }), "policy.shape"],
    ["a pattern as text", when({ like: { left: { Value: "" }, pattern: "a*" } }), "policy.shape"],
    [
      "a pattern of unknown parts",
      when({ like: { left: { Value: "" }, pattern: ["Any"] } }),
      "policy.shape",
    ],
    ["a record as list", when({ Record: [] }), "policy.shape"],
    ["a set as record", when({ Set: {} }), "policy.shape"],
  ])("%s", (_name, est, code) => {
    expect(load({ id: "p", est })).toBe(code);
  });

  test("the error names the policy and the place", () => {
    const compiled = compilePolicies(
      [
        { id: "ok", est: policy() },
        { id: "bad", est: when({ "!": { arg: { nand: [] } } }) },
      ],
      SCHEMA,
    );
    expect(compiled).toMatchObject({
      ok: false,
      error: { policy: "bad", path: "conditions.0.body.!.arg" },
    });
  });
});

describe("literals", () => {
  test.each<readonly [ExactJson, string]>([
    [2 ** 53 - 1, "ok"],
    [-(2 ** 53 - 1), "ok"],
    // 9007199254740993 arrives as 9007199254740992: a rounded literal is never a safe integer.
    [Number("9007199254740993"), "policy.literal"],
    [-(2 ** 53), "policy.literal"],
    [1.5, "policy.literal"],
    [2n ** 63n - 1n, "ok"],
    [-(2n ** 63n), "ok"],
    [2n ** 63n, "policy.literal"],
    [-(2n ** 63n) - 1n, "policy.literal"],
    [null, "policy.literal"],
    [[1, "a", { b: [true] }], "ok"],
    [[2 ** 53], "policy.literal"],
    [{ a: null }, "policy.literal"],
    [{ __extn: { fn: "ip", arg: "::1" } }, "ok"],
    // A constant that fails keeps failing at evaluation.
    [{ __extn: { fn: "ip", args: ["x", "y"] } }, "ok"],
    [{ __extn: { fn: "ip" } }, "policy.shape"],
    [{ __extn: { fn: "ip", arg: "::1", x: 1 } }, "policy.unknown_key"],
    [{ __extn: { fn: "ip", arg: "::1" }, x: 1 }, "policy.unknown_key"],
    [{ __extn: { fn: "Set", args: [] } }, "policy.unknown_operator"],
    [{ __entity: { type: "User" } }, "policy.shape"],
    ["x".repeat(POLICY_LIMITS.textLength), "ok"],
    ["x".repeat(POLICY_LIMITS.textLength + 1), "policy.text_length"],
  ])("case %#", (Value, code) => {
    expect(load({ id: "p", est: when({ "==": { left: { Value }, right: { Value: 1 } } }) })).toBe(
      code,
    );
  });
});

describe("limits", () => {
  function nested(levels: number): ExactJson {
    let body: ExactJson = { Value: true };
    for (let i = 0; i < levels; i += 1) body = { "!": { arg: body } };
    return when(body);
  }

  test("depth", () => {
    expect(load({ id: "p", est: nested(POLICY_LIMITS.depth) })).toBe("ok");
    expect(load({ id: "p", est: nested(POLICY_LIMITS.depth + 1) })).toBe("policy.depth");
    expect(load({ id: "p", est: nested(50_000) })).toBe("policy.depth");
  });

  test("nodes", () => {
    const wide = (n: number) => when({ isEmpty: { arg: { Set: Array(n).fill({ Value: 1 }) } } });
    expect(load({ id: "p", est: wide(POLICY_LIMITS.nodes - 2) })).toBe("ok");
    expect(load({ id: "p", est: wide(POLICY_LIMITS.nodes - 1) })).toBe("policy.nodes");
  });

  test("policies", () => {
    const sources = ["a", "b"].map((id) => ({ id, est: policy() }));
    const policyLimits = { ...POLICY_LIMITS, policies: 1 };
    expect(compilePolicies(sources, SCHEMA, { policyLimits })).toMatchObject({
      error: { code: "policy.count" },
    });
  });

  test("ids are unique", () => {
    expect(load({ id: "p", est: policy() }, { id: "p", est: policy() })).toBe(
      "policy.duplicate_id",
    );
  });
});

describe("the schema's actions", () => {
  test.each<readonly [ExactJson, string]>([
    [null, "schema.shape"],
    [{ "": {} }, "schema.shape"],
    [{ "": { actions: [] } }, "schema.shape"],
    [{ "": { actions: { a: null } } }, "schema.shape"],
    [{ "": { actions: { a: { memberOf: {} } } } }, "schema.shape"],
    [{ "": { actions: { a: { memberOf: [{}] } } } }, "schema.shape"],
    [{ "": { actions: { a: { memberOf: [{ id: "b", type: 1 }] } } } }, "schema.shape"],
    [{ "": { actions: { a: { memberOf: [{ id: "a" }] } } } }, "schema.cycle"],
    [
      { "": { actions: { a: { memberOf: [{ id: "b" }] }, b: { memberOf: [{ id: "a" }] } } } },
      "schema.cycle",
    ],
    [{ "": { actions: { a: { memberOf: [{ id: "b", type: "Action" }] } } } }, "ok"],
  ])("case %#", (schema, code) => {
    const compiled = compilePolicies([], schema);
    expect(compiled.ok ? "ok" : compiled.error.code).toBe(code);
  });
});
