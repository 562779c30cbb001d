import { describe, expect, test } from "vitest";
import { approvalOf, bundleOf, factsOf, NOW, policy } from "../../testdata/decide.ts";
import { op, path, value } from "../../testdata/explain.ts";
import { entity, record, set } from "../cedar/value.ts";
import type { Reason } from "../decision.ts";
import type { Explanation, ReadClause, ReadPolicy } from "./explanation.ts";
import { MAX_SHOWN_CHARS, MAX_SHOWN_ELEMENTS } from "./limits.ts";
import { mentionsOf, pathText } from "./reads.ts";
import { showPlaces, showTime, showValue } from "./show.ts";
import { explanationLines } from "./text.ts";
import { subjectOf, wordsOf } from "./words.ts";

describe("values are shown as policies write them", () => {
  const long = "x".repeat(MAX_SHOWN_CHARS + 1);
  const many = Array.from({ length: MAX_SHOWN_ELEMENTS + 2 }, (_, at) => at);
  test.each([
    [true, "true"],
    [7, "7"],
    [2n ** 60n, String(2n ** 60n)],
    [Number.MAX_SAFE_INTEGER, "unknown, so the largest amount"],
    ['a"b', '"a\\"b"'],
    [long, `"${long.slice(1)}…"`],
    [entity("Table", "t"), 'Table::"t"'],
    [set(["b", "a"]), '["a", "b"]'],
    [set(many), "[0, 1, 2, 3, 4, 5, 6, 7 and 2 more]"],
    [record(new Map([["a", 1]])), "{a: 1}"],
    [{ kind: "datetime", ms: 0 } as const, "1970-01-01T00:00:00.000Z"],
    [{ kind: "duration", ms: 5 } as const, "5 ms"],
    [{ kind: "decimal", units: 15_000 } as const, "1.5"],
    [{ kind: "ip", version: 4, address: 1n, prefix: 32 } as const, "an address of version 4"],
  ])("%o", (shown, text) => {
    expect(showValue(shown)).toBe(text);
  });
  test("a time that no calendar has is a number", () => {
    expect(showTime(8.64e15 + 1)).toBe("8640000000000001 ms since 1970");
  });
  test("being nowhere is being in nothing", () => {
    expect(showPlaces([])).toBe("nothing");
    expect(showPlaces([entity("B", "b"), entity("A", "a")])).toBe('A::"a", B::"b"');
  });
});

describe("an expression mentions", () => {
  test("what it reads, the longest paths, once", () => {
    const args = { getTag: { left: path("context.args.text"), right: value("a.b") } };
    const all = op("&&", op("==", args, path("resource.name")), path("resource.name"));
    const paths = mentionsOf(all).reads.map((read) => read.path);
    expect(paths).toEqual([
      ["context", "args", "text", "a.b"],
      ["resource", "name"],
    ]);
    expect(paths.map(pathText)).toEqual(['context.args.text.getTag("a.b")', "resource.name"]);
  });
  test("what it compares with", () => {
    const { integers, entities, times } = mentionsOf({
      Set: [
        value([3, 1, { __entity: { type: "T", id: "a" } }]),
        value({ __entity: { type: "T" } }),
        value({ __entity: "T" }),
        value({ __entity: { type: "T", id: "a" } }),
        value(null),
        { datetime: [value("b"), value(1), "c"] },
        { datetime: [value("a")] },
        { datetime: "d" },
        { Record: { Value: value(2), datetime: path("context.now") } },
        { Record: "none" },
        "text",
      ],
    });
    expect(integers).toEqual([1, 2, 3]);
    expect(entities).toEqual([{ type: "T", id: "a" }]);
    expect(times).toEqual(["a", "b"]);
  });
  test("no path where one is computed", () => {
    const reads = (expression: Parameters<typeof mentionsOf>[0]) =>
      mentionsOf(expression).reads.map((read) => read.path);
    const computed = { getTag: { left: path("context.args.text"), right: path("resource.name") } };
    expect(reads(computed)).toEqual([
      ["context", "args", "text"],
      ["resource", "name"],
    ]);
    expect(reads({ getTag: { left: value(1), right: value("k") } })).toEqual([]);
    expect(reads({ getTag: { left: value(1), right: "k" } })).toEqual([]);
    expect(reads({ ".": { left: { Record: {} }, attr: "a" } })).toEqual([]);
    expect(reads({ ".": { left: "none", attr: "a" } })).toEqual([]);
    expect(reads({ ".": { left: path("context"), attr: 1 } })).toEqual([["context"]]);
    expect(reads({ Var: 1 })).toEqual([]);
  });
});

describe("the words of a reason", () => {
  const grant = { owner: "", expires: NOW, uses: 3 };
  const granted = policy("g", { effect: "permit", grant });
  const bare = policy("n", { effect: "permit", grant: { owner: "", expires: null, uses: null } });
  const metas = [
    granted,
    bare,
    policy("may", { effect: "permit" }),
    policy("raise", { effect: "permit", decision: "log", reason: "" }),
    policy("no", { reason: "" }),
    policy("one", { decision: "require_approval", approvers: ["a", "b"] }),
    policy("two", { decision: "require_approval", approvers: ["a"], quorum: 2 }),
  ];
  const say = (parts: Partial<Reason>, facts = factsOf(), read: ReadPolicy | null = null) =>
    wordsOf(
      bundleOf(metas),
      facts,
      { code: "", outcome: "block", policy: null, effect: 0, member: null, text: "text", ...parts },
      read,
    );
  const of = (id: string) => say({ code: `policy.${id}`, policy: id });

  test("of policies", () => {
    expect(of("may")).toBe("may permits it: because of may");
    expect(of("raise")).toBe("raise permits it and raises it");
    expect(of("no")).toBe("no forbids it");
    expect(of("one")).toBe("one asks for the approval of one of a or b: because of one");
    expect(of("two")).toBe("two asks for the approval of 2 of a: because of two");
    expect(say({ code: "other", policy: "no" })).toBe("text");
    expect(say({ code: "other", policy: "gone" })).toBe("text");
    expect(say({ code: "default_deny" })).toBe("text");
  });
  test("of errors", () => {
    const failed = { state: "failed", text: "x", because: "y" } as ReadClause;
    const read = { clauses: [failed] } as unknown as ReadPolicy;
    expect(say({ code: "policy.error", policy: "no" }, factsOf(), read)).toBe(
      "no failed while it was evaluated at `x`: y; an error in a forbid blocks",
    );
    expect(say({ code: "policy.error", policy: "may" })).toBe(
      "may failed while it was evaluated; a permit that fails permits nothing",
    );
  });
  test("of grants", () => {
    const facts = factsOf({ grants: { n: { uses: 5, revoked: false } } });
    expect(say({ code: "grant.expired", policy: "g" })).toContain(`it ended at ${NOW}`);
    expect(say({ code: "grant.expired", policy: "n" })).toContain("an unknown time");
    expect(say({ code: "grant.spent", policy: "g" })).toContain("all 3 of its uses");
    expect(say({ code: "grant.spent", policy: "n" }, facts)).toContain("all 5 of its uses");
    expect(say({ code: "grant.spent", policy: "n" })).toContain("all 0 of its uses");
    expect(say({ code: "grant.revoked", policy: "g" })).toContain("it was revoked");
    expect(say({ code: "grant.other", policy: "g" })).toBe("text");
    expect(say({ code: "grant.expired" })).toBe("text");
  });
  test("of presented approvals", () => {
    const facts = factsOf({ handle: "approval-1", approvals: [approvalOf()] });
    const nobody = factsOf({ handle: "approval-1", approvals: [approvalOf({ votes: [] })] });
    expect(say({ code: "approval.expired" }, facts)).toContain("it ended at 2026-02-03T10");
    expect(say({ code: "approval.short" }, facts)).toContain('it has those of "dana"');
    expect(say({ code: "approval.short" }, nobody)).toContain("it has those of nobody");
    expect(say({ code: "approval.digest_mismatch" }, facts)).toContain("differs from this action");
    expect(say({ code: "approval.policy_changed" }, facts)).toContain("it answers hold");
    expect(say({ code: "approval.other" }, facts)).toBe("text");
    expect(say({ code: "approval.unknown" }, factsOf({ handle: "x" }))).toBe("text");
    expect(say({ code: "approval.unknown" })).toBe("text");
  });
  test("of whom it is about", () => {
    const maria = { type: "User", id: "maria" };
    expect(subjectOf(factsOf(), { effect: 0, member: maria })).toBe(
      'User::"maria" to delete Table::"customers"',
    );
    expect(subjectOf(factsOf(), { effect: null, member: null })).toBe(
      'Agent::"coder" to delete Table::"customers"',
    );
    expect(subjectOf(factsOf({ effects: [], chain: [] }), { effect: 3, member: null })).toBe(
      'Agent::"?"',
    );
  });
});

describe("the lines of an explanation", () => {
  const clause = (parts: Partial<ReadClause>): ReadClause => ({
    part: "when",
    text: "a > 1",
    line: 1,
    column: 1,
    state: "met",
    value: true,
    because: "2 > 1",
    join: null,
    parts: [],
    ...parts,
  });
  const read = (parts: Partial<ReadPolicy> = {}): ReadPolicy => ({
    policy: "p",
    effect: "permit",
    decision: "allow",
    mode: "enforce",
    reason: "",
    file: "p.cedar",
    line: 3,
    clauses: [],
    ...parts,
  });
  const reason = {
    code: "c",
    outcome: "block",
    policy: "p",
    effect: 0,
    member: null,
    words: "words",
    read: null,
  } as const;
  const change = { fact: "f", from: 1, to: 2, words: "two instead of one" };
  const flip = { flips: [], changes: 2, trials: 9, complete: true };
  const lines = (parts: Partial<Explanation>) =>
    explanationLines({
      version: 1,
      outcome: "block",
      bundle: "",
      headline: "headline",
      deciding: [],
      weaker: [],
      wouldHave: [],
      nearMisses: [],
      closest: [],
      flip,
      ...parts,
    });
  const LAST = ["", "The smallest change that would have changed the outcome"];
  const NONE = [...LAST, "  none found (9 decisions tried, up to 2 facts changed together)"];

  test("leave out what there is nothing of", () => {
    expect(lines({})).toEqual(["headline", ...NONE]);
    expect(lines({ flip: { ...flip, changes: 0 } }).at(-1)).toContain("not looked for");
    expect(lines({ flip: { ...flip, complete: false } }).at(-1)).toContain("a limit ended");
    const flips = [{ outcome: "allow", changes: [change, change] } as const];
    expect(lines({ flip: { ...flip, flips } }).at(-1)).toBe(
      "  two instead of one, and two instead of one: then allow",
    );
  });
  test("name reasons and their clauses", () => {
    const inner = [clause({ text: "x" }), clause({ text: "y", value: null, because: "" })];
    const clauses = [
      clause({}),
      clause({ state: "unmet", value: false, join: "or", parts: inner }),
      clause({ state: "failed", join: "and", parts: inner }),
      clause({ state: "unread", join: null, parts: inner }),
    ];
    const explained = [
      { ...reason, effect: null },
      { ...reason, read: read({ clauses }) },
    ];
    expect(lines({ deciding: explained, weaker: [reason], wouldHave: [reason] })).toEqual([
      "headline",
      "",
      "What decided",
      "  words (c)",
      "  words (c, effect 0)",
      "    p.cedar:3",
      "    ok    when a > 1: true, because 2 > 1",
      "    not   when a > 1: false",
      "            either x: true, because 2 > 1",
      "            or y: error",
      "    error when a > 1: true",
      "            both x: true, because 2 > 1",
      "            and y: error",
      "    -     when a > 1: true",
      "            both x: true, because 2 > 1",
      "             y: error",
      "",
      "Also applied, and was weaker",
      "  block: words (c)",
      "",
      "Applied without force (observe or warn)",
      "  block: words (c)",
      ...NONE,
    ]);
  });
  test("name of other policies what they lack", () => {
    const clauses = [clause({}), clause({ state: "unmet", value: false })];
    const forbid = read({ effect: "forbid", decision: "block", clauses });
    expect(lines({ nearMisses: [forbid], closest: [read({ clauses })] }).slice(1, -3)).toEqual([
      "",
      "The permits that came closest",
      "  p (permit, p.cedar:3) lacks",
      "    when a > 1: false, because 2 > 1",
      "",
      "All but one clause applied",
      "  p (forbid, block, p.cedar:3) lacks",
      "    when a > 1: false, because 2 > 1",
    ]);
  });
});
