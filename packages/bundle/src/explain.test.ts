import {
  type Bundle,
  type Change,
  canonicalize,
  decide,
  type Explanation,
  explain,
  explanationLines,
  type Facts,
  type Json,
  OUTCOMES,
  type ReadClause,
  type ReadPolicy,
} from "@bylaw/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyCase } from "../testdata/any-case.ts";
import { type DecisionCase, factsOfCase } from "./cases.ts";
import { loadCedar } from "./cedar.ts";
import { renderError } from "./errors.ts";
import { loadBundle } from "./load.ts";
import { modelOf } from "./model.ts";
import { PACKS, readPack } from "./packs.ts";
import { NO_ADDITIONS, schemaText } from "./schema.ts";
import { splitPolicies } from "./split.ts";

async function bundleOf(text: string): Promise<Bundle> {
  const loaded = await loadBundle({ sources: [{ file: "p.cedar", text }] });
  if (!loaded.ok) throw new Error(loaded.error.map(renderError).join("\n"));
  return loaded.value;
}

function explained(bundle: Bundle, given: object): Explanation {
  return explain(bundle, factsOf(bundle, given));
}

function factsOf(bundle: Bundle, given: object): Facts {
  return factsOfCase(bundle, { name: "", expect: "block", because: [], ...given } as DecisionCase);
}

function clausesOf(read: ReadPolicy | null | undefined): readonly string[] {
  return (read?.clauses ?? []).map(
    ({ part, text, value, because }) => `${part} ${text}: ${value}, because ${because}`,
  );
}

const PERMIT = '@id("may") permit (principal, action, resource);\n';
const HOLD = `@id("hold") @decision("require_approval") @approvers("Group::\\"dba\\"") @quorum("2")
@reason("owners look first")
forbid (principal is Agent, action == Action::"delete", resource in Environment::"production");\n`;

describe("why an action was refused", () => {
  it("names the clauses of the policy with the values that they read", async () => {
    const bundle = await bundleOf(`${PERMIT}@id("bulk") @reason("too many")
forbid (principal is Agent, action == Action::"delete", resource in Environment::"production")
when { context.quantity.atMost > 100 } unless { context.task.declared };`);
    const { deciding, headline, weaker } = explained(bundle, {
      do: "delete Table::customers",
      in: ["Environment::production", "Database::crm"],
      quantity: 1200,
    });
    expect(headline).toBe(
      'Refused: Agent::"coder" to delete Table::"customers", because bulk forbids it: too many',
    );
    expect(clausesOf(deciding[0]?.read)).toEqual([
      'principal principal is Agent: true, because Agent::"coder" is of type Agent',
      'action action == Action::"delete": true, because action is Action::"delete"',
      'resource resource in Environment::"production": true, because Table::"customers" is in Database::"crm", Environment::"production"',
      "when context.quantity.atMost > 100: true, because 1200 > 100",
      "unless context.task.declared: false, because context.task.declared is false",
    ]);
    expect(weaker.map(({ policy }) => policy)).toEqual(["may"]);
  });

  it("says that an unknown amount is the largest", async () => {
    const bundle = await bundleOf(
      `${PERMIT}@id("bulk") forbid (principal, action, resource) when { context.bytes.atMost > 9 };`,
    );
    const { deciding } = explained(bundle, { do: "read Table::t", bytes: "unknown" });
    expect(clausesOf(deciding[0]?.read)).toEqual([
      "when context.bytes.atMost > 9: true, because unknown, so the largest amount > 9",
    ]);
  });

  it("names the permits that came closest where none permits", async () => {
    const bundle = await bundleOf(`
@id("far") permit (principal is User, action, resource is File) when { context.task.declared };
@id("near") permit (principal, action == Action::"read", resource) when { context.quantity.atMost < 5 };`);
    const { closest, deciding } = explained(bundle, {
      do: "read Table::t",
      quantity: 7,
      chain: ["Agent::coder"],
    });
    expect(deciding.map(({ code }) => code)).toEqual(["default_deny"]);
    expect(closest.map(({ policy }) => policy)).toEqual(["near", "far"]);
    expect(
      closest[0]?.clauses.filter(({ state }) => state === "unmet").map(({ because }) => because),
    ).toEqual(["7 < 5"]);
  });

  it("stops where the engine stops: behind a guard that does not hold nothing fails", async () => {
    const bundle = await bundleOf(`${PERMIT}@id("age")
forbid (principal, action == Action::"install", resource is Package)
when { context.args.number.hasTag("age") && context.args.number.getTag("age") > 3 };`);
    const { nearMisses, deciding } = explained(bundle, { do: "install Package::p" });
    expect(deciding.map(({ policy }) => policy)).toEqual(["may"]);
    expect(nearMisses).toEqual([]);
  });

  it("names the clause that failed", async () => {
    const bundle = await bundleOf(`${PERMIT}@id("sum")
forbid (principal, action, resource) when { context.counts.calls_1m + 9007199254740991 > 9 && context.counts.spend_1d * 4611686018427387 > 1 };`);
    const { deciding } = explained(bundle, {
      do: "read Table::t",
      counts: { spend_1d: 9_000_000_000_000_000 },
    });
    expect(deciding[0]?.code).toBe("policy.error");
    expect(deciding[0]?.words).toContain(
      "sum failed while it was evaluated at `context.counts.spend_1d * 4611686018427387 > 1`",
    );
  });

  it.each([
    [
      "grant.expired",
      { now: "2026-03-01T00:00:00.000Z" },
      "it ended at 2026-02-04T00:00:00.000Z",
      "the time 2026-02-03T23:59:59.999Z",
    ],
    [
      "grant.spent",
      { grants: { g: { uses: 2, revoked: false } } },
      "all 2 of its uses",
      "one use left",
    ],
    [
      "grant.revoked",
      { grants: { g: { uses: 0, revoked: true } } },
      "it was revoked",
      "the grant g not revoked",
    ],
  ])(
    "says of %s what ended the grant, and what would undo it",
    async (code, given, words, change) => {
      const bundle =
        await bundleOf(`@id("g") @grant @owner("User::\\"maria\\"") @expires("2026-02-04T00:00:00Z") @uses("2")
permit (principal, action, resource) when { context.now < datetime("2026-02-04T00:00:00Z") };`);
      const { deciding, flip } = explained(bundle, {
        do: "read Table::t",
        chain: ["Agent::coder"],
        ...given,
      });
      expect(deciding.map((reason) => reason.code)).toEqual([code]);
      expect(deciding[0]?.words).toContain(words);
      expect(flip.flips[0]?.outcome).toBe("allow");
      expect(flip.flips[0]?.changes[0]?.words).toContain(change);
    },
  );

  it.each([
    ["approval.unknown", {}, "does not exist"],
    [
      "approval.expired",
      {
        approved: [
          {
            id: "a",
            policies: ["hold"],
            by: { dana: ["dba"], omar: ["dba"] },
            expires: "2026-02-03T08:00:00.000Z",
          },
        ],
      },
      "it ended at 2026-02-03T08:00:00.000Z",
    ],
    [
      "approval.short",
      { approved: [{ id: "a", policies: ["hold"], by: { dana: ["dba"] } }] },
      'those of "dana"',
    ],
    [
      "approval.digest_mismatch",
      { approved: [{ id: "a", policies: ["hold"], by: { dana: ["dba"] }, elsewhere: true }] },
      "differs from this action",
    ],
    [
      "approval.policy_changed",
      { approved: [{ id: "a", policies: ["hold"], by: { dana: ["dba"] }, stale: true }] },
      "it answers hold",
    ],
  ])("says of %s what is wrong with the approval", async (code, given, words) => {
    const bundle = await bundleOf(PERMIT + HOLD);
    const { deciding } = explained(bundle, {
      do: "delete Table::t",
      in: ["Environment::production"],
      handle: "a",
      ...given,
    });
    expect(deciding[0]?.code).toBe(code);
    expect(deciding[0]?.words).toContain(words);
  });

  it("does not look for a change of facts that cannot be read", async () => {
    const { deciding, flip } = explained(await bundleOf(PERMIT), {
      do: "read Table::t",
      in: ["Environment::moon"],
    });
    expect(deciding[0]?.code).toBe("facts.invalid");
    expect(flip).toEqual({ flips: [], changes: 0, trials: 0, complete: false });
  });
});

describe("the smallest change", () => {
  it("is an approval by as many as the policy asks for", async () => {
    const { flip } = explained(await bundleOf(PERMIT + HOLD), {
      do: "delete Table::t",
      in: ["Environment::production"],
    });
    expect(flip.flips.map(({ outcome, changes }) => [outcome, changes[0]?.words])).toEqual([
      ["allow", 'the approval of 2 of Group::"dba" (hold)'],
      ["allow", "the environment staging instead of production"],
    ]);
  });

  it("is one change in every effect that the policy decides", async () => {
    const inProduction = (id: string) => ({
      do: `delete Table::${id}`,
      in: ["Environment::production"],
    });
    const { flip } = explained(
      await bundleOf(
        `${PERMIT}@id("no") forbid (principal, action, resource in Environment::"production");`,
      ),
      { effects: [inProduction("a"), inProduction("b"), inProduction("c")] },
    );
    expect(flip.flips[0]?.changes.map(({ fact }) => fact)).toEqual([
      "effects[0,1,2].resource.parents Environment",
    ]);
  });

  it("takes two where one is not enough", async () => {
    const { flip } = explained(
      await bundleOf(`${PERMIT}@id("n") forbid (principal, action, resource) when { context.quantity.atMost > 10 };
@id("t") forbid (principal, action, resource) when { context.origin.untrusted };`),
      { do: "read Table::t", quantity: 1200, untrusted: true },
    );
    expect(flip.changes).toBe(2);
    expect(flip.flips[0]?.changes.map(({ words }) => words).sort()).toEqual([
      "content from outside in the action false instead of true",
      "quantity 10 instead of 1200",
    ]);
  });

  it("is said to be missing where there is none on the list", async () => {
    const bundle = await bundleOf(
      `${PERMIT}@id("never") forbid (principal, action, resource) when { context.session.id != "x" };`,
    );
    const explanation = explained(bundle, { do: "read Table::t" });
    expect(explanation.flip.flips).toEqual([]);
    expect(explanationLines(explanation).at(-1)).toMatch(/^ {2}none found \(\d+ decisions tried/);
  });

  it("never is a text: names, paths and arguments in words stay as they are", async () => {
    const bundle = await bundleOf(`${PERMIT}@id("text")
forbid (principal, action, resource is File)
when { resource.name == "secrets" || resource.path like "/etc/*" || (context.args.text.hasTag("env") && context.args.text.getTag("env") == "prod") };`);
    const { flip, outcome } = explained(bundle, {
      do: "read File::/etc/secrets",
      args: { text: { env: "prod" } },
    });
    expect(outcome).toBe("block");
    expect(flip.flips).toEqual([]);
  });

  it("of what went ahead is one that would have stopped it", async () => {
    const bundle = await bundleOf(
      `${PERMIT}@id("many") forbid (principal, action, resource) when { context.counts.deletes_1h > 9 };`,
    );
    const { flip } = explained(bundle, { do: "read Table::t" });
    expect(flip.flips.map(({ outcome, changes }) => [outcome, changes[0]?.words])).toEqual([
      ["block", "a count `deletes_1h` of 10 instead of 0"],
    ]);
  });
});

describe("over random facts and policy sets", async () => {
  const packs = await Promise.all(PACKS.map(readPack));
  const model = modelOf(await loadCedar(), schemaText(NO_ADDITIONS));
  const statements = packs.flatMap((pack) => splitPolicies(pack).map(({ text }) => text));
  const everything = await bundleOf(statements.join("\n"));
  const subsets = await Promise.all(
    fc
      .sample(fc.subarray(statements, { minLength: 3 }), { numRuns: 6, seed: 20_260_203 })
      .map((texts) => bundleOf(texts.join("\n"))),
  );
  const bundles = [everything, ...subsets];
  const asked = fc
    .constantFrom(...bundles)
    .chain((bundle) =>
      anyCase(model, bundle.policies).map((given) => ({ bundle, facts: factsOf(bundle, given) })),
    );

  it("clauses agree with the engine, and flips really flip", () => {
    const seen = new Map<string, number>();
    const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
    fc.assert(
      fc.property(asked, ({ bundle, facts }) => {
        const decision = decide(bundle, facts);
        const explanation = explain(bundle, facts);
        expect(explanation.outcome).toBe(decision.outcome);
        count(decision.outcome);
        const reasons = [...explanation.deciding, ...explanation.weaker, ...explanation.wouldHave];
        expect(reasons).toHaveLength(decision.reasons.length + decision.wouldHave.length);
        // A policy that the engine found satisfied has every clause met, and says how.
        for (const { read, policy } of reasons) {
          if (policy === null) continue;
          count("satisfied");
          expect(
            read?.clauses.map(({ state }) => state).filter((state) => state !== "met"),
          ).toEqual([]);
          for (const clause of read?.clauses ?? []) expect(partsAgree(clause)).toBe(true);
        }
        // One that is said to lack something is not among the satisfied ones of every member.
        for (const { clauses } of explanation.nearMisses)
          expect(clauses.filter(({ state }) => state !== "met")).toHaveLength(1);
        for (const flip of explanation.flip.flips) {
          count("flip");
          const refused = OUTCOMES.indexOf(decision.outcome) < OUTCOMES.indexOf("log");
          const difference = OUTCOMES.indexOf(flip.outcome) - OUTCOMES.indexOf(decision.outcome);
          expect(refused ? difference > 0 : difference < 0).toBe(true);
          expect(flip.changes.length).toBe(explanation.flip.changes);
          const changed = flip.changes.reduce(applied, facts);
          expect(decide(bundle, changed).outcome).toBe(flip.outcome);
        }
        expect(canonicalize(explain(bundle, structuredClone(facts)) as unknown as Json)).toBe(
          canonicalize(explanation as unknown as Json),
        );
      }),
      { numRuns: 80 },
    );
    expect(seen.get("satisfied")).toBeGreaterThan(20);
    expect(seen.get("flip")).toBeGreaterThan(0);
  }, 60_000);
});

/** What a row came to follows from its parts. */
function partsAgree({ join, parts, value }: ReadClause): boolean {
  if (join === null) return true;
  const values = parts.map((part) => part.value);
  const row = join === "and" ? values.every((one) => one === true) : values.includes(true);
  return row === value && parts.every(partsAgree);
}

/** Facts with a change as it is written down, made here a second time. */
function applied(facts: Facts, { fact, to }: Change): Facts {
  if (fact === "approvals")
    return { ...facts, approvals: [...facts.approvals, to as unknown as Facts["approvals"][0]] };
  const [, path = "", place] = /^(\S+)(?: (.*))?$/.exec(fact) ?? [];
  const [, effects = "", inner = ""] = /^effects\[([\d,]+)\]\.(.*)$/.exec(path) ?? [];
  const paths = effects === "" ? [path] : effects.split(",").map((at) => `effects.${at}.${inner}`);
  const copy = structuredClone(facts);
  for (const each of paths) {
    const steps = each.split(/[.[\]]+/);
    const last = steps.pop() ?? "";
    const holder = steps.reduce((of, step) => of[step] as Mutable, copy as unknown as Mutable);
    holder[last] = place === undefined ? to : relocated(holder[last] as Json[], place, to);
  }
  return copy;
}

type Mutable = Record<string, unknown>;

/** A list of parents or groups with one of them in or out, or in another environment. */
function relocated(list: readonly Json[], place: string, to: Json): readonly Json[] {
  if (place === "Environment") {
    const others = list.filter((ref) => (ref as Mutable)["type"] !== "Environment");
    return [...others, ...(to as string[]).map((id) => ({ type: "Environment", id }))];
  }
  const [type, id] = place.split("::");
  const item: Json =
    id === undefined ? JSON.parse(place) : { type: type ?? "", id: JSON.parse(id) };
  const others = list.filter((one) => JSON.stringify(one) !== JSON.stringify(item));
  return to === true ? [...others, item] : others;
}
