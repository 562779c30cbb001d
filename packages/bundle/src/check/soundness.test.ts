import { type Bundle, decide, type Evaluation } from "@bylaw/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type DecisionCase, factsOfCase } from "../cases.ts";
import { compileSet, type PolicySet, readPolicySet } from "../load.ts";
import { coversIn } from "./cover-index.ts";
import { covers } from "./covers.ts";
import { failingIn } from "./failing.ts";
import { RULES } from "./rules/index.ts";

/** Few words, so that policies cover one another and facts meet them often. */
const PRINCIPALS = [
  "principal",
  "principal is Agent",
  'principal == Agent::"a"',
  'principal in Group::"g"',
];
const ACTIONS = [
  "action",
  'action == Action::"delete"',
  'action in Action::"change"',
  'action in [Action::"delete", Action::"read"]',
];
const RESOURCES = [
  "resource",
  "resource is Table",
  'resource in Environment::"production"',
  'resource is Table in Environment::"production"',
];
const CONDITIONS = [
  "context.quantity.atMost > 10",
  "context.quantity.atMost >= 100",
  "20 > context.quantity.atMost",
  "context.reversible",
  "!context.reversible",
  "resource is Table",
  'resource in Environment::"production"',
  'resource in [Environment::"production", Environment::"test"]',
  'principal == Agent::"a"',
  'action == Action::"delete"',
  'context.findings.contains(Finding::"tool.changed")',
  'context.findings.containsAny([Finding::"tool.changed", Finding::"sandbox.bypass"])',
  'context.audience == Audience::"self"',
  '[Audience::"self", Audience::"team"].contains(context.audience)',
  "context.counts.deletes_1h * context.quantity.atMost > 10",
  "context.counts.deletes_1h * context.counts.calls_1m > 10",
  "context.counts.deletes_1h + context.quantity.atMost > 10",
  "context.counts.deletes_1h + context.counts.calls_1m * 2 > 10",
  'context.now.offset(duration("100000000d")) > context.now',
  "resource is File",
];

const condition: fc.Arbitrary<string> = fc.letrec<{ it: string }>((tie) => ({
  it: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(...CONDITIONS),
    fc.tuple(tie("it"), tie("it")).map(([a, b]) => `(${a} && ${b})`),
    fc.tuple(tie("it"), tie("it")).map(([a, b]) => `(${a} || ${b})`),
    tie("it").map((a) => `!(${a})`),
  ),
})).it;

const HEADS = ["permit", "permit", "forbid", "forbid", "forbid", "hold"];

const policy = fc.record({
  head: fc.constantFrom(...HEADS),
  scope: fc.tuple(
    fc.constantFrom(...PRINCIPALS),
    fc.constantFrom(...ACTIONS),
    fc.constantFrom(...RESOURCES),
  ),
  when: fc.array(condition, { maxLength: 2 }),
  unless: fc.array(condition, { maxLength: 1 }),
});

type Drawn = typeof policy extends fc.Arbitrary<infer T> ? T : never;

function textOf({ head, scope, when, unless }: Drawn, at: number): string {
  const hold = head === "hold" ? ' @decision("require_approval") @approvers("on-behalf-of")' : "";
  const effect = head === "permit" ? "permit" : "forbid";
  const conditions = [
    ...when.map((text) => `when { ${text} }`),
    ...unless.map((text) => `unless { ${text} }`),
  ];
  return `@id("p${at}")${hold} ${effect} (${scope.join(", ")}) ${conditions.join(" ")};`;
}

/** A set of random policies that loads: the validator refuses some contradictions itself. */
async function randomSet(seed: number): Promise<{ set: PolicySet; bundle: Bundle }> {
  let texts = fc.sample(policy, { numRuns: 90, seed }).map(textOf);
  for (;;) {
    const set = await readPolicySet({ sources: [{ file: "p", text: texts.join("\n") }] });
    if (set.ok) {
      const bundle = await compileSet(set.value);
      if (!bundle.ok) throw new Error("read, but does not compile");
      return { set: set.value, bundle: bundle.value };
    }
    const refused = new Set(set.error.map(({ line }) => line));
    texts = texts.filter((_, at) => !refused.has(at + 1));
  }
}

const HUGE = Number.MAX_SAFE_INTEGER;
const facts = fc.record({
  name: fc.constant("any"),
  expect: fc.constant("block" as const),
  because: fc.constant([]),
  do: fc.constantFrom(
    "delete Table::t",
    "read Table::t",
    "update File::f",
    "send Channel::c",
    "delete Object::o",
  ),
  in: fc.subarray(["Environment::production", "Environment::test"], { maxLength: 1 }),
  quantity: fc.constantFrom(1, 11, 15, 100, 5_000, "unknown" as const),
  reversible: fc.boolean(),
  audience: fc.constantFrom("self" as const, "team" as const, "public" as const),
  findings: fc.subarray(["tool.changed", "sandbox.bypass"]),
  chain: fc.constantFrom(["Agent::a"], ["Agent::b"], ["User::u", "Agent::a"]),
  groups: fc.constantFrom({ "Agent::a": ["g"] }, {}),
  counts: fc.record({
    deletes_1h: fc.constantFrom(0, 3, HUGE),
    calls_1m: fc.constantFrom(0, 7, HUGE),
  }),
});

/** The bundle as if it had these policies alone. */
function only(bundle: Bundle, ids: ReadonlySet<string>): Bundle {
  const evaluate: Bundle["engine"]["evaluate"] = (request) => {
    const full = bundle.engine.evaluate(request);
    return {
      ...full,
      permits: full.permits.filter((id) => ids.has(id)),
      forbids: full.forbids.filter((id) => ids.has(id)),
      errors: full.errors.filter((error) => ids.has(error.policy)),
    };
  };
  const policies = new Map([...bundle.policies].filter(([id]) => ids.has(id)));
  return { ...bundle, policies, engine: { evaluate } };
}

function hitsOf({ model, policies }: PolicySet, rule: string): ReadonlySet<string> {
  const subject = { model, policies, now: 0, directory: null, use: null };
  const hits = RULES.find(({ id }) => id === rule)?.detect(subject) ?? [];
  return new Set(hits.map((hit) => hit.policy.meta.id));
}

const [seed = 0] = fc.sample(fc.noBias(fc.nat()), 1);
const { set, bundle } = await randomSet(seed);

test(`what is proved of single policies and of pairs holds (seed ${seed})`, () => {
  const never = hitsOf(set, "never-applies");
  const safe = set.policies
    .filter(({ est }) => est.conditions.every(({ body }) => failingIn(body).length === 0))
    .map(({ meta }) => meta.id);
  const pairs = set.policies.flatMap((wide) =>
    set.policies
      .filter((narrow) => narrow !== wide && covers(wide.est, narrow.est, set.model))
      .map((narrow) => [wide.meta.id, narrow.meta.id] as const),
  );
  const tried = { matched: 0, failed: 0, narrow: 0 };
  const check = ({ permits, forbids, errors }: Evaluation): void => {
    const matching = new Set([...permits, ...forbids]);
    const failing = new Set(errors.map((error) => error.policy));
    tried.matched += matching.size;
    tried.failed += failing.size;
    expect([...never].filter((id) => matching.has(id))).toEqual([]);
    expect(safe.filter((id) => failing.has(id))).toEqual([]);
    const met = pairs.filter(([, narrow]) => matching.has(narrow) || failing.has(narrow));
    tried.narrow += met.length;
    expect(met.filter(([wide]) => !matching.has(wide))).toEqual([]);
  };
  const watched: Bundle = {
    ...bundle,
    engine: {
      evaluate: (request) => {
        const evaluation = bundle.engine.evaluate(request);
        check(evaluation);
        return evaluation;
      },
    },
  };
  fc.assert(
    fc.property(facts, (given) => {
      // A failing expectation inside the engine is an `engine.error` for `decide`.
      const decision = decide(watched, factsOfCase(bundle, given as unknown as DecisionCase));
      expect(decision.reasons.map(({ code }) => code)).not.toContain("engine.error");
    }),
    { numRuns: 1_000 },
  );
  // A property that never met its premise would say nothing.
  expect(safe.length).toBeGreaterThan(20);
  expect(tried.matched).toBeGreaterThan(1_000);
  expect(tried.failed).toBeGreaterThan(10);
  expect(tried.narrow).toBeGreaterThan(100);
}, 30_000);

test(`the index finds every pair that comparing all finds (seed ${seed})`, () => {
  const { policies, model } = set;
  const all = policies.flatMap((wide) =>
    policies
      .filter((narrow) => narrow !== wide && covers(wide.est, narrow.est, model))
      .map((narrow) => `${wide.meta.id} ${narrow.meta.id}`),
  );
  const indexed = [...coversIn(policies, policies, model)].flatMap(([narrow, wides]) =>
    wides.map((wide) => `${wide.meta.id} ${narrow.meta.id}`),
  );
  expect(all.length).toBeGreaterThan(20);
  expect(indexed.sort()).toEqual(all.sort());
});

// shows: C2.3
test(`no policy that is reported as shadowed ever decides alone (seed ${seed})`, () => {
  let reported = 0;
  let applied = 0;
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...set.policies], { minLength: 8, maxLength: 30 }),
      fc.array(facts, { minLength: 10, maxLength: 10 }),
      (policies, given) => {
        const few = { ...set, policies };
        const shadowed = new Set([
          ...hitsOf(few, "shadowed-forbid"),
          ...hitsOf(few, "unreachable-permit"),
        ]);
        reported += shadowed.size;
        const small = only(bundle, new Set(policies.map(({ meta }) => meta.id)));
        for (const one of given) {
          const decision = decide(small, factsOfCase(small, one as unknown as DecisionCase));
          const deciding = new Set(
            decision.reasons
              .filter(({ outcome }) => outcome === decision.outcome)
              .map((reason) => reason.policy),
          );
          const [first] = deciding;
          const alone = deciding.size === 1 && typeof first === "string" && shadowed.has(first);
          expect([first, alone]).toEqual([first, false]);
          applied += decision.reasons.filter(
            ({ policy: id }) => id !== null && shadowed.has(id),
          ).length;
        }
      },
    ),
    { numRuns: 100 },
  );
  expect(reported).toBeGreaterThan(50);
  expect(applied).toBeGreaterThan(20);
}, 30_000);
