import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Evaluation } from "../engine.ts";
import type { EntityRef } from "../facts.ts";
import { readActions } from "./actions.ts";
import { compilePolicies, type PolicySource } from "./engine.ts";
import { type EntityInput, entityStore } from "./entities.ts";
import type { ExactJson, ExactObject } from "./exact-json.ts";
import { prepareContext } from "./ingest.ts";
import { evaluateByReference } from "./reference.ts";

/** More in CI: `npm run fuzz`; shrinking and loaded machines need the generous limit. */
const numRuns = Number(process.env["BYLAW_FUZZ_RUNS"] ?? 1_000);
const TIMEOUT_MS = 30_000 + numRuns * 10;

// A small world, so that random references meet often.
const SCHEMA: ExactJson = {
  "": {
    actions: {
      view: { memberOf: [{ id: "read" }] },
      read: { memberOf: [{ id: "any" }] },
      write: { memberOf: [{ id: "any" }] },
      any: {},
    },
  },
};
const TYPES = ["User", "Group", "File"];
const IDS = ["a", "b", "__proto__"];
const NAMES = ["x", "y", "constructor"];

const uid: fc.Arbitrary<EntityRef> = fc.record({
  type: fc.constantFrom(...TYPES),
  id: fc.constantFrom(...IDS),
});
const actionUid: fc.Arbitrary<EntityRef> = fc.record({
  type: fc.constant("Action"),
  id: fc.constantFrom("view", "read", "write", "any", "undeclared"),
});
const anyUid = fc.oneof({ weight: 4, arbitrary: uid }, actionUid);
const long = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n),
);
const text = fc.constantFrom("", "a", "ab", "a*b", "\0e4:User1:a", "__proto__", "10.0.0.1", "1d");
const CONSTRUCTORS: Readonly<Record<string, readonly string[]>> = {
  decimal: ["0.1", "0.10", "-1.5", "922337203685477.5808", "x"],
  ip: ["10.0.0.1", "10.0.0.0/8", "127.0.0.1", "::1", "ff00::/8", "x"],
  datetime: ["1970-01-01", "1970-01-01T00:00:00.001Z", "0000-02-29", "x"],
  duration: ["1d", "-1ms", "9223372036854775807ms", "x"],
};

type Kind = "bool" | "long" | "string" | "entity" | "set" | "record" | keyof typeof CONSTRUCTORS;
const KINDS: readonly Kind[] = ["bool", "long", "string", "entity", "set", "record"];
const EXTENSION_KINDS = Object.keys(CONSTRUCTORS);

const memo = new Map<string, fc.Arbitrary<ExactJson>>();

/** Expressions that usually, but not always, have the asked kind. */
function expression(kind: Kind, depth: number): fc.Arbitrary<ExactJson> {
  const key = `${kind} ${depth}`;
  const known = memo.get(key);
  if (known !== undefined) return known;
  const made = depth === 0 ? leaf(kind) : fc.oneof(...branches(kind, depth - 1), leaf(kind));
  const stray = KINDS[(KINDS.indexOf(kind) + 1) % KINDS.length] as Kind;
  const mixed = fc.oneof({ weight: 40, arbitrary: made }, { weight: 1, arbitrary: leaf(stray) });
  memo.set(key, mixed);
  return mixed;
}

function leaf(kind: Kind): fc.Arbitrary<ExactJson> {
  const value = (arbitrary: fc.Arbitrary<ExactJson>) => arbitrary.map((Value) => ({ Value }));
  const stored = fc.constantFrom(...NAMES).map((attr) => ({
    ".": { left: { Var: "context" }, attr: `${kind}-${attr}` },
  }));
  switch (kind) {
    case "bool":
      return fc.oneof(value(fc.boolean()), stored);
    case "long":
      return fc.oneof(value(long), stored);
    case "string":
      return fc.oneof(value(text), stored);
    case "entity":
      return fc.oneof(
        value(anyUid.map(({ type, id }) => ({ __entity: { type, id } }))),
        fc.constantFrom("principal", "action", "resource").map((Var) => ({ Var })),
        fc.constantFrom("?principal", "?resource").map((Slot) => ({ Slot })),
        stored,
      );
    case "set":
      return fc.oneof(fc.constant({ Set: [] }), stored);
    case "record":
      return fc.oneof(fc.constant({ Var: "context" }), fc.constant({ Record: {} }), stored);
    default:
      return fc
        .constantFrom(...(CONSTRUCTORS[kind] ?? []))
        .map((Value) => ({ [kind]: [{ Value }] }));
  }
}

function branches(kind: Kind, depth: number): fc.Arbitrary<ExactJson>[] {
  const of = (inner: Kind) => expression(inner, depth);
  const any = fc.constantFrom(...KINDS, ...EXTENSION_KINDS).chain((inner) => of(inner as Kind));
  const pair = (left: fc.Arbitrary<ExactJson>, right: fc.Arbitrary<ExactJson>) =>
    fc.record({ left, right });
  const named = (operators: readonly string[], body: fc.Arbitrary<ExactJson>) =>
    fc.tuple(fc.constantFrom(...operators), body).map(([name, inner]) => ({ [name]: inner }));
  const read = fc.oneof(of("entity"), of("record"));
  const attr = fc.constantFrom(...NAMES, "long-x", "record-y");
  const common = [
    named(["if-then-else"], fc.record({ if: of("bool"), then: of(kind), else: of(kind) })),
    named(["."], fc.record({ left: read, attr })),
    named(["getTag"], pair(of("entity"), of("string"))),
  ];
  const methods = (names: readonly string[], ...args: Kind[]) =>
    named(names, fc.tuple(...args.map(of)) as fc.Arbitrary<ExactJson>);
  switch (kind) {
    case "bool":
      return [
        ...common,
        named(["&&", "||"], pair(of("bool"), of("bool"))),
        named(["!"], fc.record({ arg: of("bool") })),
        named(["==", "!="], pair(any, any)),
        named(["==", "!=", "containsAll", "containsAny"], pair(of("set"), of("set"))),
        named(["<", "<=", ">", ">="], pair(of("long"), of("long"))),
        named(["<", "<=", ">", ">="], pair(of("datetime"), of("datetime"))),
        named(["<", "<=", ">", ">="], pair(of("duration"), of("duration"))),
        named(["in"], pair(of("entity"), fc.oneof(of("entity"), of("set")))),
        named(["contains"], pair(of("set"), any)),
        named(["isEmpty"], fc.record({ arg: of("set") })),
        named(["hasTag"], pair(of("entity"), of("string"))),
        named(["has"], fc.record({ left: read, attr })),
        named(
          ["has"],
          fc.record({ left: read, attr: fc.array(attr, { minLength: 1, maxLength: 3 }) }),
        ),
        named(["is"], fc.record({ left: of("entity"), entity_type: fc.constantFrom(...TYPES) })),
        named(
          ["is"],
          fc.record({
            left: of("entity"),
            entity_type: fc.constantFrom(...TYPES),
            in: of("entity"),
          }),
        ),
        named(["like"], fc.record({ left: of("string"), pattern })),
        methods(
          ["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"],
          "decimal",
          "decimal",
        ),
        methods(["isIpv4", "isIpv6", "isLoopback", "isMulticast", "isInRange"], "ip"),
        methods(["isInRange"], "ip", "ip"),
      ];
    case "long":
      return [
        ...common,
        named(["+", "-", "*"], pair(of("long"), of("long"))),
        named(["neg"], fc.record({ arg: of("long") })),
        methods(["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"], "duration"),
      ];
    case "set":
      return [...common, named(["Set"], fc.array(any, { maxLength: 12 }))];
    case "record":
      return [
        ...common,
        named(["Record"], fc.dictionary(attr, any, { maxKeys: 3, noNullPrototype: true })),
      ];
    case "datetime":
      return [
        ...common,
        methods(["offset"], "datetime", "duration"),
        methods(["toDate"], "datetime"),
      ];
    case "duration":
      return [
        ...common,
        methods(["durationSince"], "datetime", "datetime"),
        methods(["toTime"], "datetime"),
      ];
    case "decimal":
    case "ip":
      return [...common, methods([kind], "string")];
    default:
      return common;
  }
}

const pattern: fc.Arbitrary<ExactJson> = fc.array(
  fc.constantFrom<ExactJson>("Wildcard", { Literal: "a" }, { Literal: "b" }, { Literal: "*" }),
  { maxLength: 5 },
);

const scope = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ op: "All" }) },
  fc.record({ op: fc.constantFrom("==", "in"), entity: uid }),
  fc.record({ op: fc.constant("is"), entity_type: fc.constantFrom(...TYPES) }),
  fc.record({
    op: fc.constant("is"),
    entity_type: fc.constantFrom(...TYPES),
    in: fc.record({ entity: uid }),
  }),
);
const actionScope = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ op: "All" }) },
  fc.record({ op: fc.constantFrom("==", "in"), entity: actionUid }),
  fc.record({ op: fc.constant("in"), entities: fc.array(actionUid, { maxLength: 3 }) }),
);

const policy = fc.record({
  effect: fc.constantFrom("permit", "forbid"),
  principal: fc.oneof(
    { weight: 4, arbitrary: scope },
    fc.constant({ op: "in", slot: "?principal" }),
  ),
  action: actionScope,
  resource: fc.oneof(
    { weight: 4, arbitrary: scope },
    fc.constant({ op: "==", slot: "?resource" }),
    fc.constant({ op: "is", entity_type: "File", in: { slot: "?resource" } }),
  ),
  conditions: fc.array(
    fc.record({ kind: fc.constantFrom("when", "unless"), body: expression("bool", 3) }),
    { maxLength: 2 },
  ),
});

const jsonValue: fc.Arbitrary<ExactJson> = fc.letrec<{ value: ExactJson }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.boolean(),
    long,
    text,
    anyUid.map(({ type, id }) => ({ __entity: { type, id } })),
    fc.constantFrom<ExactJson>(
      { __extn: { fn: "decimal", arg: "0.1" } },
      { __extn: { fn: "datetime", arg: "1970-01-01" } },
      {
        __extn: {
          fn: "offset",
          args: [
            { __extn: { fn: "datetime", arg: "1970-01-01" } },
            { __extn: { fn: "duration", arg: "1ms" } },
          ],
        },
      },
    ),
    fc.array(tie("value"), { maxLength: 12 }),
    fc.dictionary(fc.constantFrom(...NAMES, "long-x"), tie("value"), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).value;

const VALUES: Readonly<Record<string, fc.Arbitrary<ExactJson>>> = {
  bool: fc.boolean(),
  long,
  string: text,
  entity: anyUid.map(({ type, id }) => ({ __entity: { type, id } })),
  set: fc.array(jsonValue, { maxLength: 12 }),
  record: fc.dictionary(fc.constantFrom(...NAMES, "long-x"), jsonValue, {
    maxKeys: 3,
    noNullPrototype: true,
  }),
};

/** `long-x` usually holds a long; now and then it is absent or holds something else. */
const context = fc.record(
  Object.fromEntries(
    KINDS.flatMap((kind) =>
      NAMES.map((name) => [
        `${kind}-${name}`,
        fc.oneof({ weight: 9, arbitrary: VALUES[kind] as fc.Arbitrary<ExactJson> }, jsonValue),
      ]),
    ),
  ),
  { requiredKeys: KINDS.map((kind) => `${kind}-x`), noNullPrototype: true },
) as fc.Arbitrary<ExactObject>;
const attributes = fc.dictionary(fc.constantFrom(...NAMES, "long-x"), jsonValue, {
  maxKeys: 3,
  noNullPrototype: true,
}) as fc.Arbitrary<ExactObject>;

/** Each entity may be in any that come later, so there are no cycles. */
const entities: fc.Arbitrary<EntityInput[]> = fc
  .uniqueArray(uid, { selector: ({ type, id }) => `${type} ${id}`, maxLength: 9 })
  .chain((uids) =>
    fc.tuple(
      ...uids.map((self, index) =>
        fc.record({
          type: fc.constant(self.type),
          id: fc.constant(self.id),
          parents: fc.subarray(uids.slice(index + 1)),
          attrs: attributes,
          tags: attributes,
        }),
      ),
    ),
  );

const world = fc.record({
  sources: fc.array(fc.record({ est: policy, principal: uid, resource: uid }), {
    minLength: 1,
    maxLength: 8,
  }),
  principal: uid,
  action: actionUid,
  resource: uid,
  context,
  entities,
});

describe("the compiled engine means what the reference means", () => {
  const actions = readActions(SCHEMA);
  if (!actions.ok) throw new Error(actions.error.message);
  const groups = actions.value.actions;

  test(
    "on random policies, entities and requests, with and without index",
    () => {
      const seen = { permits: 0, forbids: 0, errors: 0 };
      fc.assert(
        fc.property(world, (given) => {
          const sources: PolicySource[] = given.sources.map(
            ({ est, principal, resource }, index) => ({
              id: `p${9 - index}`,
              est: est as unknown as ExactJson,
              slots: { "?principal": principal, "?resource": resource },
            }),
          );
          const expected = summary(
            evaluateByReference(sources, { ...given, entities: [...given.entities, ...groups] }),
          );
          for (const index of [true, false]) {
            const engine = compilePolicies(sources, SCHEMA, { index });
            const store = entityStore(given.entities);
            const prepared = prepareContext(given.context);
            if (!engine.ok || !store.ok || !prepared.ok) throw new Error("the world does not load");
            const request = { ...given, context: prepared.value.record, store: store.value };
            expect(summary(engine.value.authorize(request))).toEqual(expected);
          }
          for (const part of ["permits", "forbids", "errors"] as const)
            seen[part] += expected[part].length;
        }),
        { numRuns },
      );
      // A generator whose policies never hold or never fail would prove nothing.
      expect(Math.min(seen.permits, seen.forbids, seen.errors)).toBeGreaterThan(20);
    },
    TIMEOUT_MS,
  );
});

function summary({ permits, forbids, errors }: Evaluation) {
  return { permits, forbids, errors: errors.map(({ policy: id }) => id) };
}
