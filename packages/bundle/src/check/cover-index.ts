import type { Policy } from "../load.ts";
import type { Model } from "../model.ts";
import { type Clause, clausesOf, entitiesOf, operands, subjectOf } from "./clauses.ts";
import { covers } from "./covers.ts";

/**
 * For each of `narrows` those of `wides` that cover it, in their order. A policy that names a place
 * can cover only policies that name it too, so thousands of policies need not all be compared.
 */
export function coversIn(
  wides: readonly Policy[],
  narrows: readonly Policy[],
  model: Model,
): ReadonlyMap<Policy, readonly Policy[]> {
  const byPlace = new Map<string, Policy[]>();
  for (const narrow of narrows)
    for (const place of new Set(
      clausesOf(narrow.est).flatMap((clause) => placesOf(clause) ?? []),
    )) {
      const there = byPlace.get(place) ?? [];
      byPlace.set(place, there);
      there.push(narrow);
    }
  const found = new Map<Policy, Policy[]>();
  for (const wide of wides) {
    const [places] = clausesOf(wide.est).flatMap((clause) => {
      const named = placesOf(clause);
      return named === null ? [] : [named];
    });
    const candidates =
      places === undefined ? narrows : places.flatMap((one) => byPlace.get(one) ?? []);
    for (const narrow of new Set(candidates))
      if (narrow !== wide && covers(wide.est, narrow.est, model))
        found.set(narrow, [...(found.get(narrow) ?? []), wide]);
  }
  return found;
}

/** The entities of `principal in ..`, `resource == ..` and the like; actions are the schema's matter. */
function placesOf(clause: Clause): readonly string[] | null {
  const sides = operands(clause, "in") ?? operands(clause, "==");
  const subject = sides === null ? null : subjectOf(sides.left);
  if (sides === null || subject === null || subject === "action") return null;
  const named = entitiesOf(sides.right);
  return named?.map(({ type, id }) => `${subject} ${type}::${id}`) ?? null;
}
