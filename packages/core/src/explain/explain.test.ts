import { describe, expect, test } from "vitest";
import { approvalOf, bundleOf, effect, factsOf, NOW, policy } from "../../testdata/decide.ts";
import {
  clause,
  entityOf,
  op,
  path,
  value,
  variable,
  writtenBundle,
} from "../../testdata/explain.ts";
import { questionsOf } from "../decide/context.ts";
import { decide } from "../decide/decide.ts";
import type { Facts } from "../facts.ts";
import { readClauses } from "./clauses.ts";
import { environmentOf } from "./environment.ts";
import { explain } from "./explain.ts";
import type { Explanation } from "./explanation.ts";
import { flipsOf } from "./flips.ts";
import { closenessOf } from "./policies.ts";
import { lookedAt, questionOf } from "./questions.ts";
import { remediesOf } from "./remedies.ts";

const may = policy("may", { effect: "permit", reason: "" });
const bulk = policy("bulk", { reason: "too many" });
const hold = policy("hold", { decision: "require_approval", approvers: ['Group::"dba"'] });
const agent = clause(
  { is: { left: variable("principal"), entity_type: "Agent" } },
  {
    part: "principal",
  },
);
const deletes = clause(op("==", variable("action"), entityOf("Action", "delete")), {
  part: "action",
});
const many = clause(op(">", path("context.quantity.atMost"), value(100)));
const untasked = clause(path("context.task.declared"), { part: "unless" });

const chain: Facts["chain"] = [{ type: "Agent", id: "coder", groups: [] }];
const large = factsOf({ chain, effects: [effect({ quantity: { atMost: 1200, known: true } })] });

const proposals = ({ flip }: Explanation) =>
  flip.flips.map(({ outcome, changes }) => [outcome, ...changes.map(({ words }) => words)]);

describe("an explanation", () => {
  test("names the clauses that decided, with their values", () => {
    const bundle = writtenBundle([[may], [bulk, agent, deletes, many, untasked]]);
    const { headline, deciding, weaker, nearMisses, closest } = explain(bundle, large);
    expect(headline).toBe(
      'Refused: Agent::"coder" to delete Table::"customers", because bulk forbids it: too many',
    );
    expect(deciding[0]?.read?.clauses.map(({ state, because }) => [state, because])).toEqual([
      ["met", 'Agent::"coder" is of type Agent'],
      ["met", 'action is Action::"delete"'],
      ["met", "1200 > 100"],
      ["met", "context.task.declared is false"],
    ]);
    expect(weaker.map(({ words }) => words)).toEqual(["may permits it"]);
    expect([nearMisses, closest]).toEqual([[], []]);
  });

  test("proposes the nearest change of each fact that decided", () => {
    const bundle = writtenBundle([[may], [bulk, agent, deletes, many, untasked]]);
    expect(proposals(explain(bundle, large))).toEqual([
      ["allow", "quantity 100 instead of 1200"],
      ["allow", "a declared task true instead of false"],
    ]);
  });

  test("says what nobody permits, and which permits came closest", () => {
    const far = clause({ is: { left: variable("resource"), entity_type: "File" } });
    const other = clause(op("==", variable("action"), entityOf("Action", "read")), {
      part: "action",
    });
    const bundle = writtenBundle([
      [policy("a", { effect: "permit" }), far],
      [policy("b", { effect: "permit" }), untasked, clause(path("context.session.untrusted"))],
      [policy("c", { effect: "permit" }), other],
      [
        policy("d", { effect: "permit" }),
        clause(path("context.session.attended"), { part: "unless" }),
      ],
      [policy("e"), clause(path("context.task.locked"))],
      [policy("f"), clause(path("context.task.none"))],
    ]);
    const explanation = explain(bundle, factsOf({ chain }));
    expect(explanation.headline).toContain("Refused: ");
    expect(explanation.closest.map(({ policy: id }) => id)).toEqual(["b", "d", "a"]);
    expect(explanation.nearMisses.map(({ policy: id }) => id)).toEqual(["e", "b", "d"]);
  });

  test("changes every effect that nobody permits together", () => {
    const small = clause(op("<", path("context.quantity.atMost"), value(5)));
    const bundle = writtenBundle([[may, small]]);
    const some = effect({ quantity: { atMost: 7, known: true } });
    const { flip } = explain(bundle, factsOf({ chain, effects: [some, some] }));
    expect(flip.flips[0]?.changes.map(({ fact }) => fact)).toEqual(["effects[0,1].quantity"]);
  });

  test("of what went ahead proposes what would have stopped it", () => {
    const bundle = writtenBundle([[may], [bulk, deletes, many]]);
    const facts = factsOf({ effects: [effect({ quantity: { atMost: 99, known: true } })] });
    const explanation = explain(bundle, facts);
    expect(explanation.headline).toBe(
      'Allowed: User::"maria" to delete Table::"customers", because may permits it',
    );
    expect(proposals(explanation)).toEqual([["block", "quantity 101 instead of 99"]]);
  });

  test("of what is held proposes the approval that it waits for", () => {
    const explanation = explain(writtenBundle([[may], [hold, many]]), large);
    expect(explanation.headline).toMatch(/^Held for a person: /);
    expect(proposals(explanation)).toEqual([
      ["allow", 'the approval of one of Group::"dba" (hold)'],
      ["allow", "quantity 100 instead of 1200"],
    ]);
  });

  test("tries two facts together where no single one is enough", () => {
    const other = policy("other");
    const bundle = writtenBundle([
      [may],
      [bulk, many],
      [other, clause(path("context.task.locked"))],
    ]);
    const facts = { ...large, task: { ...large.task, locked: true } };
    expect(proposals(explain(bundle, facts))).toEqual([
      ["allow", "quantity 100 instead of 1200", "the task's being locked false instead of true"],
    ]);
  });

  test("ends its search at a limit and says so", () => {
    const reads = ["source", "audience", "gateway", "assurance"].map((name) =>
      clause(op("!=", path(`context.${name}`), entityOf("X", "y"))),
    );
    const members = Array.from({ length: 16 }, (_, at) => ({
      type: "Agent" as const,
      id: `a${at}`,
      groups: [],
    }));
    const effects = Array.from({ length: 200 }, () => effect());
    const bundle = writtenBundle([[may], [bulk, ...reads]]);
    const facts = factsOf({ chain: members, effects });
    const search = flipsOf(bundle, facts, decide(bundle, facts));
    expect(search).toMatchObject({ flips: [], complete: false, trials: 6 });
  });

  test("takes a reason about the whole action for a reason about no effect", () => {
    const bundle = writtenBundle([[may], [bulk, many]]);
    const decision = decide(bundle, large);
    const [reason] = decision.reasons;
    const denied = { ...reason, code: "default_deny", policy: null, effect: 0, member: null };
    const nowhere = (code: string, of: string | null) =>
      ({ ...denied, code, policy: of, effect: null }) as NonNullable<typeof reason>;
    const whole = { ...decision, reasons: [nowhere("policy.bulk", "bulk")] };
    expect(flipsOf(bundle, large, whole)).toMatchObject({ flips: [], trials: 0 });
    const lacks = writtenBundle([[may, clause(path("context.task.declared"))]]);
    const nobody = { ...decide(lacks, large), reasons: [nowhere("default_deny", null)] };
    const { flips } = flipsOf(lacks, large, nobody);
    expect(flips.map(({ changes }) => changes.map(({ fact }) => fact))).toEqual([
      ["task.declared"],
    ]);
  });

  test("of a bundle without text names policies and shows no clauses", () => {
    const explanation = explain(bundleOf([may, bulk]), factsOf());
    expect(explanation.deciding.map(({ policy: id, read }) => [id, read])).toEqual([
      ["bulk", null],
    ]);
    expect(explanation.flip.flips).toEqual([]);
  });

  test("of unreadable facts searches nothing", () => {
    for (const parts of [{ digest: "" }, { chain: [] }]) {
      const explanation = explain(bundleOf([may]), factsOf(parts));
      expect(explanation.headline).toMatch(/^Refused: the action, because /);
      expect(explanation.flip).toEqual({ flips: [], changes: 0, trials: 0, complete: false });
    }
  });

  test("does not propose facts that do not fit the schema", () => {
    const bundle = writtenBundle([[may], [bulk, clause(path("context.task.declared"))]]);
    const facts = factsOf({ task: { ...factsOf().task, declared: true } });
    const strict = {
      ...bundle,
      misfit: ({ context }: { context: unknown }) =>
        (context as { task: { declared: boolean } }).task.declared ? null : "task",
    };
    expect(explain(bundle, facts).flip.flips).toHaveLength(1);
    expect(explain(strict, facts).flip).toMatchObject({ flips: [], trials: 1 });
  });

  test("of a presented approval that does not fit proposes none, or its time", () => {
    const bundle = writtenBundle([[may], [hold, many]]);
    const expired = { ...large, handle: "approval-1", approvals: [approvalOf({ expires: NOW })] };
    const { deciding } = explain(bundle, expired);
    expect(deciding[0]?.words).toContain(`it ended at ${NOW}, and it is ${NOW}`);
    const edits = remediesOf(bundle, expired, decide(bundle, expired));
    expect(edits.map(({ words }) => words)).toEqual([
      "no approval presented",
      `the time 2026-02-03T08:59:59.999Z instead of ${NOW}`,
    ]);
    const unknown = { ...large, handle: "nobody's" };
    expect(remediesOf(bundle, unknown, decide(bundle, unknown)).map(({ to }) => to)).toEqual([
      null,
    ]);
  });

  test("applies each remedy to the facts", () => {
    const grant = { owner: 'User::"maria"', expires: NOW, uses: 2 };
    const granted = policy("g", { effect: "permit", grant });
    const bundle = bundleOf([granted, { ...hold, approvers: ["on-behalf-of", 'User::"dana"'] }]);
    const facts = factsOf({ grants: { g: { uses: 2, revoked: true } }, handle: "x" });
    const decision = decide(bundle, facts);
    const requirement = {
      policy: "hold",
      digest: "sha256:hold",
      reason: "",
      approvers: ["on-behalf-of", 'User::"dana"', 'Group::"dba"'],
      quorum: 2,
      ttlMs: 1000,
    };
    const reason = (code: string) => ({
      ...decision.reasons[0],
      code,
      outcome: "block" as const,
      policy: "g",
      effect: 0,
      member: null,
      text: "",
    });
    const reasons = ["grant.revoked", "grant.spent", "grant.expired", "policy.g"].map(reason);
    const codes = [...reasons, { ...reason("approval.unknown"), policy: null }];
    const asked = { ...decision, reasons: codes, requirements: [requirement] };
    const edits = remediesOf(bundle, facts, asked);
    const after = edits.map(({ apply }) => apply(facts));
    expect(edits.map(({ fact }) => fact)).toEqual([
      "approvals",
      "handle",
      "grants.g",
      "grants.g",
      "now",
    ]);
    expect(after[0]?.approvals[0]).toEqual({
      id: "proposed",
      digest: facts.digest,
      policies: [{ id: "hold", digest: "sha256:hold" }],
      votes: [
        { user: "maria", groups: [] },
        { user: "dana", groups: [] },
      ],
      expires: "2026-02-03T09:00:01.000Z",
    });
    expect(after[1]?.handle).toBeNull();
    expect(after[2]?.grants).toEqual({ g: { uses: 2, revoked: false } });
    expect(after[3]?.grants).toEqual({ g: { uses: 1, revoked: true } });
    expect(after[4]?.now).toBe("2026-02-03T08:59:59.999Z");
    // Nobody to ask: no head, or too few people.
    const lonely = { ...requirement, approvers: ["on-behalf-of"] };
    const headless = { ...facts, chain };
    for (const requirements of [[lonely], [requirement, lonely]])
      expect(remediesOf(bundle, headless, { ...asked, requirements })[0]?.fact).toBe("handle");
    const words = remediesOf(bundle, facts, { ...asked, requirements: [requirement] })[0]?.words;
    expect(words).toBe('the approval of 2 of on-behalf-of or User::"dana" or Group::"dba" (hold)');
    // A grant without an end or a count was not ended by them.
    const endless = bundleOf([{ ...granted, grant: { ...grant, expires: null, uses: null } }]);
    expect(
      remediesOf(endless, factsOf(), { ...asked, requirements: [] }).map(({ fact }) => fact),
    ).toEqual(["grants.g"]);
  });
});

describe("a limit that is used up", () => {
  const ten = (windowMs: number | null) =>
    policy("ten", {
      code: "limit.ten",
      limit: { most: 10, unit: "items", windowMs, per: ["agent"] },
    });
  const four = [effect({ quantity: { atMost: 4, known: true } })];

  test.each([
    [3_600_000, "nothing counted yet under the limit ten"],
    [null, "nothing else in flight under the limit ten"],
  ])("over %s ms: what it would take", (windowMs, words) => {
    const facts = factsOf({ chain, effects: four, limits: { ten: 7 } });
    expect(proposals(explain(writtenBundle([[may], [ten(windowMs)]]), facts))).toContainEqual([
      "allow",
      words,
    ]);
  });

  test("by one action alone does not open by waiting", () => {
    const bundle = writtenBundle([[may], [ten(3_600_000)]]);
    const words = proposals(explain(bundle, large)).flat();
    expect(words).not.toContain("nothing counted yet under the limit ten");
  });
});

describe("questions", () => {
  const facts = factsOf();
  test("of the whole action, or of somebody else, are none", () => {
    const all = questionsOf(facts);
    const coder = { type: "Agent", id: "coder" };
    expect(questionOf(all, facts, { effect: 0, member: coder })).toBe(all[1]);
    expect(questionOf(all, facts, { effect: null, member: coder })).toBeNull();
    expect(questionOf(all, facts, { effect: 0, member: null })).toBeNull();
    expect(questionOf(all, facts, { effect: 0, member: { ...coder, id: "x" } })).toBeNull();
  });
  test("that the engine cannot read have no environment", () => {
    const attrs = { a: 0.5 };
    const broken = factsOf({
      effects: [effect({ resource: { type: "Table", id: "t", parents: [], attrs } })],
    });
    const bundle = bundleOf([may]);
    expect(lookedAt(bundle, facts, decide(bundle, facts))).toHaveLength(2);
    expect(lookedAt(bundle, broken, decide(bundle, broken))).toEqual([]);
    const actions = bundle.written.actions;
    expect(questionsOf(broken).map((one) => environmentOf(one, actions))).toEqual([null, null]);
    expect(explain(bundle, broken).deciding.map(({ read }) => read)).toEqual([null]);
  });
  test("are read against policies up to the limit", () => {
    const bundle = writtenBundle([
      [bulk, many],
      [may, untasked, many],
    ]);
    const environments = lookedAt(bundle, facts, decide(bundle, facts)).map(
      (one) => one.environment,
    );
    const all = closenessOf(bundle, environments, 100);
    expect([all.probes, all.complete]).toEqual([4, true]);
    expect(all.forbids.map(({ question }) => question)).toEqual([0]);
    const cut = closenessOf(bundle, environments, 3);
    expect([cut.probes, cut.complete]).toEqual([3, false]);
  });
});

describe("clauses", () => {
  const facts = factsOf({
    effects: [
      effect({
        resource: {
          type: "Table",
          id: "t",
          parents: [{ type: "Database", id: "crm" }],
          attrs: { name: "t" },
        },
      }),
    ],
  });
  const bundle = writtenBundle([[may]]);
  const [looked] = lookedAt(bundle, facts, decide(bundle, facts));
  const read = (expression: Parameters<typeof clause>[0]) => {
    if (looked === undefined) throw new Error("no question");
    return readClauses([clause(expression)], looked.environment)[0];
  };
  const crm = entityOf("Database", "crm");
  const resource = variable("resource");

  test.each([
    [value(true), ""],
    [op("in", resource, crm), 'Table::"t" is in Database::"crm"'],
    [op("in", entityOf("Group", "nowhere"), crm), 'Group::"nowhere" is in nothing'],
    [{ is: { left: resource, entity_type: "Table" } }, 'Table::"t" is of type Table'],
    [
      { is: { left: resource, entity_type: "Table", in: crm } },
      'Table::"t" is of type Table, and Table::"t" is in Database::"crm"',
    ],
    [{ "!": { arg: op("==", path("resource.name"), value("x")) } }, '"t" == "x"'],
    [op("==", path("context.task.locked"), value(true)), "context.task.locked is false"],
    [
      op("&&", path("context.task.locked"), path("context.none")),
      "context.task.locked is false, context.none is not there",
    ],
    [{ has: { left: path("context"), attr: "none" } }, expect.stringContaining("context is {")],
    [
      {
        "if-then-else": { if: path("context.task.locked"), then: value(false), else: value(true) },
      },
      "context.task.locked is false",
    ],
  ])("%j is told by what it read", (expression, because) => {
    expect(read(expression)?.because).toEqual(because);
  });

  test("that fail say why, behind one that is not met they are not reached", () => {
    const failing = clause(path("context.none"));
    const unmet = clause(path("context.task.locked"));
    if (looked === undefined) throw new Error("no question");
    const states = (...clauses: (typeof failing)[]) =>
      readClauses(clauses, looked.environment).map(({ state, value: came }) => [state, came]);
    expect(states(failing, unmet)).toEqual([
      ["failed", null],
      ["unmet", false],
    ]);
    expect(states(unmet, failing)).toEqual([
      ["unmet", false],
      ["unread", null],
    ]);
  });

  test("are expressions, and nothing else is read as one", () => {
    expect(() => read("true")).toThrow(TypeError);
  });
});
