import { expect, test } from "vitest";
import { effect, factsOf } from "../../testdata/decide.ts";
import { contextOf, onBehalfOf, questionsOf } from "./context.ts";

const chain = [
  { type: "User" as const, id: "maria", groups: ["staff"] },
  { type: "Agent" as const, id: "coder", groups: ["coders"] },
  { type: "Agent" as const, id: "coder/sub", groups: [] },
];

test("one question per effect and member, in order", () => {
  const questions = questionsOf(
    factsOf({ chain, effects: [effect(), effect({ action: "read" })] }),
  );
  expect(questions.map(({ effect, member }) => [effect, member])).toEqual([
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
    [1, 2],
  ]);
  expect(questions[5]?.request).toMatchObject({
    principal: { type: "Agent", id: "coder/sub" },
    action: "read",
  });
});

test("a sub-agent is in its parent, and not in its parent's groups", () => {
  const [, , sub] = questionsOf(factsOf({ chain }));
  const agents = sub?.request.entities.filter(({ type }) => type === "Agent");
  expect(agents).toEqual([
    {
      type: "Agent",
      id: "coder/sub",
      parents: [{ type: "Agent", id: "coder" }],
      attrs: { clears: [] },
    },
  ]);
});

test("the slice holds principal, person, tool, resource and arguments", () => {
  const text = { "filter.env": "dev", ["__proto__"]: "x" };
  const args = { digest: "d", text, number: {}, list: {}, complete: true };
  const [, question] = questionsOf(factsOf({ chain, arguments: args }));
  const uids = question?.request.entities.map(({ type, id }) => `${type} ${id}`);
  expect(uids).toEqual([
    "Agent coder",
    "User maria",
    "Tool db/delete",
    "Texts args",
    "Numbers args",
    "Lists args",
    "Table customers",
  ]);
  expect(question?.request.entities[3]?.tags).toBe(text);
});

test("a resource that is in the slice already is one entity, and its groups are those of the chain", () => {
  const self = {
    type: "Agent" as const,
    id: "coder",
    parents: [
      { type: "Environment", id: "production" },
      { type: "Group", id: "admins" },
    ],
    attrs: { clears: [{ __entity: { type: "Label", id: "public" } }] },
  };
  const [, question] = questionsOf(factsOf({ chain, effects: [effect({ resource: self })] }));
  const agents = question?.request.entities.filter(({ type }) => type === "Agent");
  expect(agents).toEqual([
    {
      type: "Agent",
      id: "coder",
      parents: [
        { type: "Group", id: "coders" },
        { type: "Environment", id: "production" },
      ],
      attrs: self.attrs,
    },
  ]);
});

test("the person is in the context only where the chain starts with one", () => {
  const facts = factsOf({ chain });
  expect(contextOf(facts, effect())["chain"]).toEqual({
    agents: [
      { __entity: { type: "Agent", id: "coder" } },
      { __entity: { type: "Agent", id: "coder/sub" } },
    ],
    onBehalfOf: { __entity: { type: "User", id: "maria" } },
  });
  const headless = { ...facts, chain: chain.slice(1) };
  expect(contextOf(headless, effect())["chain"]).not.toHaveProperty("onBehalfOf");
});

test("an empty chain acts for nobody, and an agent at the head is nobody's person", () => {
  expect(onBehalfOf([])).toBeNull();
  expect(onBehalfOf(chain.slice(1))).toBeNull();
  expect(onBehalfOf(chain)).toBe(chain[0]);
});

test("a chain without a person brings none into the slice", () => {
  const questions = questionsOf(factsOf({ chain: chain.slice(1) }));
  for (const { request } of questions)
    expect(request.entities.map(({ type, id }) => `${type} ${id}`)).toEqual([
      `Agent ${request.principal.id}`,
      "Tool db/delete",
      "Texts args",
      "Numbers args",
      "Lists args",
      "Table customers",
    ]);
});

test("the asked resource and the arguments are what the facts say, and in nothing else", () => {
  const args = {
    digest: "d",
    text: { a: "b" },
    number: { c: 1 },
    list: { d: ["e"] },
    complete: true,
  };
  const [question] = questionsOf(factsOf({ chain, arguments: args }));
  expect(question?.request.resource).toEqual({ type: "Table", id: "customers" });
  expect(question?.request.entities.slice(2, 5)).toEqual([
    { type: "Texts", id: "args", parents: [], attrs: {}, tags: { a: "b" } },
    { type: "Numbers", id: "args", parents: [], attrs: {}, tags: { c: 1 } },
    { type: "Lists", id: "args", parents: [], attrs: {}, tags: { d: ["e"] } },
  ]);
});

test("a resource adds no agent to a member of the chain, and no parent twice", () => {
  const parents = [
    { type: "Agent", id: "root" },
    { type: "Server", id: "s" },
  ];
  const tool = { type: "Tool" as const, id: "t", parents: [parents[1] as never], attrs: {} };
  const agent = { type: "Agent" as const, id: "coder", parents, attrs: {} };
  const facts = factsOf({
    chain,
    tool,
    effects: [
      effect({ resource: agent }),
      effect({ resource: { ...tool, parents: [...tool.parents, { type: "Class", id: "s" }] } }),
    ],
  });
  const entityOf = (at: number, type: string, id: string) =>
    questionsOf(facts)[at]?.request.entities.find((one) => one.type === type && one.id === id);
  expect(entityOf(1, "Agent", "coder")?.parents).toEqual([
    { type: "Group", id: "coders" },
    { type: "Server", id: "s" },
  ]);
  expect(entityOf(4, "Tool", "t")?.parents).toEqual([
    { type: "Server", id: "s" },
    { type: "Class", id: "s" },
  ]);
});

test("the context holds every fact under its own name", () => {
  const facts = factsOf({
    chain,
    session: {
      id: "s",
      labels: ["secret"],
      origins: ["web"],
      untrusted: true,
      depth: 2,
      attended: false,
    },
    task: { declared: true, inScope: false, locked: true, offline: false, noInstall: true },
    counts: { calls_1m: 1, deletes_1h: 2, sends_1h: 3, spend_1d: 4, denials_10m: 5 },
  });
  const one = effect({
    quantity: { atMost: 7, known: true },
    bytes: { atMost: 8, known: false },
    cost: { atMost: 9, known: true },
    reversible: true,
    audience: "team",
    labels: ["personal", "internal"],
    origin: { target: ["user"], payload: ["web", "mail"], untrusted: true },
    findings: ["secret.in-payload"],
    source: "catalog",
  });
  const ref = (type: string, id: string) => ({ __entity: { type, id } });
  expect(contextOf(facts, one)).toEqual({
    now: { __extn: { fn: "datetime", arg: facts.now } },
    gateway: ref("Gateway", "mcp"),
    assurance: ref("Assurance", "local"),
    tool: ref("Tool", "db/delete"),
    source: ref("Source", "catalog"),
    args: {
      text: ref("Texts", "args"),
      number: ref("Numbers", "args"),
      list: ref("Lists", "args"),
      complete: true,
    },
    quantity: { atMost: 7, known: true },
    bytes: { atMost: 8, known: false },
    cost: { atMost: 9, known: true },
    reversible: true,
    audience: ref("Audience", "team"),
    data: { labels: [ref("Label", "personal"), ref("Label", "internal")] },
    origin: {
      target: [ref("Origin", "user")],
      payload: [ref("Origin", "web"), ref("Origin", "mail")],
      untrusted: true,
    },
    findings: [ref("Finding", "secret.in-payload")],
    session: {
      id: "s",
      labels: [ref("Label", "secret")],
      origins: [ref("Origin", "web")],
      untrusted: true,
      depth: 2,
      attended: false,
    },
    task: { declared: true, inScope: false, locked: true, offline: false, noInstall: true },
    chain: {
      agents: [ref("Agent", "coder"), ref("Agent", "coder/sub")],
      onBehalfOf: ref("User", "maria"),
    },
    counts: { calls_1m: 1, deletes_1h: 2, sends_1h: 3, spend_1d: 4, denials_10m: 5 },
  });
});
