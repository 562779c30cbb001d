import { describe, expect, test } from "vitest";
import type { AuthorizationRequest, Evaluation } from "../engine.ts";
import type { JsonObject } from "../json/json.ts";
import {
  type CedarEngine,
  type CompileOptions,
  compilePolicies,
  type PolicySource,
} from "./engine.ts";
import { type EntityInput, entityStore } from "./entities.ts";
import type { ExactJson } from "./exact-json.ts";
import { PreparedContext, prepareContext } from "./ingest.ts";
import { REQUEST_LIMITS } from "./limits.ts";
import { evaluateByReference } from "./reference.ts";

const ALL: ExactJson = { op: "All" };
const SCHEMA: ExactJson = {
  "": { actions: { delete: { memberOf: [{ id: "change" }] }, change: {}, read: {} } },
  Ns: {
    actions: {
      own: {
        memberOf: [
          { id: "group", type: "Action" },
          { id: "change", type: "Action" },
        ],
      },
      group: {},
    },
  },
};

const at = (type: string, id: string) => ({ type, id });
const equals = (type: string, id: string) => ({ op: "==", entity: at(type, id) });
const within = (type: string, id: string) => ({ op: "in", entity: at(type, id) });
const when = (body: ExactJson) => [{ kind: "when", body }];
const unless = (body: ExactJson) => [{ kind: "unless", body }];
const context = (attr: string): ExactJson => ({ ".": { left: { Var: "context" }, attr } });

interface Parts {
  readonly effect?: "permit" | "forbid";
  readonly principal?: ExactJson;
  readonly action?: ExactJson;
  readonly resource?: ExactJson;
  readonly conditions?: ExactJson;
}

function source(id: string, parts: Parts = {}): PolicySource {
  const est = {
    effect: "permit",
    principal: ALL,
    action: ALL,
    resource: ALL,
    conditions: [],
    ...parts,
  };
  return { id, est };
}

function compile(sources: readonly PolicySource[], options: CompileOptions = {}): CedarEngine {
  const compiled = compilePolicies(sources, SCHEMA, options);
  if (!compiled.ok) throw new Error(compiled.error.message);
  return compiled.value;
}

const GROUPS: readonly EntityInput[] = [
  { ...at("Action", "delete"), parents: [at("Action", "change")], attrs: {} },
];
const ANN: EntityInput = { ...at("User", "ann"), parents: [at("Group", "dba")], attrs: {} };
const TABLE: EntityInput = {
  ...at("Table", "t"),
  parents: [at("Environment", "production")],
  attrs: {},
};

function request(change: Partial<AuthorizationRequest> = {}): AuthorizationRequest {
  return {
    principal: at("User", "ann"),
    action: "delete",
    resource: at("Table", "t"),
    context: {},
    entities: [ANN, TABLE] as AuthorizationRequest["entities"],
    ...change,
  };
}

/** The same with and without index and, where nothing is prepared, by the reference: they must agree. */
function evaluate(sources: readonly PolicySource[], asked = request()): Evaluation {
  const [indexed, linear] = [true, false].map((index) =>
    compile(sources, { index }).evaluate(asked),
  );
  expect(indexed).toEqual(linear);
  const { action, context, entities, store } = asked;
  if (indexed?.invalid === null && store === undefined && !(context instanceof PreparedContext)) {
    const whole = {
      ...asked,
      context,
      action: at("Action", action),
      entities: [...entities, ...GROUPS],
    };
    expect(ids(evaluateByReference(sources, whole))).toEqual(ids(indexed));
  }
  return indexed as Evaluation;
}

function ids({ permits, forbids, errors }: Evaluation) {
  return { permits, forbids, errors: errors.map(({ policy }) => policy) };
}

const NOTHING = { permits: [], forbids: [], errors: [], invalid: null };
const overflow: ExactJson = {
  "==": {
    left: { "+": { left: { Value: 2n ** 63n - 1n }, right: { Value: 1 } } },
    right: { Value: 1 },
  },
};

describe("an evaluation holds everything that is satisfied", () => {
  test("permits stay visible beside forbids, errors beside both, each sorted", () => {
    const sources = [
      source("z-permit"),
      source("a-permit"),
      source("forbid", { effect: "forbid" }),
      source("z-failing", { conditions: when(overflow) }),
      source("failing-permit", { conditions: when(overflow) }),
      source("failing-forbid", { effect: "forbid", conditions: when(overflow) }),
      source("y-failing", { conditions: when(overflow) }),
      source("unsatisfied", { conditions: when({ Value: false }) }),
    ];
    const { permits, forbids, errors } = evaluate(sources);
    expect(permits).toEqual(["a-permit", "z-permit"]);
    expect(forbids).toEqual(["forbid"]);
    expect(errors.map(({ policy }) => policy)).toEqual([
      "failing-forbid",
      "failing-permit",
      "y-failing",
      "z-failing",
    ]);
  });

  test("no policies, nothing permitted", () => {
    expect(evaluate([])).toEqual(NOTHING);
  });

  test("every condition counts, and one that fails behind one that does not hold is not reached", () => {
    const yes = when({ Value: true });
    const no = unless({ Value: true });
    expect(evaluate([source("p", { conditions: [...yes, ...yes] })]).permits).toEqual(["p"]);
    expect(evaluate([source("p", { conditions: [...yes, ...no] })]).permits).toEqual([]);
    expect(evaluate([source("p", { conditions: unless({ Value: false }) })]).permits).toEqual([
      "p",
    ]);
    expect(evaluate([source("p", { conditions: [...no, ...when(overflow)] })])).toEqual(NOTHING);
    expect(evaluate([source("p", { conditions: unless({ Value: 1 }) })]).errors).toHaveLength(1);
  });
});

describe("scopes, by index and without", () => {
  test.each<readonly [string, Parts, boolean]>([
    ["principal ==", { principal: equals("User", "ann") }, true],
    ["principal == another type", { principal: equals("Agent", "ann") }, false],
    ["principal in a group", { principal: within("Group", "dba") }, true],
    ["principal in itself", { principal: within("User", "ann") }, true],
    ["principal in another", { principal: within("Group", "ops") }, false],
    ["principal is", { principal: { op: "is", entity_type: "User" } }, true],
    ["principal is another", { principal: { op: "is", entity_type: "Agent" } }, false],
    [
      "principal is in",
      { principal: { op: "is", entity_type: "User", in: { entity: at("Group", "dba") } } },
      true,
    ],
    ["resource ==", { resource: equals("Table", "t") }, true],
    ["resource in", { resource: within("Environment", "production") }, true],
    ["resource in another", { resource: within("Environment", "test") }, false],
    ["resource is", { resource: { op: "is", entity_type: "Table" } }, true],
    ["resource is another", { resource: { op: "is", entity_type: "File" } }, false],
    [
      "resource is another in",
      {
        resource: {
          op: "is",
          entity_type: "File",
          in: { entity: at("Environment", "production") },
        },
      },
      false,
    ],
    ["action ==", { action: equals("Action", "delete") }, true],
    ["action == its group", { action: equals("Action", "change") }, false],
    ["action in its group", { action: within("Action", "change") }, true],
    [
      "action in a list",
      { action: { op: "in", entities: [at("Action", "read"), at("Action", "change")] } },
      true,
    ],
    [
      "action in two that both hold",
      { action: { op: "in", entities: [at("Action", "delete"), at("Action", "change")] } },
      true,
    ],
    ["action in an empty list", { action: { op: "in", entities: [] } }, false],
    [
      "both sides",
      { principal: within("Group", "dba"), resource: within("Environment", "production") },
      true,
    ],
    [
      "one side of both",
      { principal: within("Group", "ops"), resource: within("Environment", "production") },
      false,
    ],
  ])("%s", (_name, parts, applies) => {
    // Neighbours with the same keys make the index choose.
    const neighbours = [
      source("n1", {
        effect: "forbid",
        principal: within("Group", "dba"),
        conditions: when({ Value: false }),
      }),
      source("n2", {
        effect: "forbid",
        resource: within("Environment", "production"),
        conditions: when({ Value: false }),
      }),
    ];
    expect(evaluate([...neighbours, source("p", parts)]).permits).toEqual(applies ? ["p"] : []);
  });

  test("an action that the schema does not declare is in nothing but itself", () => {
    const sources = [
      source("any"),
      source("named", { action: equals("Action", "odd") }),
      source("group", { action: within("Action", "change") }),
    ];
    expect(evaluate(sources, request({ action: "odd" })).permits).toEqual(["any", "named"]);
  });

  test("a namespace's own action goes before an outer one of the same name", () => {
    const sources = [
      source("own", { action: within("Ns::Action", "group") }),
      source("outer", { action: within("Action", "change") }),
      source("neither", { action: within("Action", "group") }),
    ];
    const context = prepareContext({});
    const store = entityStore([]);
    if (!context.ok || !store.ok) throw new Error("empty");
    const { permits } = compile(sources).authorize({
      ...request(),
      action: at("Ns::Action", "own"),
      context: context.value.record,
      store: store.value,
    });
    expect(permits).toEqual(["outer", "own"]);
  });

  test("a linked template has its slots bound", () => {
    const parts = {
      principal: { op: "in", slot: "?principal" },
      resource: { op: "is", entity_type: "Table", in: { slot: "?resource" } },
      conditions: when({ in: { left: { Var: "principal" }, right: { Slot: "?principal" } } }),
    };
    const slots = (group: string) => ({
      "?principal": at("Group", group),
      "?resource": at("Environment", "production"),
    });
    const sources = [
      { ...source("dba", parts), slots: slots("dba") },
      { ...source("ops", parts), slots: slots("ops") },
    ];
    expect(evaluate(sources).permits).toEqual(["dba"]);
    const file = {
      resource: { op: "==", slot: "?resource" },
      conditions: when({ in: { left: { Slot: "?resource" }, right: { Slot: "?resource" } } }),
    };
    const linked = { ...source("p", file), slots: { "?resource": at("Table", "t") } };
    expect(evaluate([linked]).permits).toEqual(["p"]);
  });
});

describe("a request that cannot be read permits nothing and says why", () => {
  const all = [source("p")];
  const deep = (levels: number): JsonObject => {
    let value: JsonObject = {};
    for (let i = 0; i < levels; i += 1) value = { a: value };
    return value;
  };

  test.each<readonly [string, JsonObject, string | null]>([
    ["nothing", {}, null],
    ["null", { a: null }, "request.value"],
    ["a float", { a: 1.5 }, "request.number"],
    ["a rounded integer", { a: 2 ** 53 }, "request.number"],
    ["a safe integer", { a: 2 ** 53 - 1 }, null],
    ["a context that is an entity", { __entity: at("User", "root") }, "request.value"],
    ["an entity", { a: { __entity: at("User", "root") } }, null],
    ["an entity without id", { a: { __entity: { type: "User" } } }, "request.value"],
    ["an entity with more", { a: { __entity: { ...at("User", "root"), x: 1 } } }, "request.value"],
    ["an entity beside a key", { a: { __entity: at("User", "root"), x: 1 } }, "request.value"],
    ["an entity as text", { a: { __entity: 'User::"root"' } }, "request.value"],
    ["an extension", { a: { __extn: { fn: "ip", arg: "::1" } } }, null],
    [
      "an extension with several arguments",
      {
        a: {
          __extn: {
            fn: "offset",
            args: [
              { __extn: { fn: "datetime", arg: "2026-01-01" } },
              { __extn: { fn: "duration", arg: "1d" } },
            ],
          },
        },
      },
      null,
    ],
    ["an unknown extension", { a: { __extn: { fn: "eval", arg: "1" } } }, "request.extension"],
    [
      "an inherited extension",
      { a: { __extn: { fn: "constructor", arg: "1" } } },
      "request.extension",
    ],
    ["an extension that fails", { a: { __extn: { fn: "ip", arg: "x" } } }, "request.extension"],
    ["an extension of null", { a: { __extn: { fn: "ip", arg: null } } }, "request.value"],
    ["an extension without argument", { a: { __extn: { fn: "ip" } } }, "request.extension"],
    ["an extension without name", { a: { __extn: { arg: "::1" } } }, "request.extension"],
    [
      "an extension with more",
      { a: { __extn: { fn: "ip", arg: "::1", x: 1 } } },
      "request.extension",
    ],
    [
      "an extension beside a key",
      { a: { __extn: { fn: "ip", arg: "::1" }, x: 1 } },
      "request.value",
    ],
    ["a lone surrogate", { a: "\ud800" }, "request.value"],
    ["a lone surrogate in a name", { "\ud800": 1 }, "request.value"],
    ["depth at the limit", deep(REQUEST_LIMITS.depth - 1), null],
    ["depth over the limit", deep(REQUEST_LIMITS.depth), "request.depth"],
    ["a huge depth", deep(100_000), "request.depth"],
    ["a set at the limit", { a: Array(REQUEST_LIMITS.setSize).fill(1) }, null],
    ["a set over the limit", { a: Array(REQUEST_LIMITS.setSize + 1).fill(1) }, "request.set_size"],
    [
      "a text over the limit",
      { a: "x".repeat(REQUEST_LIMITS.textLength + 1) },
      "request.text_length",
    ],
  ])("context: %s", (_name, context, code) => {
    const evaluation = evaluate(all, request({ context }));
    expect(evaluation.invalid?.code ?? null).toBe(code);
    expect(evaluation.permits).toEqual(code === null ? ["p"] : []);
  });

  const limits = {
    ...REQUEST_LIMITS,
    nodes: 10,
    entities: 4,
    candidates: 2,
    ancestors: 3,
    generations: 3,
  };
  const bounded = compile([source("p")], { requestLimits: limits });
  const user = (id: string, ...parents: string[]): EntityInput => ({
    ...at("User", id),
    parents: parents.map((parent) => at("User", parent)),
    attrs: {},
  });
  const invalid = (entities: EntityInput[]) =>
    bounded.evaluate(request({ entities: entities as AuthorizationRequest["entities"] })).invalid
      ?.code ?? null;

  test("entities", () => {
    expect(invalid([user("a", "b"), user("b", "c"), user("c", "d")])).toBe(null);
    expect(invalid(["a", "b", "c", "d", "e"].map((id) => user(id)))).toBe("entities.count");
    expect(invalid([user("a", "b", "c", "d", "e")])).toBe("entities.ancestors");
    expect(invalid([user("a", "a")])).toBe("entities.cycle");
    expect(invalid([user("a", "b"), user("b", "a")])).toBe("entities.cycle");
    expect(invalid([{ ...user("a"), attrs: { x: null } }])).toBe("request.value");
    expect(invalid([{ ...user("a"), tags: { x: 1.5 } }])).toBe("request.number");
    // The schema alone says what an action is in.
    expect(invalid([{ ...at("Action", "delete"), parents: [], attrs: {} }])).toBe(
      "entities.action",
    );
    expect(invalid([{ ...at("Ns::Action", "x"), parents: [], attrs: {} }])).toBe("entities.action");
  });

  test("an entity may be given twice only if both say the same", () => {
    const one = { ...user("a", "b"), attrs: { x: [1, 2] }, tags: { t: "v" } };
    expect(invalid([one, one])).toBe(null);
    expect(invalid([one, { ...one, attrs: { x: [2, 1] } }])).toBe(null);
    expect(invalid([one, { ...one, attrs: { x: [1] } }])).toBe("entities.duplicate");
    expect(invalid([one, { ...one, tags: { t: "w" } }])).toBe("entities.duplicate");
    expect(invalid([one, user("a")])).toBe("entities.duplicate");
    expect(invalid([one, { ...one, parents: [at("User", "c")] }])).toBe("entities.duplicate");
  });

  test("values of one call are counted together", () => {
    const values = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, 1]));
    expect(bounded.evaluate(request({ context: values, entities: [] })).invalid).toBe(null);
    expect(
      bounded.evaluate(request({ context: { ...values, more: 1 }, entities: [] })).invalid?.code,
    ).toBe("request.nodes");
    expect(
      invalid([
        { ...user("a"), attrs: values },
        { ...user("b"), attrs: values },
      ]),
    ).toBe("request.nodes");
  });

  test("too many candidates", () => {
    const policies = ["a", "b", "c"].map((id) => source(id));
    for (const index of [true, false]) {
      const engine = compile(policies, { index, requestLimits: limits });
      expect(engine.evaluate(request({ entities: [] }))).toMatchObject({
        permits: [],
        invalid: { code: "request.candidates" },
      });
    }
  });
});

describe("entities that outlive a request", () => {
  const base = entityStore([
    { ...at("Group", "dba"), parents: [at("Group", "staff")], attrs: { level: 3 } },
    { ...at("User", "bob"), parents: [at("Group", "dba"), at("Group", "open")], attrs: {} },
  ]);
  if (!base.ok) throw new Error(base.error.message);
  const store = base.value;
  const staff = [source("p", { principal: within("Group", "staff") })];

  test("lend their ancestors to the entities of a request", () => {
    expect(evaluate(staff, request({ store })).permits).toEqual(["p"]);
    expect(evaluate(staff, request()).permits).toEqual([]);
    expect(
      evaluate(staff, request({ store, entities: [], principal: at("User", "bob") })).permits,
    ).toEqual(["p"]);
    expect(store.size).toBe(2);
  });

  test("cannot be contradicted by a request", () => {
    const invalid = (entity: EntityInput) =>
      compile(staff).evaluate(
        request({ store, entities: [entity] as AuthorizationRequest["entities"] }),
      ).invalid?.code ?? null;
    const dba = { ...at("Group", "dba"), parents: [at("Group", "staff")], attrs: { level: 3 } };
    expect(invalid(dba)).toBe(null);
    expect(invalid({ ...dba, attrs: { level: 4 } })).toBe("entities.duplicate");
    // Bob's ancestors are closed already: a parent of `open` would not reach him.
    const open = { ...at("Group", "open"), parents: [at("Group", "root")], attrs: {} };
    expect(invalid(open)).toBe("entities.reopened");
    expect(invalid({ ...open, parents: [] })).toBe(null);
    const second = entityStore(
      [{ ...at("User", "cy"), parents: [at("Group", "dba")], attrs: {} }],
      store,
    );
    if (!second.ok) throw new Error(second.error.message);
    expect(entityStore([open], second.value)).toMatchObject({
      error: { code: "entities.reopened" },
    });
  });

  test("are found among many, with many ancestors", () => {
    const groups = Array.from({ length: 40 }, (_, i) => at("Group", `g${i}`));
    const users = Array.from({ length: 40 }, (_, i) => ({
      ...at("User", `u${i}`),
      parents: groups,
      attrs: { i },
    }));
    const many = entityStore(users);
    if (!many.ok) throw new Error(many.error.message);
    const policies = [
      source("p", { principal: within("Group", "g39") }),
      source("q", { principal: within("Group", "g40") }),
    ];
    const asked = request({ store: many.value, entities: [], principal: at("User", "u39") });
    expect(evaluate(policies, asked).permits).toEqual(["p"]);
    expect(evaluate(policies, { ...asked, principal: at("User", "u40") }).permits).toEqual([]);
  });

  test("a context is read once for several requests", () => {
    const prepared = prepareContext({ ok: true });
    if (!prepared.ok) throw new Error(prepared.error.message);
    const sources = [source("p", { conditions: when(context("ok")) })];
    expect(evaluate(sources, request({ context: prepared.value })).permits).toEqual(["p"]);
    expect(prepareContext({ a: 2n ** 60n })).toMatchObject({ ok: true });
    expect(prepareContext({ a: 2n ** 63n })).toMatchObject({ error: { code: "request.number" } });
    expect(prepareContext({ a: null })).toMatchObject({
      ok: false,
      error: { code: "request.value" },
    });
  });
});

test("an engine knows how many policies it holds", () => {
  expect(compile([source("a"), source("b")]).size).toBe(2);
});
