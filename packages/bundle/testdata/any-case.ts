import * as core from "@bylaw/core";
import fc from "fast-check";
import type { DecisionCase } from "../src/cases.ts";
import type { Model } from "../src/model.ts";

const OPEN = ["current", "code-hosts", "export-targets", "coder", "assistants", "other"];
const amount = fc.constantFrom(0, 1, 11, 21, 101, 5001, 30_000_000, "unknown" as const);

/** Cases of any effects that the schema has a place for, in anything they can be in. */
export function anyCase(model: Model, policies: core.Bundle["policies"]): fc.Arbitrary<DecisionCase> {
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

  return fc.record({
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
      [...policies.values()]
        .filter(({ decision }) => decision === "require_approval")
        .map(({ id }) => id),
    )
    .map((policies) => [
      { policies, by: { maria: [], dana: ["dba", "ops", "admins"], mo: ["maintainers", "ops"] } },
    ]),
}) as unknown as fc.Arbitrary<DecisionCase>;
}
