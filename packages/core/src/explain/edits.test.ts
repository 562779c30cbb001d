import { describe, expect, test } from "vitest";
import { effect, factsOf } from "../../testdata/decide.ts";
import { entityOf, op, path, value, variable } from "../../testdata/explain.ts";
import { UNKNOWN_AMOUNT } from "../facts.ts";
import type { Json } from "../json/json.ts";
import { editsOf, timeEdits } from "./edits.ts";
import { mentionsOf } from "./reads.ts";

const facts = factsOf({
  effects: [
    effect({
      resource: {
        type: "Table",
        id: "t",
        parents: [
          { type: "Environment", id: "production" },
          { type: "Class", id: "ci" },
        ],
        attrs: {
          open: true,
          size: 5,
          name: "t",
          clears: [{ __entity: { type: "Label", id: "internal" } }, "x"],
        },
      },
      labels: ["internal", "personal"],
      findings: ["secret.in-payload"],
      bytes: UNKNOWN_AMOUNT,
      origin: { target: ["user"], payload: ["web", "mail"], untrusted: true },
    }),
  ],
  arguments: { digest: "", text: { q: "x" }, number: { age: 3 }, list: {}, complete: true },
  session: { ...factsOf().session, labels: ["secret"], depth: 1 },
});
const target = { effects: [0], member: 1 };

/** What an expression suggests, each with the facts that it makes. */
function suggested(expression: Json, given = facts, of = target) {
  return editsOf(given, mentionsOf(expression), of).map(({ fact, to, apply }) => ({
    fact,
    to,
    after: apply(given),
  }));
}
const texts = (expression: Json, given = facts, of = target) =>
  suggested(expression, given, of).map(({ fact, to }) => `${fact} = ${JSON.stringify(to)}`);

const label = (id: string) => entityOf("Label", id);
const resource = variable("resource");
const tag = (kind: string, name: string): Json => ({
  getTag: { left: path(`context.args.${kind}`), right: value(name) },
});

describe("a clause suggests the values at which it could come out otherwise", () => {
  test.each<[string, Json, readonly string[]]>([
    [
      "amounts",
      op(">", path("context.quantity.atMost"), value(9)),
      [8, 9, 10].map((n) => `effects[0].quantity = {"atMost":${n},"known":true}`),
    ],
    [
      "unknown amounts",
      path("context.bytes.known"),
      ['effects[0].bytes = {"atMost":1,"known":true}'],
    ],
    ["flags", path("context.reversible"), ["effects[0].reversible = true"]],
    [
      "the audience",
      path("context.audience"),
      ["self", "team", "organization", "public", "unknown"].map(
        (id) => `effects[0].audience = "${id}"`,
      ),
    ],
    [
      "the source",
      path("context.source"),
      ["catalog", "inferred", "unknown"].map((id) => `effects[0].source = "${id}"`),
    ],
    [
      "the gateway",
      path("context.gateway"),
      ["hook", "http", "llm", "registry", "sql", "authzen", "sdk"].map(
        (id) => `action.gateway = "${id}"`,
      ),
    ],
    [
      "the assurance",
      path("context.assurance"),
      ["bearer", "bound"].map((id) => `caller.assurance = "${id}"`),
    ],
    [
      "labels",
      op(
        "contains",
        path("context.data.labels"),
        value([
          { __entity: { type: "Label", id: "secret" } },
          { __entity: { type: "Label", id: "personal" } },
        ]),
      ),
      ["effects[0].labels = []", 'effects[0].labels = ["secret"]'],
    ],
    [
      "findings",
      op("contains", path("context.findings"), entityOf("Finding", "tool.changed")),
      ["effects[0].findings = []", 'effects[0].findings = ["secret.in-payload","tool.changed"]'],
    ],
    ["outside content", path("context.origin.untrusted"), ["effects[0].origin.untrusted = false"]],
    [
      "origins",
      op("contains", path("context.origin.payload"), entityOf("Origin", "web")),
      ['["mail"]', '["web"]', "[]"].map((to) => `effects[0].origin.payload = ${to}`),
    ],
    ["another origin", path("context.origin.else"), []],
    ["the session's content", path("context.session.untrusted"), ["session.untrusted = true"]],
    ["the session's person", path("context.session.attended"), ["session.attended = false"]],
    [
      "the session's depth",
      op(">", path("context.session.depth"), value(1)),
      ["session.depth = 0", "session.depth = 2"],
    ],
    ["the session's labels", path("context.session.labels"), ["session.labels = []"]],
    [
      "the session's origins",
      op("contains", path("context.session.origins"), entityOf("Origin", "web")),
      ['session.origins = ["web"]'],
    ],
    ["the session's id", path("context.session.id"), []],
    ["the task", path("context.task.locked"), ["task.locked = true"]],
    ["no such task", path("context.task.constructor"), []],
    [
      "counts",
      op(">", path("context.counts.sends_1h"), value(1)),
      ["counts.sends_1h = 1", "counts.sends_1h = 2"],
    ],
    ["no such count", path("context.counts.constructor"), []],
    [
      "the time",
      op("<", path("context.now"), { datetime: [value("2027-01-01T00:00:00Z")] }),
      ['now = "2026-12-31T23:59:59.999Z"', 'now = "2027-01-01T00:00:00.000Z"'],
    ],
    ["the review", path("context.tool.reviewed"), ["tool.attrs.reviewed = false"]],
    ["the tool's name", path("context.tool.name"), []],
    ["complete arguments", path("context.args.complete"), ["arguments.complete = false"]],
    [
      "numbers of arguments",
      op(">", tag("number", "age"), value(3)),
      ["arguments.number.age = 2", "arguments.number.age = 4"],
    ],
    ["no such number", tag("number", "none"), []],
    ["all numbers", path("context.args.number"), []],
    ["texts of arguments", tag("text", "q"), []],
    ["no such context", path("context.none"), []],
    ["the whole context", variable("context"), []],
    [
      "an environment",
      op("in", resource, entityOf("Environment", "production")),
      ["staging", "test", "development", "unknown"].map(
        (id) => `effects[0].resource.parents Environment = ["${id}"]`,
      ),
    ],
    [
      "a place that it is in",
      op("in", resource, entityOf("Class", "ci")),
      ['effects[0].resource.parents Class::"ci" = false'],
    ],
    [
      "a place that it is not in",
      op("in", resource, label("secret")),
      ['effects[0].resource.parents Label::"secret" = true'],
    ],
    ["the resource's flags", path("resource.open"), ["effects[0].resource.attrs.open = false"]],
    [
      "the resource's numbers",
      op(">", path("resource.size"), value(5)),
      ["effects[0].resource.attrs.size = 4", "effects[0].resource.attrs.size = 6"],
    ],
    ["the resource's texts", path("resource.name"), []],
    ["no such attribute", path("resource.none"), []],
    [
      "what the resource is cleared for",
      path("resource.clears"),
      [
        'effects[0].resource.attrs.clears = [{"__entity":{"type":"Label","id":"internal"}},"x",{"__entity":{"type":"Label","id":"personal"}}]',
      ],
    ],
    [
      "groups",
      op("in", variable("principal"), entityOf("Group", "coders")),
      ['chain[1].groups "coders" = false'],
    ],
    [
      "other groups",
      op("in", variable("principal"), entityOf("Group", "dba")),
      ['chain[1].groups "dba" = true'],
    ],
    ["the principal's attributes", path("principal.level"), []],
    ["the action", variable("action"), []],
  ])("%s", (_, expression, expected) => {
    expect(texts(expression)).toEqual(expected);
  });

  test("and each suggestion is a change of the facts, and of those alone", () => {
    for (const [expression, change] of [
      [path("context.gateway"), { action: { ...facts.action, gateway: "hook" } }],
      [path("context.assurance"), { caller: { ...facts.caller, assurance: "bearer" } }],
      [path("context.session.attended"), { session: { ...facts.session, attended: false } }],
      [path("context.session.untrusted"), { session: { ...facts.session, untrusted: true } }],
      [path("context.session.labels"), { session: { ...facts.session, labels: [] } }],
      [path("context.task.locked"), { task: { ...facts.task, locked: true } }],
      [path("context.args.complete"), { arguments: { ...facts.arguments, complete: false } }],
      [
        op(">", tag("number", "age"), value(3)),
        { arguments: { ...facts.arguments, number: { age: 2 } } },
      ],
      [
        op(">", path("context.counts.sends_1h"), value(1)),
        { counts: { ...facts.counts, sends_1h: 1 } },
      ],
      [
        op(">", path("context.session.depth"), value(1)),
        { session: { ...facts.session, depth: 0 } },
      ],
      [
        op("in", variable("principal"), entityOf("Group", "coders")),
        { chain: [facts.chain[0], { ...facts.chain[1], groups: [] }] },
      ],
      [path("context.tool.reviewed"), { tool: { ...facts.tool, attrs: { reviewed: false } } }],
    ] as const)
      expect(suggested(expression)[0]?.after).toEqual({ ...facts, ...change });
    const one = facts.effects[0];
    const place = one?.resource as NonNullable<typeof one>["resource"];
    for (const [expression, change] of [
      [path("context.reversible"), { reversible: true }],
      [path("context.audience"), { audience: "self" }],
      [path("context.source"), { source: "catalog" }],
      [path("context.data.labels"), { labels: [] }],
      [path("context.findings"), { findings: [] }],
      [path("context.origin.untrusted"), { origin: { ...one?.origin, untrusted: false } }],
      [path("context.origin.target"), { origin: { ...one?.origin, target: [] } }],
      [path("context.bytes.known"), { bytes: { atMost: 1, known: true } }],
      [path("resource.open"), { resource: { ...place, attrs: { ...place.attrs, open: false } } }],
      [
        op("in", resource, entityOf("Class", "ci")),
        { resource: { ...place, parents: place.parents.slice(0, 1) } },
      ],
      [
        op("in", resource, label("x")),
        { resource: { ...place, parents: [...place.parents, { type: "Label", id: "x" }] } },
      ],
      [
        op("in", resource, entityOf("Environment", "test")),
        {
          resource: {
            ...place,
            parents: [place.parents[1], { type: "Environment", id: "staging" }],
          },
        },
      ],
    ] as const)
      expect(suggested(expression)[0]?.after.effects).toEqual([{ ...one, ...change }]);
    expect(
      suggested(op("contains", path("context.session.origins"), entityOf("Origin", "web")))[0]
        ?.after.session.origins,
    ).toEqual(["web"]);
  });
});

test("nothing is suggested for nobody and for no effect", () => {
  const read = path("context.task.locked");
  expect(texts(read, facts, { effects: [], member: 0 })).toEqual([]);
  expect(texts(read, facts, { effects: [7], member: 0 })).toEqual([]);
  const group = op("in", variable("principal"), entityOf("Group", "dba"));
  expect(texts(group, facts, { effects: [0], member: -1 })).toEqual([]);
});

test("only the effects that were asked about are changed", () => {
  const two = factsOf({ effects: [effect(), effect()] });
  const [edit] = suggested(path("context.reversible"), two, { effects: [1], member: 0 });
  expect(edit?.after.effects.map(({ reversible }) => reversible)).toEqual([false, true]);
});

test("what is not there cannot go", () => {
  const bare = factsOf({ tool: { ...facts.tool, attrs: { reviewed: "yes" } } });
  expect(texts(path("context.tool.reviewed"), bare)).toEqual([]);
  expect(texts(path("context.data.labels"), bare)).toEqual([]);
  const homeless = texts(op("in", resource, entityOf("Environment", "test")), bare);
  expect(homeless).toHaveLength(5);
  const cleared = factsOf({
    effects: [
      effect({
        labels: ["internal"],
        resource: {
          type: "Host",
          id: "h",
          parents: [],
          attrs: { clears: [{ __entity: { type: "Label", id: "internal" } }] },
        },
      }),
    ],
  });
  expect(texts(path("resource.clears"), cleared)).toEqual([]);
});

test("a time is suggested only where it is one that facts can have", () => {
  expect(timeEdits(facts, Number.NaN)).toEqual([]);
  expect(timeEdits(facts, 8.64e15 + 1)).toEqual([]);
  expect(timeEdits(facts, Date.UTC(12_000, 0))).toEqual([]);
  expect(timeEdits(facts, Date.parse(facts.now)).map(({ to }) => to)).toEqual([
    "2026-02-03T08:59:59.999Z",
  ]);
  const [edit] = timeEdits(facts, 1);
  expect(edit?.apply(facts).now).toBe("1970-01-01T00:00:00.000Z");
});
