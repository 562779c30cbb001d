import * as core from "@bylaw/core";
import { type Bundle, canonicalize, decide, type Json } from "@bylaw/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type DecisionCase, factsOfCase, namesOf } from "./cases.ts";
import { loadCedar } from "./cedar.ts";
import { renderError } from "./errors.ts";
import { loadBundle } from "./load.ts";
import { modelOf } from "./model.ts";
import { PACKS, readPack } from "./packs.ts";
import { NO_ADDITIONS, schemaText } from "./schema.ts";

const model = modelOf(await loadCedar(), schemaText(NO_ADDITIONS));

async function everything(engine: "compiled" | "oracle"): Promise<Bundle> {
  const loaded = await loadBundle({ sources: await Promise.all(PACKS.map(readPack)), engine });
  if (!loaded.ok) throw new Error(loaded.error.map(renderError).join("\n"));
  return loaded.value;
}

const compiled = await everything("compiled");
const oracle = await everything("oracle");

const OPEN = ["current", "code-hosts", "export-targets", "coder", "assistants", "other"];
const amount = fc.constantFrom(0, 1, 11, 21, 101, 5001, 30_000_000, "unknown" as const);

/** Any effect that the schema has a place for, in anything it can be in. */
const effect = fc
  .constantFrom(...core.ACTIONS)
  .chain((action) =>
    fc
      .constantFrom(...(model.actions.get(action)?.resources ?? []))
      .map((type) => ({ action, type })),
  )
  .chain(({ action, type }) => {
    const places = [...(model.entities.get(type)?.parents ?? [])].flatMap((parent) =>
      [...(model.entities.get(parent)?.ids ?? OPEN)].map((id) => `${parent}::${id}`),
    );
    const sink = model.entities.get(type)?.attributes.has("clears") === true;
    const clears = fc.subarray([...core.LABELS]);
    return fc.record({
      do: fc.constant(`${action} ${type}::it`),
      in: fc.subarray(places, { maxLength: Math.min(3, places.length) }),
      attrs: sink ? clears.map((labels) => ({ clears: labels })) : fc.constant({}),
      quantity: amount,
      bytes: amount,
      cost: amount,
      reversible: fc.boolean(),
      audience: fc.constantFrom(...core.AUDIENCES),
      labels: fc.subarray([...core.LABELS], { maxLength: 1 }),
      target: fc.subarray([...core.ORIGINS], { maxLength: 2 }),
      untrusted: fc.boolean(),
      findings: fc.subarray([...core.FINDINGS], { maxLength: 1 }),
      source: fc.constantFrom(...core.SOURCES),
    });
  });

const anyCase = fc.record({
  name: fc.constant("any"),
  expect: fc.constant("block" as const),
  because: fc.constant([]),
  effects: fc.array(effect, { minLength: 1, maxLength: 2 }),
  chain: fc.constantFrom(["User::maria", "Agent::coder"], ["Agent::coder", "Agent::coder/sub"]),
  groups: fc
    .subarray(["assistants", "analysts", "release-agents"])
    .map((groups) => ({ "Agent::coder": groups })),
  args: fc.boolean().map((complete) => ({ complete })),
  session: fc.record({ untrusted: fc.boolean(), depth: fc.integer({ min: 0, max: 4 }) }),
  task: fc.record({ declared: fc.boolean(), inScope: fc.boolean(), offline: fc.boolean() }),
  counts: fc.record({ deletes_1h: fc.integer({ min: 0, max: 11 }) }),
  approved: fc
    .subarray(
      [...compiled.policies.values()]
        .filter(({ decision }) => decision === "require_approval")
        .map(({ id }) => id),
    )
    .map((policies) => [
      { policies, by: { maria: [], dana: ["dba", "ops", "admins"], mo: ["maintainers", "ops"] } },
    ]),
});

test("both engines decide alike, whatever happens", () => {
  const outcomes = new Set<string>();
  const determining = new Set<string>();
  fc.assert(
    fc.property(anyCase, (given) => {
      const facts = factsOfCase(compiled, given as unknown as DecisionCase);
      const decision = decide(compiled, facts);
      const judged = decide(oracle, facts);
      expect(canonicalize(decision as unknown as Json)).toBe(
        canonicalize(judged as unknown as Json),
      );
      expect(namesOf(decision)).not.toContain("facts.invalid");
      outcomes.add(decision.outcome);
      for (const { policy } of decision.reasons) if (policy !== null) determining.add(policy);
    }),
    { numRuns: 150 },
  );
  expect(outcomes.size).toBeGreaterThan(1);
  expect(determining.size).toBeGreaterThan(25);
}, 30_000);
