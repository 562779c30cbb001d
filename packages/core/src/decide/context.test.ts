import { expect, test } from "vitest";
import { effect, factsOf } from "../../testdata/decide.ts";
import { contextOf, questionsOf } from "./context.ts";

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
