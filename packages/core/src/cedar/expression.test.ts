import { describe, expect, test } from "vitest";
import type { Evaluation } from "../engine.ts";
import { compilePolicies } from "./engine.ts";
import type { EntityInput } from "./entities.ts";
import type { ExactJson, ExactObject } from "./exact-json.ts";
import { evaluateByReference } from "./reference.ts";

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

const v = (Value: ExactJson): ExactJson => ({ Value });
const ref = (type: string, id: string): ExactJson => ({ Value: { __entity: { type, id } } });
const variable = (Var: string): ExactJson => ({ Var });
const op = (name: string, left: ExactJson, right: ExactJson): ExactJson => ({
  [name]: { left, right },
});
const not = (arg: ExactJson): ExactJson => ({ "!": { arg } });
const neg = (arg: ExactJson): ExactJson => ({ neg: { arg } });
const set = (...elements: ExactJson[]): ExactJson => ({ Set: elements });
const record = (fields: ExactObject): ExactJson => ({ Record: fields });
const get = (left: ExactJson, attr: string): ExactJson => ({ ".": { left, attr } });
const has = (left: ExactJson, attr: ExactJson): ExactJson => ({ has: { left, attr } });
const call = (name: string, ...args: ExactJson[]): ExactJson => ({ [name]: args });
const ext = (name: string, text: string): ExactJson => call(name, v(text));
const like = (left: ExactJson, pattern: string): ExactJson => ({
  like: {
    left,
    pattern: [...pattern].map((c) => (c === "%" ? "Wildcard" : { Literal: c })),
  },
});
const is = (left: ExactJson, entity_type: string, inside?: ExactJson): ExactJson => ({
  is: { left, entity_type, ...(inside === undefined ? {} : { in: inside }) },
});
const branch = (test: ExactJson, yes: ExactJson, no: ExactJson): ExactJson => ({
  "if-then-else": { if: test, then: yes, else: no },
});

const principal = variable("principal");
const context = variable("context");
const ERROR = "error" as const;

const SCHEMA: ExactJson = {
  "": { actions: { view: { memberOf: [{ id: "read" }] }, read: {} } },
};
const ACTIONS: readonly EntityInput[] = [
  { type: "Action", id: "view", parents: [{ type: "Action", id: "read" }], attrs: {} },
  { type: "Action", id: "read", parents: [], attrs: {} },
];
const REQUEST = {
  principal: { type: "User", id: "ann" },
  resource: { type: "File", id: "ghost" },
  context: {
    yes: true,
    one: 1,
    name: "ann",
    tags: ["a", "b", "b"],
    empty: [],
    inner: { deep: { leaf: 1 } },
    constructor: 1,
    who: { __entity: { type: "User", id: "ann" } },
    now: { __extn: { fn: "datetime", arg: "2026-02-03T09:00:00.000Z" } },
  },
  entities: [
    {
      type: "User",
      id: "ann",
      parents: [{ type: "Group", id: "dba" }],
      attrs: { level: 3, boss: { __entity: { type: "User", id: "bob" } } },
      tags: { path: "/srv", __entity: "plain" },
    },
    { type: "Group", id: "dba", parents: [{ type: "Group", id: "staff" }], attrs: {} },
  ],
};

/** What `permit (principal, action, resource) when { body }` gives, by the compiler and by the reference. */
function evaluate(body: ExactJson): boolean | typeof ERROR {
  const est = {
    effect: "permit",
    principal: { op: "All" },
    action: { op: "All" },
    resource: { op: "All" },
    conditions: [{ kind: "when", body }],
  };
  const engine = compilePolicies([{ id: "p", est }], SCHEMA);
  if (!engine.ok) throw new Error(`${engine.error.code} ${engine.error.message}`);
  const compiled = engine.value.evaluate({ ...REQUEST, action: "view" });
  expect(compiled.invalid).toBeNull();
  const reference = evaluateByReference([{ id: "p", est }], {
    ...REQUEST,
    action: { type: "Action", id: "view" },
    entities: [...REQUEST.entities, ...ACTIONS],
  });
  expect(outcome(compiled)).toBe(outcome(reference));
  return outcome(compiled);
}

function outcome({ permits, errors }: Evaluation): boolean | typeof ERROR {
  return errors.length > 0 ? ERROR : permits.length > 0;
}

type Row = readonly [ExactJson, boolean | typeof ERROR];

function table(name: string, rows: readonly Row[]): void {
  test.each(
    rows.map(([body, expected]) => ({ source: JSON.stringify(body, big), body, expected })),
  )(`${name}: $source is $expected`, ({ body, expected }) => {
    expect(evaluate(body)).toBe(expected);
  });
}

function big(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}

const fails = op("+", v(MAX), v(1));

describe("logic", () => {
  table("and, or, not, if", [
    [op("&&", v(true), v(true)), true],
    [op("&&", v(true), v(false)), false],
    [op("&&", v(false), op("==", fails, v(1))), false],
    [op("&&", v(true), v(1)), ERROR],
    [op("&&", v(1), v(true)), ERROR],
    [op("||", v(false), v(true)), true],
    [op("||", v(true), op("==", fails, v(1))), true],
    [op("||", v(false), v("true")), ERROR],
    [op("||", v("true"), v(true)), ERROR],
    [not(v(false)), true],
    [not(v(0)), ERROR],
    [branch(v(true), v(true), op("==", fails, v(1))), true],
    [branch(get(context, "yes"), v(false), v(true)), false],
    [branch(v(false), op("==", fails, v(1)), v(true)), true],
    [branch(v(1), v(true), v(true)), ERROR],
    [v(1), ERROR],
  ]);
});

describe("equality is never an error", () => {
  table("equality", [
    [op("==", v(1), v(1)), true],
    [op("==", v(1), v("1")), false],
    [op("!=", v(1), v(true)), true],
    [op("==", set(v(1), v(2), v(1)), set(v(2), v(1))), true],
    [op("==", set(v(1)), set(v(1), v(2))), false],
    [op("==", set(set(v(1)), record({ a: v(1) })), set(record({ a: v(1) }), set(v(1)))), true],
    [op("==", record({ a: v(1), b: v(2) }), record({ b: v(2), a: v(1) })), true],
    [op("==", record({ a: v(1) }), record({ a: v(1), b: v(2) })), false],
    [op("==", record({ a: v(1) }), record({ b: v(1) })), false],
    [op("==", record({ a: v(1) }), record({ a: v(2) })), false],
    [op("==", record({}), set()), false],
    [op("==", principal, ref("User", "ann")), true],
    [op("==", principal, ref("Agent", "ann")), false],
    [op("==", principal, get(context, "who")), true],
    [op("==", principal, set()), false],
    [op("==", variable("action"), ref("Action", "view")), true],
    [op("==", variable("resource"), ref("File", "ghost")), true],
    [op("==", ext("decimal", "0.1"), ext("decimal", "0.1000")), true],
    [op("==", ext("decimal", "1.0"), v(1)), false],
    [op("==", ext("duration", "1d"), ext("duration", "24h")), true],
    [op("==", ext("duration", "0ms"), ext("datetime", "1970-01-01")), false],
    [op("==", ext("datetime", "1970-01-01"), ext("duration", "0ms")), false],
    [op("==", ext("ip", "10.0.0.1"), ext("ip", "10.0.0.1/32")), true],
    [op("==", ext("ip", "10.0.0.1/8"), ext("ip", "10.0.0.2/8")), false],
    [op("==", ext("ip", "::1"), ext("decimal", "1.0")), false],
    [op("==", ext("ip", "0.0.0.1"), ext("ip", "::1")), false],
    [op("==", ext("datetime", "1970-01-01"), ext("datetime", "1970-01-01T00:00:00Z")), true],
    [op("==", ext("duration", "1d"), ext("decimal", "1.0")), false],
  ]);
});

describe("64-bit integers are exact", () => {
  table("arithmetic", [
    [op("==", op("+", v(2 ** 53 - 1), v(2 ** 53 - 1)), v(2n ** 54n - 2n)), true],
    [op("==", v(2n ** 53n + 1n), v(2n ** 53n)), false],
    [op("==", op("-", v(2n ** 53n), v(1)), v(2 ** 53 - 1)), true],
    [op("==", op("+", v(MAX), v(0)), v(MAX)), true],
    [op("==", op("+", v(-1), v(2n ** 53n)), v(2 ** 53 - 1)), true],
    [op("==", op("-", v(1), v(2n ** 53n)), v(-(2 ** 53 - 1))), true],
    [op("==", op("-", v(-(2 ** 53 - 1)), v(1)), v(-(2n ** 53n))), true],
    [op("==", op("*", v(2), v(2n ** 60n)), v(2n ** 61n)), true],
    [op("==", op("*", v(2n ** 60n), v(0)), v(0)), true],
    [op("==", op("+", v(MAX), v(1)), v(0)), ERROR],
    [op("==", op("-", v(MIN), v(1)), v(0)), ERROR],
    [op("==", op("*", v(3_037_000_500), v(3_037_000_500)), v(0)), ERROR],
    [op("==", op("*", v(3_037_000_499), v(3_037_000_499)), v(9223372030926249001n)), true],
    [op("==", op("*", v(-1), v(0)), v(0)), true],
    [set(v(0)), ERROR],
    [op("contains", set(v(0)), op("*", v(-1), v(0))), true],
    [op("==", neg(v(3)), v(-3)), true],
    [op("==", neg(v(0)), v(0)), true],
    [op("==", neg(v(MIN)), v(0)), ERROR],
    [op("==", neg(v(MAX)), v(-MAX)), true],
    [op("==", neg(v(true)), v(0)), ERROR],
    [op("==", op("+", v("a"), v(1)), v(0)), ERROR],
    [op("==", op("*", v(1), v(false)), v(0)), ERROR],
    [op("==", op("+", get(context, "one"), v(1)), v(2)), true],
  ]);
  table("order", [
    [op("<", v(1), v(2)), true],
    [op("<", v(2n ** 53n), v(2n ** 53n + 1n)), true],
    [op("<=", v(MIN), v(0)), true],
    [op(">", v(MAX), v(2 ** 53 - 1)), true],
    [op(">=", v(1), v(2)), false],
    [op(">=", v(2n ** 60n), v(2n ** 60n)), true],
    [op("<", v(1), v("2")), ERROR],
    [op("<", v("1"), v("2")), ERROR],
    [op("<", ext("decimal", "1.0"), ext("decimal", "2.0")), ERROR],
    [op("<", ext("datetime", "2026-01-01"), get(context, "now")), true],
    [op(">", ext("duration", "1d"), ext("duration", "23h")), true],
    [op("<", ext("datetime", "1970-01-01"), ext("duration", "1ms")), ERROR],
    [op("<", ext("duration", "1ms"), v(1)), ERROR],
    [op("<", v(1), ext("duration", "1ms")), ERROR],
  ]);
});

describe("hierarchy", () => {
  table("in", [
    [op("in", principal, ref("Group", "dba")), true],
    [op("in", principal, ref("Group", "staff")), true],
    [op("in", principal, principal), true],
    [op("in", ref("Group", "staff"), ref("Group", "dba")), false],
    [op("in", variable("resource"), variable("resource")), true],
    [op("in", variable("resource"), ref("Group", "staff")), false],
    [op("in", variable("action"), ref("Action", "read")), true],
    [op("in", ref("Action", "read"), ref("Action", "view")), false],
    [op("in", principal, set(ref("Group", "x"), ref("Group", "staff"))), true],
    [op("in", principal, set()), false],
    // Every element is checked, also behind one that holds.
    [op("in", principal, set(ref("Group", "staff"), v(1))), ERROR],
    [op("in", principal, v("staff")), ERROR],
    [op("in", v("ann"), ref("Group", "staff")), ERROR],
  ]);
  table("is", [
    [is(principal, "User"), true],
    [is(principal, "Group"), false],
    [is(v(1), "User"), ERROR],
    [is(principal, "User", ref("Group", "staff")), true],
    [is(principal, "User", set(ref("Group", "staff"))), true],
    [is(principal, "User", ref("Group", "x")), false],
    [is(principal, "User", v(1)), ERROR],
    [is(principal, "Group", v(1)), false],
    [is(v(1), "Group", v(1)), ERROR],
  ]);
});

describe("attributes and tags", () => {
  table("has", [
    [has(principal, "level"), true],
    [has(principal, "absent"), false],
    [has(variable("resource"), "level"), false],
    [has(context, "inner"), true],
    [has(context, ["inner", "deep", "leaf"]), true],
    [has(context, ["inner", "absent", "leaf"]), false],
    [has(context, ["one", "leaf"]), ERROR],
    [has(principal, ["boss", "level"]), false],
    [has(v(1), "a"), ERROR],
    [has(context, "constructor"), true],
    [has(context, "toString"), false],
    [has(principal, "__proto__"), false],
  ]);
  table("attribute", [
    [op("==", get(principal, "level"), v(3)), true],
    [op("==", get(get(context, "inner"), "deep"), record({ leaf: v(1) })), true],
    [op("==", get(context, "absent"), v(1)), ERROR],
    [op("==", get(principal, "absent"), v(1)), ERROR],
    [op("==", get(variable("resource"), "level"), v(1)), ERROR],
    [op("==", get(get(principal, "boss"), "level"), v(1)), ERROR],
    [op("==", get(v("text"), "length"), v(4)), ERROR],
    [op("==", get(set(), "length"), v(0)), ERROR],
    [op("==", get(context, "toString"), v(1)), ERROR],
    [op("==", get(record({ a: v(1), "": fails }), "a"), v(1)), ERROR],
  ]);
  table("tags", [
    [op("hasTag", principal, v("path")), true],
    [op("hasTag", principal, v("absent")), false],
    [op("hasTag", principal, v("level")), false],
    [op("hasTag", variable("resource"), v("path")), false],
    [op("hasTag", principal, v(1)), ERROR],
    [op("hasTag", v(1), v("path")), ERROR],
    [op("==", op("getTag", principal, v("path")), v("/srv")), true],
    [op("==", op("getTag", principal, v("absent")), v(1)), ERROR],
    [op("==", op("getTag", variable("resource"), v("path")), v(1)), ERROR],
    // Names of tags are names: an escape there would let an argument pose as an entity.
    [op("==", op("getTag", principal, v("__entity")), v("plain")), true],
  ]);
});

describe("sets", () => {
  const many = set(...Array.from({ length: 20 }, (_, i) => v(i)), v("\0e4:User3:ann"), v("x"));
  table("sets", [
    [op("contains", get(context, "tags"), v("a")), true],
    [op("contains", get(context, "tags"), v("c")), false],
    [op("contains", get(context, "tags"), v(1)), false],
    [op("contains", v("abc"), v("a")), ERROR],
    [op("contains", many, v(19)), true],
    [op("contains", many, v("19")), false],
    [op("contains", many, v(true)), false],
    // A text that looks like another value's key is still only a text.
    [op("contains", many, principal), false],
    [op("contains", many, v("\0e4:User3:ann")), true],
    [op("containsAll", many, set(v(1), v(2), v("x"))), true],
    [op("containsAll", many, set(v(1), v(20))), false],
    [op("containsAll", set(), set()), true],
    [op("containsAll", set(v(1)), v(1)), ERROR],
    [op("containsAll", v(1), set(v(1))), ERROR],
    [op("containsAny", many, set(v(99), v(3))), true],
    [op("containsAny", many, set()), false],
    [op("containsAny", set(), v(1)), ERROR],
    [{ isEmpty: { arg: get(context, "empty") } }, true],
    [{ isEmpty: { arg: get(context, "tags") } }, false],
    [{ isEmpty: { arg: v("") } }, ERROR],
  ]);
  const kinds = [
    set(v(1), v("a")),
    record({ a: v(1), b: set() }),
    ext("decimal", "1.5"),
    ext("ip", "10.0.0.0/8"),
    ext("datetime", "2026-01-01"),
    ext("duration", "1d"),
    principal,
    v(2n ** 60n),
    v(true),
    record({ a: record({ c: v("x") }) }),
  ];
  table(
    "a large set finds every kind of value",
    kinds.map((kind): Row => [op("contains", set(...kinds), kind), true]),
  );
});

describe("values in their JSON form", () => {
  table("value", [
    [op("==", v([1, "a", [true]]), set(v("a"), set(v(true)), v(1))), true],
    [
      op(
        "==",
        v({ a: { b: 1 }, __proto: "x" }),
        record({ a: record({ b: v(1) }), __proto: v("x") }),
      ),
      true,
    ],
    [op("==", v({ __extn: { fn: "decimal", arg: "1.0" } }), ext("decimal", "1.00")), true],
    [op("==", v([{ __entity: { type: "User", id: "ann" } }]), set(principal)), true],
  ]);
});

describe("like is anchored and takes stars literally", () => {
  table("like", [
    [like(v("abc"), "abc"), true],
    [like(v("abc"), "ab"), false],
    [like(v("abc"), "%"), true],
    [like(v(""), "%"), true],
    [like(v(""), ""), true],
    [like(v("abc"), "a%"), true],
    [like(v("abc"), "%c"), true],
    [like(v("abc"), "%b"), false],
    [like(v("abc"), "b%"), false],
    [like(v("abc"), "a%c"), true],
    [like(v("ab"), "ab%b"), false],
    [like(v("aXbXc"), "a%b%c"), true],
    [like(v("aXcXb"), "a%b%c"), false],
    [like(v("aXc"), "a%b%c"), false],
    [like(v("aXbc"), "a%bc%c"), false],
    [like(v("a*c"), "a*c"), true],
    [like(v("abc"), "a*c"), false],
    [like(v("a\nb"), "a%b"), true],
    [like(v("😀b"), "😀%"), true],
    [like(v(1), "%"), ERROR],
    [like(get(context, "name"), "a%"), true],
  ]);
});

describe("constant calls are folded, and failing ones keep failing at evaluation", () => {
  table("folding", [
    [op("==", ext("decimal", "x"), v(1)), ERROR],
    [op("&&", v(false), op("==", ext("decimal", "x"), v(1))), false],
    [op("==", ext("ip", "10.0.0.256"), v(1)), ERROR],
    [call("isIpv4", call("ip", get(context, "name"))), ERROR],
    [call("isIpv4"), ERROR],
    [op("==", call("ip", v("::1"), v("::1")), v(1)), ERROR],
    [op("==", call("decimal", v(1)), v(1)), ERROR],
    [call("lessThan", ext("decimal", "1.0"), v(2)), ERROR],
  ]);
});
