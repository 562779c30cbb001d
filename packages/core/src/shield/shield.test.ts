import { describe, expect, test } from "vitest";
import { approvalOf, bundleOf, effect, factsOf, policy } from "../../testdata/decide.ts";
import { decide } from "../decide/decide.ts";
import type { Decision } from "../decision.ts";
import type { Effect, Facts, ShieldMatch } from "../facts.ts";
import { decisionBlock } from "./block.ts";
import {
  type Condition,
  type Directive,
  SHIELD_CATEGORIES,
  type ShieldCategory,
  type ShieldEntry,
} from "./entry.ts";
import { eligible } from "./judge.ts";
import { alignedScope, isPrompt, isToolCall, skillScope } from "./scopes.ts";
import { compileShield, conditionsOf, type ShieldSettings } from "./shield.ts";

const permit = policy("may", { effect: "permit" });
const hold = policy("hold", { decision: "require_approval" });

const TOOL: Condition = { kind: "tool.equals", value: "delete" };
const SERVER: Condition = { kind: "server.matches", value: "db" };
const one = (condition: Condition, verb: Directive["verb"] = "block"): Directive => ({
  verb,
  any: [[condition]],
});

function entryOf(parts: Partial<ShieldEntry> = {}): ShieldEntry {
  const id = parts.id ?? "t1";
  const directives = parts.directives ?? [one(TOOL)];
  return {
    id,
    fingerprint: "f1",
    category: "tool",
    severity: "high",
    confidence: 0.9,
    action: "block",
    title: id,
    recommendation: "",
    expires: null,
    revoked: false,
    written: directives.length,
    unparsed: [],
    indicators: [],
    digest: `sha256:${id}`,
    ...parts,
    directives,
  };
}

const SETTINGS: ShieldSettings = {
  conflict: "action",
  unparsed: "require_approval",
  approvers: ['Group::"dba"'],
  ttlMs: 60_000,
};

function found(condition: Condition, parts: Partial<ShieldMatch> = {}): ShieldMatch {
  return { ...condition, scope: "mcp", effect: 0, certain: true, ...parts };
}

const digest = (texts: readonly string[]): string => JSON.stringify(texts);

function decided(
  entries: readonly ShieldEntry[],
  matches: readonly ShieldMatch[],
  settings: Partial<ShieldSettings> = {},
  parts: Partial<Facts> = {},
): Decision {
  const shield = compileShield(entries, { ...SETTINGS, ...settings }, digest);
  const asked = { asked: shield.asked, complete: true, matches };
  return decide({ ...bundleOf([permit]), shield }, factsOf({ shield: asked, ...parts }));
}

const first = ({ reasons }: Decision) => reasons[0];
const told = (decision: Decision) => [decision.outcome, first(decision)?.code];

test("a bundle without entries asks nothing", () => {
  expect(decide(bundleOf([permit]), factsOf()).outcome).toBe("allow");
});

describe("what was looked for", () => {
  const bundle = { ...bundleOf([permit]), shield: compileShield([entryOf()], SETTINGS, digest) };
  test("has to be what the bundle asks about", () => {
    expect(told(decide(bundle, factsOf()))).toEqual(["block", "shield.not_asked"]);
    const other = { asked: "other", complete: true, matches: [] };
    expect(told(decide(bundle, factsOf({ shield: other })))).toEqual(["block", "shield.not_asked"]);
  });
  test("has to be all of it", () => {
    const shield = { asked: bundle.shield.asked, complete: false, matches: [] };
    expect(told(decide(bundle, factsOf({ shield })))).toEqual(["block", "shield.incomplete"]);
  });
  test("is each condition once, in the order of its key, and known by the entries that use it", () => {
    const both = entryOf({ id: "t2", directives: [one(TOOL), one(TOOL)], indicators: [SERVER] });
    const { conditions, byCondition, partial, asked } = compileShield(
      [entryOf(), both, entryOf({ id: "t3", unparsed: ["?"] })],
      SETTINGS,
      digest,
    );
    expect(conditions).toEqual([SERVER, TOOL]);
    expect(asked).toBe(digest(["server.matches db", "tool.equals delete"]));
    expect(byCondition.get("tool.equals delete")?.map(({ id }) => id)).toEqual(["t1", "t2", "t3"]);
    expect(byCondition.get("server.matches db")).toEqual([both]);
    expect(partial.map(({ id }) => id)).toEqual(["t3"]);
    expect(conditionsOf(both)).toEqual([TOOL, TOOL, SERVER]);
  });
});

describe("a match", () => {
  test("blocks with the format's own sentence, and obligations of nobody", () => {
    const decision = decided([entryOf()], [found(TOOL)]);
    expect(first(decision)).toEqual({
      code: "shield.match",
      outcome: "block",
      policy: "shield:t1",
      effect: 0,
      member: null,
      text: "Blocked. Threat matched: t1. Match: tool.name=delete.",
      threat: {
        id: "t1",
        fingerprint: "f1",
        scope: "mcp",
        matchedOn: "tool.name",
        value: "delete",
      },
    });
    expect(decision.obligations).toEqual([]);
  });
  test("of nothing is no reason at all", () => {
    expect(decided([entryOf()], []).reasons.map(({ code }) => code)).toEqual(["policy.may"]);
  });
  test("that no entry rests on changes nothing", () => {
    expect(decided([entryOf()], [found(SERVER)]).outcome).toBe("allow");
  });
  test("of an entry that only notes is logged", () => {
    const entry = entryOf({ action: "log", directives: [one(TOOL, "log")] });
    const decision = decided([entry], [found(TOOL)]);
    expect(decision.outcome).toBe("log");
    expect(first(decision)?.text).toBe("Logged. Threat matched: t1. Match: tool.name=delete.");
  });
  test("of an indicator decides by the entry's action", () => {
    const entry = entryOf({ directives: [], indicators: [TOOL, SERVER] });
    expect(told(decided([entry], [found(SERVER)]))).toEqual(["block", "shield.match"]);
  });
  test("of a revoked entry, or of one that has ended, is none", () => {
    expect(decided([entryOf({ revoked: true })], [found(TOOL)]).outcome).toBe("allow");
    const { now } = factsOf();
    expect(decided([entryOf({ expires: now })], [found(TOOL)]).outcome).toBe("allow");
    expect(eligible(entryOf({ expires: "2999-01-01T00:00:00.000Z" }), now)).toBe(true);
  });
  test("that nobody can be sure of asks, unless it would only have been noted", () => {
    const unsure = found(TOOL, { certain: false });
    const decision = decided([entryOf()], [unsure]);
    expect(told(decision)).toEqual(["require_approval", "shield.uncertain"]);
    expect(first(decision)?.text).toBe(
      "Threat t1 cannot be ruled out. Compared: tool.name=delete. Go ahead?",
    );
    const noted = entryOf({ action: "log", directives: [one(TOOL, "log")] });
    expect(told(decided([noted], [unsure]))).toEqual(["log", "shield.uncertain"]);
  });
  test("of several decides by the strongest, and of equals by what is certain", () => {
    const directives = [one(SERVER, "log"), one(TOOL, "require_approval")];
    const entry = entryOf({ directives });
    const asks = decided([entry], [found(SERVER), found(TOOL)]);
    expect(told(asks)).toEqual(["require_approval", "shield.match"]);
    const either = entryOf({
      directives: [{ verb: "log", any: [[SERVER], [TOOL]] }],
      action: "log",
    });
    const sure = decided([either], [found(SERVER, { certain: false }), found(TOOL)]);
    expect(first(sure)?.threat?.value).toBe("delete");
    const sureFirst = decided([either], [found(SERVER), found(TOOL, { certain: false })]);
    expect(first(sureFirst)?.threat?.value).toBe("db");
  });
  test("of several entries names them in the order of their ids", () => {
    const entries = [entryOf({ id: "b" }), entryOf({ id: "a" })];
    for (const given of [entries, [...entries].reverse()]) {
      const { reasons } = decided(given, [found(TOOL)]);
      expect(reasons.flatMap(({ threat }) => threat?.id ?? [])).toEqual(["a", "b"]);
    }
  });
});

describe("a conjunction", () => {
  const entry = entryOf({ directives: [{ verb: "block", any: [[TOOL, SERVER]] }] });
  test("needs all of its conditions", () => {
    expect(decided([entry], [found(TOOL)]).outcome).toBe("allow");
    expect(first(decided([entry], [found(TOOL), found(SERVER)]))?.threat?.value).toBe("delete");
  });
  test("is as sure as its least sure condition", () => {
    const decision = decided([entry], [found(TOOL), found(SERVER, { certain: false })]);
    expect(told(decision)).toEqual(["require_approval", "shield.uncertain"]);
    expect(first(decision)?.threat?.value).toBe("db");
  });
  test("of nothing is never met", () => {
    const empty = entryOf({ directives: [{ verb: "block", any: [[]] }], unparsed: ["?"] });
    expect(decided([empty], [], { unparsed: "ignore" }).outcome).toBe("allow");
  });
});

describe("where action and verb differ", () => {
  const lenient = entryOf({ action: "log", directives: [one(TOOL, "block")] });
  const strict = entryOf({ action: "block", directives: [one(TOOL, "log")] });
  test("the action counts for a single directive", () => {
    expect(decided([lenient], [found(TOOL)]).outcome).toBe("log");
    expect(decided([strict], [found(TOOL)]).outcome).toBe("block");
  });
  test("the verb counts where there are several", () => {
    expect(decided([{ ...lenient, written: 2 }], [found(TOOL)]).outcome).toBe("block");
    expect(decided([{ ...strict, written: 2 }], [found(TOOL)]).outcome).toBe("log");
  });
  test("the stricter one counts if the settings say so", () => {
    for (const entry of [lenient, strict])
      expect(decided([entry], [found(TOOL)], { conflict: "strictest" }).outcome).toBe("block");
  });
});

describe("confidence", () => {
  const doubtful = (parts: Partial<ShieldEntry>) =>
    decided([entryOf({ confidence: 0.849, ...parts })], [found(TOOL)]).outcome;
  test("from 0.85 on an entry is taken at its word", () => {
    expect(decided([entryOf({ confidence: 0.85 })], [found(TOOL)]).outcome).toBe("block");
  });
  test("below it a person is asked, whatever the action", () => {
    expect(doubtful({})).toBe("require_approval");
    expect(doubtful({ action: "log", directives: [one(TOOL, "log")] })).toBe("require_approval");
    expect(doubtful({ action: "log", severity: "critical" })).toBe("require_approval");
  });
  test("a critical block stays one", () => {
    expect(doubtful({ severity: "critical" })).toBe("block");
  });
});

describe("an approval", () => {
  const asks = entryOf({ action: "require_approval", directives: [one(TOOL, "require_approval")] });
  const approvals = [approvalOf({ policies: [{ id: "shield:t1", digest: "sha256:t1" }] })];
  test("of exactly the entry answers what it asks", () => {
    const held = decided([asks], [found(TOOL)]);
    expect(held.requirements).toEqual([
      {
        policy: "shield:t1",
        digest: "sha256:t1",
        reason: "Threat matched: t1. Match: tool.name=delete. Go ahead?",
        approvers: ['Group::"dba"'],
        quorum: 1,
        ttlMs: 60_000,
      },
    ]);
    const answered = decided([asks], [found(TOOL)], {}, { approvals });
    expect(answered.outcome).toBe("allow");
    expect(answered.claims.approvals).toEqual(["approval-1"]);
  });
  test("of an earlier text does not", () => {
    const stale = [approvalOf({ policies: [{ id: "shield:t1", digest: "sha256:old" }] })];
    expect(decided([asks], [found(TOOL)], {}, { approvals: stale }).outcome).toBe(
      "require_approval",
    );
  });
  test("does not answer a block", () => {
    expect(decided([entryOf()], [found(TOOL)], {}, { approvals }).outcome).toBe("block");
  });
  test("that is presented is looked up among the entries too", () => {
    const presented = { handle: "approval-1", approvals };
    expect(decided([asks], [found(TOOL)], {}, presented).outcome).toBe("allow");
    const gone = {
      ...presented,
      approvals: [approvalOf({ policies: [{ id: "shield:t9", digest: "" }] })],
    };
    expect(told(decided([asks], [], {}, gone))).toEqual(["block", "approval.policy_changed"]);
  });
  test("for a policy beside it leaves the entry's question open", () => {
    const shield = compileShield([asks], SETTINGS, digest);
    const matches = { asked: shield.asked, complete: true, matches: [found(TOOL)] };
    const facts = factsOf({ shield: matches });
    const both = decide({ ...bundleOf([permit, { ...hold, approvers: ["x"] }]), shield }, facts);
    expect(both.requirements.map(({ policy: id }) => id)).toEqual(["hold", "shield:t1"]);
  });
});

describe("a directive that nobody could read", () => {
  const partial = entryOf({ directives: [], written: 1, unparsed: ["BLOCK: the moon"] });
  test("asks where the category fits the action", () => {
    const decision = decided([partial], []);
    expect(told(decision)).toEqual(["require_approval", "shield.unparsed"]);
    expect(first(decision)?.text).toBe(
      "Threat t1 is about actions of this kind, and part of it could not be read. Go ahead?",
    );
    expect(first(decision)?.threat).toEqual({
      id: "t1",
      fingerprint: "f1",
      scope: "tool.call",
      matchedOn: null,
      value: null,
    });
  });
  test("does not where it does not fit, or where the settings say so", () => {
    expect(decided([{ ...partial, category: "anomaly" }], []).outcome).toBe("allow");
    expect(decided([partial], [], { unparsed: "ignore" }).outcome).toBe("allow");
  });
  test("is weaker than what was read and matched", () => {
    const asks = entryOf({ action: "require_approval", unparsed: ["?"], written: 1 });
    expect(told(decided([asks], [found(TOOL)]))).toEqual(["require_approval", "shield.match"]);
  });
});

describe("the report of a decision", () => {
  test("is made from the reason", () => {
    const decision = decided([entryOf()], [found(TOOL)]);
    const [reason] = decision.reasons;
    expect(reason && decisionBlock(reason)).toEqual([
      "DECISION",
      "action: block",
      "scope: mcp",
      "threat_id: t1",
      "fingerprint: f1",
      "matched_on: tool.name",
      "match_value: delete",
      "reason: Blocked. Threat matched: t1. Match: tool.name=delete.",
    ]);
  });
  test("says none where there is nothing to name", () => {
    const entry = entryOf({ fingerprint: null, directives: [], written: 1, unparsed: ["?"] });
    const [reason] = decided([entry], []).reasons;
    expect(reason && decisionBlock(reason)?.slice(4, 7)).toEqual([
      "fingerprint: none",
      "matched_on: none",
      "match_value: none",
    ]);
  });
  test("is made of SHIELD's own reasons alone", () => {
    const [reason] = decided([entryOf()], []).reasons;
    expect(reason && decisionBlock(reason)).toBeNull();
  });
});

describe("scopes", () => {
  const action = (parts: Partial<Facts["action"]>) => ({
    action: { ...factsOf().action, ...parts },
  });
  const on = (type: string, verb: string, parents: Effect["resource"]["parents"] = []): Effect =>
    effect({
      action: verb as "read",
      resource: { type: type as "Skill", id: "x", parents, attrs: {} },
    });
  const none = { gateway: "hook", operation: "event", target: null } as const;

  test("a prompt is text for a model", () => {
    const { effects } = factsOf();
    expect(isPrompt({ ...action(none), effects })).toBe(false);
    expect(isPrompt({ ...action({ ...none, gateway: "llm" }), effects })).toBe(true);
    for (const operation of ["prompts/get", "sampling/createMessage", "elicitation/create"])
      expect(isPrompt({ ...action({ ...none, operation }), effects })).toBe(true);
    expect(isPrompt({ ...action(none), effects: [on("Model", "send")] })).toBe(true);
  });

  test("a tool call names a tool, or a target beside MCP", () => {
    expect(isToolCall(action({ operation: "tools/call", target: null }))).toBe(true);
    expect(isToolCall(action({ operation: "resources/read", target: "x" }))).toBe(false);
    expect(isToolCall(action({ ...none, target: "x" }))).toBe(true);
    expect(isToolCall(action(none))).toBe(false);
  });

  test("a skill is brought in or run", () => {
    for (const verb of ["install", "create", "update", "publish"])
      expect(skillScope(on("Skill", verb))).toBe("skill.install");
    for (const verb of ["execute", "read", "connect", "spawn"])
      expect(skillScope(on("Skill", verb))).toBe("skill.execute");
    expect(skillScope(on("Skill", "delete"))).toBeNull();
    expect(skillScope(on("File", "read"))).toBeNull();
  });

  const instructions = [{ type: "Class", id: "instructions" }];
  const scopesOf = (facts: Facts) =>
    Object.fromEntries(
      SHIELD_CATEGORIES.flatMap((category): [ShieldCategory, string][] => {
        const scope = alignedScope(category, facts);
        return scope === null ? [] : [[category, scope]];
      }),
    );
  const tools = { tool: "tool.call", vulnerability: "tool.call", policy_bypass: "tool.call" };

  test("a category fits where its kind of action happens", () => {
    expect(scopesOf(factsOf())).toEqual({ ...tools, mcp: "mcp" });
    expect(scopesOf(factsOf(action(none)))).toEqual({});
    expect(scopesOf(factsOf(action({ ...none, gateway: "llm" })))).toEqual({
      prompt: "prompt",
      fraud: "prompt",
    });
    const skill = { ...action(none), effects: [effect(), on("Skill", "read")] };
    expect(scopesOf(factsOf(skill))).toEqual({
      skill: "skill.execute",
      supply_chain: "skill.execute",
    });
    for (const one of [
      on("File", "remember"),
      ...["create", "update", "delete", "configure"].map((verb) => on("File", verb, instructions)),
    ])
      expect(scopesOf(factsOf({ ...action(none), effects: [one] }))).toEqual({
        memory: "tool.call",
      });
    for (const one of [
      on("File", "read", instructions),
      on("File", "update", [{ type: "Class", id: "ci" }]),
      on("File", "update", [{ type: "Label", id: "instructions" }]),
    ])
      expect(scopesOf(factsOf({ ...action(none), effects: [one] }))).toEqual({});
  });
});
