import { describe, expect, test } from "vitest";
import { approvalOf, bundleOf, effect, factsOf, NOW, policy } from "../../testdata/decide.ts";
import type { Bundle, PolicyMeta } from "../bundle.ts";
import type { Decision } from "../decision.ts";
import { type Facts, UNKNOWN_AMOUNT } from "../facts.ts";
import { decide } from "./decide.ts";
import { claimedGrants } from "./grants.ts";
import { MAX_CHAIN, MAX_EFFECTS, MAX_ENDED_GRANTS, MAX_REASONS } from "./limits.ts";
import { DECIDE_CODES } from "./reasons.ts";

const permit = policy("permit", { effect: "permit" });
const hold = policy("hold", { decision: "require_approval", approvers: ['Group::"dba"'] });
const hard = policy("hard");

function codes({ reasons }: Decision): readonly string[] {
  return reasons.map(({ code }) => code);
}

describe("facts that cannot be decided", () => {
  const fine = bundleOf([permit]);
  const table = { type: "Table" as const, id: "t", parents: [], attrs: {} };
  const broken: Record<string, Partial<Facts>> = {
    "another version": { version: 2 as 1 },
    "a time with an offset": { now: "2026-02-03T09:00:00+01:00" },
    "no digest": { digest: "" },
    nobody: { chain: [] },
    "too long a chain": {
      chain: Array.from({ length: MAX_CHAIN + 1 }, (_, at) => ({
        type: "Agent" as const,
        id: `a${at}`,
        groups: [],
      })),
    },
    "the same member twice": {
      chain: [
        { type: "Agent", id: "coder", groups: [] },
        { type: "Agent", id: "coder", groups: [] },
      ],
    },
    "a person below the head": {
      chain: [
        { type: "Agent", id: "coder", groups: [] },
        { type: "User", id: "maria", groups: [] },
      ],
    },
    "a member without a name": { chain: [{ type: "Agent", id: "", groups: [] }] },
    "a principal of another type": { chain: [{ type: "Robot" as "Agent", id: "r", groups: [] }] },
    "no effects": { effects: [] },
    "too many effects": { effects: Array.from({ length: MAX_EFFECTS + 1 }, () => effect()) },
    "an unknown action": { effects: [effect({ action: "destroy" as "delete" })] },
    "a resource of unknown type": {
      effects: [effect({ resource: { ...table, type: "Row" as "Table" } })],
    },
    "no resource": { effects: [effect({ resource: undefined as never })] },
    "a resource without a name": { effects: [effect({ resource: { ...table, id: "" } })] },
    "a negative amount": { effects: [effect({ quantity: { atMost: -1, known: true } })] },
    "a fraction": { effects: [effect({ bytes: { atMost: 0.5, known: true } })] },
    "an amount that is not one": {
      effects: [effect({ cost: { atMost: Number.NaN, known: true } })],
    },
    "no tool": { tool: undefined as never },
    "a tool that is none": { tool: { ...table, type: "Table" } },
    "no session": { session: undefined as never },
  };
  test.each(Object.entries(broken))("%s", (_, parts) => {
    const decision = decide(fine, factsOf(parts));
    expect(decision.outcome).toBe("block");
    expect(codes(decision)).toEqual(["facts.invalid"]);
  });
  test("the largest amount is fine", () => {
    const facts = factsOf({ effects: [effect({ quantity: UNKNOWN_AMOUNT })] });
    expect(decide(fine, facts).outcome).toBe("allow");
  });
  test("a request that does not fit the schema", () => {
    const effects = [effect(), effect({ action: "read" })];
    const misfit: Bundle["misfit"] = ({ action }) => (action === "read" ? "context.source" : null);
    expect(decide({ ...fine, misfit }, factsOf({ effects }))).toEqual({
      version: 1,
      outcome: "block",
      reasons: [
        {
          code: "facts.invalid",
          outcome: "block",
          policy: null,
          effect: null,
          member: null,
          text: `${DECIDE_CODES["facts.invalid"]}: \`effects[1]: context.source\``,
        },
      ],
      requirements: [],
      obligations: [],
      claims: { approvals: [], grants: [] },
      wouldHave: [],
      bundle: "sha256:bundle",
    });
  });
  test("facts of another shape altogether", () => {
    const decision = decide(fine, factsOf({ effects: undefined as never }));
    expect(decision.reasons[0]?.text).toBe(`${DECIDE_CODES["facts.invalid"]}: \`facts\``);
  });
  test("a request that the engine cannot read", () => {
    const invalid = { code: "request.value", message: "no" } as const;
    const evaluate = () => ({ permits: [], forbids: [], errors: [], invalid });
    const decision = decide({ ...fine, engine: { evaluate } }, factsOf());
    expect(decision.outcome).toBe("block");
    expect(codes(decision)).toContain("facts.invalid");
  });
});

describe("an engine that fails", () => {
  test("throws", () => {
    const evaluate = () => {
      throw new RangeError("stack");
    };
    const decision = decide({ ...bundleOf([permit]), engine: { evaluate } }, factsOf());
    expect(decision.outcome).toBe("block");
    expect(codes(decision)).toEqual(["engine.error"]);
    expect(decision.reasons[0]?.text).toBe(DECIDE_CODES["engine.error"]);
  });
  test("names a policy that the bundle does not have", () => {
    for (const one of [permit, hold, hard]) {
      const decision = decide({ ...bundleOf([one]), policies: new Map() }, factsOf());
      expect(decision.outcome).toBe("block");
      expect(codes(decision)).toEqual(["engine.error"]);
    }
    const failing = bundleOf([hard], () => "error");
    expect(codes(decide({ ...failing, policies: new Map() }, factsOf()))).toEqual(["engine.error"]);
  });
});

describe("grading", () => {
  const grade = (policies: readonly PolicyMeta[], parts: Partial<Facts> = {}) =>
    decide(bundleOf(policies), factsOf(parts));

  test("nothing permits: default deny, for each member of the chain", () => {
    const decision = grade([]);
    expect(decision.outcome).toBe("block");
    expect(decision.reasons.map(({ code, member }) => [code, member?.id])).toEqual([
      ["default_deny", "maria"],
      ["default_deny", "coder"],
    ]);
    expect(decision.reasons.map(({ text }) => text)).toEqual([
      "no bylaw permits User `maria` to delete this Table",
      "no bylaw permits Agent `coder` to delete this Table",
    ]);
  });
  test("what blocks asks nobody, and what is held asks for each policy once, by id", () => {
    expect(grade([permit, hard, hold]).requirements).toEqual([]);
    const many = ["b", "c", "a"].map((id) => policy(id, { decision: "require_approval" }));
    const effects = [effect(), effect({ action: "read" })];
    const asked = grade([permit, hard, ...many], { effects }).requirements;
    expect(asked).toEqual([]);
    const held = grade([permit, ...many], { effects }).requirements;
    expect(held.map(({ policy: id }) => id)).toEqual(["a", "b", "c"]);
  });
  test("a member that is not permitted blocks the others, and is named", () => {
    const bundle = bundleOf([permit], (_, { principal }) =>
      principal.type === "User" ? "satisfied" : "silent",
    );
    const decision = decide(bundle, factsOf());
    expect(decision.outcome).toBe("block");
    expect(decision.reasons[0]).toMatchObject({
      code: "default_deny",
      member: { type: "Agent", id: "coder" },
      effect: 0,
    });
  });
  test("one effect that is not permitted blocks the others, and is named", () => {
    const bundle = bundleOf([permit], (_, { action }) =>
      action === "read" ? "satisfied" : "silent",
    );
    const effects = [effect({ action: "read" }), effect({ action: "delete" })];
    const decision = decide(bundle, factsOf({ effects }));
    expect(decision.outcome).toBe("block");
    expect(decision.reasons[0]).toMatchObject({ code: "default_deny", effect: 1 });
  });
  test("a permit allows, a log permit raises", () => {
    expect(grade([permit]).outcome).toBe("allow");
    expect(grade([permit, policy("raise", { effect: "permit", decision: "log" })]).outcome).toBe(
      "log",
    );
  });
  test("a hold needs its approval, and says whose", () => {
    const decision = grade([permit, hold]);
    expect(decision.outcome).toBe("require_approval");
    expect(decision.requirements).toEqual([
      {
        policy: "hold",
        digest: "sha256:hold",
        reason: "because of hold",
        approvers: ['Group::"dba"'],
        quorum: 1,
        ttlMs: 900_000,
      },
    ]);
    const approved = grade([permit, hold], { approvals: [approvalOf()] });
    expect(approved.outcome).toBe("allow");
    expect(approved.claims.approvals).toEqual(["approval-1"]);
  });
  test("what nobody may do cannot be approved into being", () => {
    const decision = grade([hold], { approvals: [approvalOf()] });
    expect(decision.outcome).toBe("block");
    expect(codes(decision)).toContain("default_deny");
    expect(decision.requirements).toEqual([]);
    expect(decision.claims).toEqual({ approvals: [], grants: [] });
  });
  test("a hard forbid stays beside an approved hold", () => {
    const decision = grade([permit, hold, hard], { approvals: [approvalOf()] });
    expect(decision.outcome).toBe("block");
    expect(decision.reasons[0]?.policy).toBe("hard");
    expect(decision.claims.approvals).toEqual([]);
  });
  test("a forbid that fails blocks, a permit that fails is raised and grants nothing", () => {
    const failing = (id: string) =>
      decide(
        bundleOf([permit, hard, policy("other", { effect: "permit" })], (meta) =>
          meta.id === id ? "error" : meta.id === "permit" ? "satisfied" : "silent",
        ),
        factsOf(),
      );
    expect(failing("hard").outcome).toBe("block");
    expect(failing("hard").reasons[0]).toMatchObject({ code: "policy.error", policy: "hard" });
    expect(failing("other").outcome).toBe("log");
    expect(failing("permit").outcome).toBe("block");
    expect(codes(failing("permit"))).toContain("default_deny");
  });
  test.each(["observe", "warn"] as const)("mode %s records and does not decide", (mode) => {
    const decision = grade([permit, { ...hard, mode }, { ...hold, mode }]);
    expect(decision.outcome).toBe("allow");
    expect(decision.wouldHave.map(({ policy, outcome }) => [policy, outcome])).toEqual([
      ["hard", "block"],
      ["hold", "require_approval"],
    ]);
  });
  test("a forbid that only observes does not block when it fails either", () => {
    const bundle = bundleOf([permit, { ...hard, mode: "observe" }], (meta) =>
      meta.id === "hard" ? "error" : "satisfied",
    );
    const decision = decide(bundle, factsOf());
    expect(decision.outcome).toBe("allow");
    expect(decision.wouldHave[0]).toMatchObject({ code: "policy.error", policy: "hard" });
  });
  test("obligations come from what determined the outcome", () => {
    const redact = { type: "redact" as const, value: "email" };
    const notify = { type: "notify" as const, value: "ops" };
    const policies = [
      { ...permit, obligations: [redact] },
      { ...hold, obligations: [notify] },
    ];
    expect(grade(policies).obligations).toEqual([{ ...notify, policy: "hold" }]);
    expect(grade(policies, { approvals: [approvalOf()] }).obligations).toEqual([
      { ...notify, policy: "hold" },
      { ...redact, policy: "permit" },
    ]);
  });
  test("reasons are bounded, strongest first", () => {
    const many = Array.from({ length: MAX_REASONS + 9 }, (_, at) =>
      policy(`f${String(at).padStart(3, "0")}`, { decision: "require_approval" }),
    );
    const decision = grade([permit, ...many, hard]);
    expect(decision.reasons).toHaveLength(MAX_REASONS);
    expect(decision.reasons[0]?.policy).toBe("hard");
  });
  test("a policy that holds for the whole chain is named once", () => {
    expect(grade([permit, hard]).reasons.map(({ policy }) => policy)).toEqual(["hard", "permit"]);
  });
});

describe("approvals", () => {
  const decideWith = (meta: PolicyMeta, parts: Partial<Facts>) =>
    decide(bundleOf([permit, meta]), factsOf(parts)).outcome;
  const two = { ...hold, quorum: 2 };
  const byOwner = { ...hold, approvers: ["on-behalf-of"] };
  const votes = (...users: string[]) => ({
    approvals: [approvalOf({ votes: users.map((user) => ({ user, groups: ["dba"] })) })],
  });

  test("of other actions, other texts and other policies do not count", () => {
    for (const parts of [
      { digest: "sha256:other" },
      { policies: [{ id: "hold", digest: "sha256:earlier" }] },
      { policies: [{ id: "other", digest: "sha256:hold" }] },
      { policies: [] },
      { expires: NOW },
      { expires: "9999" },
      { votes: [] },
      { votes: [{ user: "dana", groups: ["dbas"] }] },
    ])
      expect(decideWith(hold, { approvals: [approvalOf(parts)] })).toBe("require_approval");
  });
  test("count distinct people", () => {
    expect(decideWith(two, votes("dana", "dana"))).toBe("require_approval");
    expect(decideWith(two, votes("dana", "omar"))).toBe("allow");
  });
  test("do not add up", () => {
    const half = (id: string, user: string) =>
      approvalOf({ id, votes: [{ user, groups: ["dba"] }] });
    expect(decideWith(two, { approvals: [half("a", "dana"), half("b", "omar")] })).toBe(
      "require_approval",
    );
  });
  test("are not the requester's to give, nor an agent's of the chain", () => {
    expect(decideWith(hold, votes("maria"))).toBe("require_approval");
    expect(decideWith(hold, votes("coder"))).toBe("require_approval");
    const named = { ...hold, approvers: ['User::"maria"'] };
    expect(decideWith(named, votes("maria"))).toBe("require_approval");
  });
  test("on behalf of: the person at the head, for the own agent", () => {
    expect(decideWith(byOwner, votes("maria"))).toBe("allow");
    expect(decideWith(byOwner, votes("dana"))).toBe("require_approval");
    expect(decideWith(byOwner, votes("coder"))).toBe("require_approval");
    const alone: Facts["chain"] = [{ type: "User", id: "maria", groups: [] }];
    expect(decideWith(byOwner, { ...votes("maria"), chain: alone })).toBe("require_approval");
    const headless: Facts["chain"] = [{ type: "Agent", id: "maria", groups: [] }];
    expect(decideWith(byOwner, { ...votes("maria"), chain: headless })).toBe("require_approval");
  });
  test("names with quotes are compared as names", () => {
    const named = { ...hold, approvers: ['User::"o\\"neil"'] };
    expect(decideWith(named, votes('o"neil'))).toBe("allow");
  });
  test("two holds are two approvals", () => {
    const bundle = bundleOf([permit, hold, { ...byOwner, id: "own", digest: "sha256:own" }]);
    const first = approvalOf();
    const second = approvalOf({
      id: "approval-2",
      policies: [{ id: "own", digest: "sha256:own" }],
      votes: [{ user: "maria", groups: [] }],
    });
    const one = decide(bundle, factsOf({ approvals: [first] }));
    expect(one.requirements.map(({ policy }) => policy)).toEqual(["own"]);
    expect(one.claims.approvals).toEqual([]);
    const both = decide(bundle, factsOf({ approvals: [second, first] }));
    expect(both.outcome).toBe("allow");
    expect(both.claims.approvals).toEqual(["approval-1", "approval-2"]);
  });
});

describe("a presented approval", () => {
  const present = (parts: Parameters<typeof approvalOf>[0], policies = [permit, hold]) =>
    decide(bundleOf(policies), factsOf({ handle: "approval-1", approvals: [approvalOf(parts)] }));

  test("that fits lets the action through and is used up", () => {
    expect(present({}).outcome).toBe("allow");
    expect(present({}).claims.approvals).toEqual(["approval-1"]);
  });
  test("is used up even if nothing needs it any more", () => {
    const bundle = bundleOf([permit, hold], (meta) => (meta === hold ? "silent" : "satisfied"));
    const facts = factsOf({ handle: "approval-1", approvals: [approvalOf()] });
    expect(decide(bundle, facts).claims.approvals).toEqual(["approval-1"]);
  });
  test("is preferred to another that fits", () => {
    const approvals = [approvalOf({ id: "a" }), approvalOf()];
    const facts = factsOf({ handle: "approval-1", approvals });
    expect(decide(bundleOf([permit, hold]), facts).claims.approvals).toEqual(["approval-1"]);
  });
  test("and what else was needed are used up in the order of their ids", () => {
    const own = policy("own", { decision: "require_approval", approvers: ["on-behalf-of"] });
    const second = approvalOf({
      id: "approval-0",
      policies: [{ id: "own", digest: "sha256:own" }],
      votes: [{ user: "maria", groups: [] }],
    });
    const facts = factsOf({ handle: "approval-1", approvals: [approvalOf(), second] });
    const { claims } = decide(bundleOf([permit, hold, own]), facts);
    expect(claims.approvals).toEqual(["approval-0", "approval-1"]);
  });
  test("of others that fit, the first by id is used", () => {
    const [b, a] = [approvalOf({ id: "b" }), approvalOf({ id: "a" })];
    for (const approvals of [
      [a, b],
      [b, a],
    ]) {
      const decision = decide(bundleOf([permit, hold]), factsOf({ approvals }));
      expect(decision.claims.approvals).toEqual(["a"]);
    }
  });
  test("that does not fit is a block, even where nothing needs one", () => {
    const cases: [Parameters<typeof approvalOf>[0], string][] = [
      [{ id: "another" }, "approval.unknown"],
      [{ digest: "sha256:other" }, "approval.digest_mismatch"],
      [{ expires: NOW }, "approval.expired"],
      [{ policies: [{ id: "gone", digest: "sha256:gone" }] }, "approval.policy_changed"],
      [{ policies: [{ id: "hold", digest: "sha256:earlier" }] }, "approval.policy_changed"],
      [{ votes: [] }, "approval.short"],
    ];
    for (const [parts, code] of cases) {
      const decision = present(parts);
      expect([decision.outcome, codes(decision)[0]]).toEqual(["block", code]);
      expect(decision.claims.approvals).toEqual([]);
      const bundle = bundleOf([permit, hold], (meta) => (meta === hold ? "silent" : "satisfied"));
      const facts = factsOf({ handle: "approval-1", approvals: [approvalOf(parts)] });
      expect(decide(bundle, facts).outcome).toBe("block");
    }
  });
});

describe("grants", () => {
  const grant = (id: string, parts: Partial<NonNullable<PolicyMeta["grant"]>>): PolicyMeta =>
    policy(id, {
      effect: "permit",
      grant: { owner: 'User::"maria"', expires: null, uses: null, ...parts },
    });
  const user = policy("user", { effect: "permit" });
  /** The person is always permitted; the agent by grants only. */
  const decideWith = (grants: readonly PolicyMeta[], parts: Partial<Facts> = {}) =>
    decide(
      bundleOf([user, ...grants], (meta, { principal }) =>
        (meta === user) === (principal.type === "User") ? "satisfied" : "silent",
      ),
      factsOf(parts),
    );
  const state = (uses: number, revoked = false) => ({ g: { uses, revoked } });

  test("that are spent, revoked or ended permit nothing and say so", () => {
    const limited = grant("g", { uses: 2 });
    expect(decideWith([limited], { grants: state(1) }).outcome).toBe("allow");
    expect(codes(decideWith([limited], { grants: state(2) }))[0]).toBe("grant.spent");
    expect(codes(decideWith([limited], { grants: state(0, true) }))[0]).toBe("grant.revoked");
    expect(codes(decideWith([grant("g", { expires: NOW })]))[0]).toBe("grant.expired");
    expect(decideWith([grant("g", { expires: "2026-02-03T09:00:00.001Z" })]).outcome).toBe("allow");
  });
  test("a dead grant takes the place of default deny, with its policy and member", () => {
    const decision = decideWith([grant("g", { expires: NOW })]);
    expect(decision.outcome).toBe("block");
    expect(decision.reasons[0]).toMatchObject({ policy: "g", member: { id: "coder" } });
    expect(codes(decision)).not.toContain("default_deny");
  });
  test("several that ended are named by policy, the latest ones when there are too many", () => {
    const many = Array.from({ length: MAX_ENDED_GRANTS + 2 }, (_, at) =>
      grant(`g${at}`, { expires: `2026-01-01T00:00:${String(at).padStart(2, "0")}.000Z` }),
    );
    const named = decideWith(many).reasons.flatMap(({ policy }) => policy ?? []);
    expect(named).toHaveLength(MAX_ENDED_GRANTS + 1); // and the person's own permit
    expect(named).not.toContain("g0");
    expect(named).not.toContain("g1");
    const latest = Array.from({ length: MAX_ENDED_GRANTS }, (_, at) => `g${at + 2}`).sort();
    expect(decideWith([...many].reverse()).reasons.flatMap(({ policy: id }) => id ?? [])).toEqual([
      ...latest,
      "user",
    ]);
    const alike = [grant("b", { expires: NOW }), grant("a", { expires: NOW })];
    expect(decideWith(alike).reasons.map(({ policy }) => policy)).toEqual(["a", "b", "user"]);
  });
  test("of more than may be named that ended together, the first by id are", () => {
    const many = Array.from({ length: MAX_ENDED_GRANTS + 2 }, (_, at) =>
      grant(`g${String(at).padStart(2, "0")}`, { expires: NOW }),
    );
    const first = many.slice(0, MAX_ENDED_GRANTS).map(({ id }) => id);
    const shuffled = [...many.slice(20), ...many.slice(0, 20).reverse()];
    for (const given of [many, [...many].reverse(), shuffled])
      expect(decideWith(given).reasons.flatMap(({ policy: id }) => id ?? [])).toEqual([
        ...first,
        "user",
      ]);
  });
  test("a grant that ended permits nothing, even if the engine says that it holds", () => {
    const bundle = bundleOf([grant("g", { expires: NOW })]);
    const evaluate = () => ({ permits: ["g"], forbids: [], errors: [], invalid: null });
    const decision = decide({ ...bundle, engine: { evaluate } }, factsOf());
    expect(decision.outcome).toBe("block");
    expect(codes(decision)).toEqual(["grant.expired"]);
  });
  test("an ended grant is asked about the millisecond before its end", () => {
    const asked: unknown[] = [];
    const bundle = bundleOf([grant("g", { expires: NOW })], (_, { context }) => {
      asked.push((context as { now: unknown }).now);
      return "satisfied";
    });
    decide(bundle, factsOf());
    expect(asked).toContainEqual({
      __extn: { fn: "datetime", arg: "2026-02-03T08:59:59.999Z" },
    });
  });
  test("a grant that ended and would not have permitted it is no reason", () => {
    const bundle = bundleOf([grant("g", { expires: NOW })], () => "silent");
    expect(codes(decide(bundle, factsOf()))).toEqual(["default_deny", "default_deny"]);
  });
  test("a dead grant beside a live one changes nothing", () => {
    const decision = decideWith([grant("g", { uses: 1 }), grant("h", {})], { grants: state(1) });
    expect(decision.outcome).toBe("allow");
    expect(decision.claims.grants).toEqual([]);
  });
  test("an inherited property is not a state", () => {
    const named = grant("constructor", { uses: 1 });
    expect(decideWith([named]).outcome).toBe("allow");
  });
  test("limited ones are claimed where an effect rests on them alone, once per action", () => {
    const limited = grant("g", { uses: 5 });
    const effects = [effect(), effect({ action: "read" })];
    expect(decideWith([limited], { effects }).claims.grants).toEqual(["g"]);
    expect(decideWith([limited, grant("h", {})]).claims.grants).toEqual([]);
    const other = grant("f", { uses: 5 });
    for (const both of [
      [limited, other],
      [other, limited],
    ])
      expect(claimedGrants([both])).toEqual(["f"]);
    expect(claimedGrants([[limited], [other]])).toEqual(["f", "g"]);
    expect(claimedGrants([[limited], [other, limited]])).toEqual(["g"]);
    expect(claimedGrants([[]])).toEqual([]);
  });
  test("nothing is claimed by what does not go ahead", () => {
    const bundle = bundleOf([grant("g", { uses: 5 }), hold]);
    expect(decide(bundle, factsOf()).claims.grants).toEqual([]);
  });
});
