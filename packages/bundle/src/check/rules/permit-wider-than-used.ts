import type { Policy } from "../../load.ts";
import type { Model } from "../../model.ts";
import { clausesOf, entitiesOf, operands } from "../clauses.ts";
import { shapesOf } from "../feasible.ts";
import { periodOf } from "../period.ts";
import { narrower, type Unused } from "../proposal.ts";
import type { Hit, Rule } from "../rule.ts";
import type { PermitUse } from "../use.ts";

/** A permit that allows kinds of actions which the log shows nobody ever took. */
export const permitWiderThanUsed: Rule = {
  id: "permit-wider-than-used",
  severity: "note",
  title: "the permit allows more than the log shows anybody use",
  help: "narrow the permit to what is used; the proposal covers every use in the log",
  needs: "log",
  detect: ({ policies, use, model }) =>
    policies.flatMap((policy): readonly Hit[] => {
      const used = use?.permits.get(policy.meta.id);
      if (policy.meta.effect !== "permit" || used === undefined) return [];
      const unused = unusedOf(policy, used, model);
      const never = [
        ...said("the actions", unused.actions),
        ...said("the types", unused.types),
        ...said("the environments", unused.environments),
      ];
      if (never.length === 0) return [];
      const by =
        used.principals.size === 1 ? "one principal" : `${used.principals.size} principals`;
      const message = `\`${policy.meta.id}\` was used by ${by} in ${periodOf(used)}, and never for ${never.join("; ")}`;
      return [{ policy, message, proposal: narrower(policy, used, unused) }];
    }),
};

function said(kind: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${kind} ${names.join(", ")}`];
}

function unusedOf(policy: Policy, used: PermitUse, model: Model): Unused {
  const shapes = shapesOf(clausesOf(policy.est), model);
  const without = (all: readonly string[], seen: ReadonlySet<string>): readonly string[] =>
    [...new Set(all)].filter((one) => !seen.has(one)).sort();
  const places = used.environments ?? new Set<string>();
  return {
    actions: without(
      shapes.map(({ action }) => action),
      used.actions,
    ),
    types: without(
      shapes.map(({ resource }) => resource),
      used.resourceTypes,
    ),
    environments: places.size === 0 ? [] : without(environmentsOf(policy, shapes, model), places),
  };
}

/** Environments that the permit's resources can be in; a clause that names some leaves only those. */
function environmentsOf(
  { est }: Policy,
  shapes: ReturnType<typeof shapesOf>,
  model: Model,
): readonly string[] {
  for (const clause of clausesOf(est)) {
    const inside = operands(clause, "in");
    if (inside === null || inside.left["Var"] !== "resource") continue;
    const named = entitiesOf(inside.right)?.filter(({ type }) => type === "Environment") ?? [];
    if (named.length > 0) return named.map(({ id }) => id);
  }
  const possible = shapes.some(({ resource }) =>
    model.entities.get(resource)?.parents.has("Environment"),
  );
  return possible ? [...(model.entities.get("Environment")?.ids ?? [])] : [];
}
