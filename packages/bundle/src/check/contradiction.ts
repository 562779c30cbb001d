import type { Model } from "../model.ts";
import { argumentOf, type Clause, operands, textOf } from "./clauses.ts";
import { membersOf, rangeOf } from "./covers.ts";
import { shapesOf } from "./feasible.ts";

/** Why the clauses can never all be true, or null where that is not proved. */
export function contradictionOf(clauses: readonly Clause[], model: Model): string | null {
  if (shapesOf(clauses, model).length === 0)
    return "no principal, action and resource of the schema fit it together";
  for (const [index, clause] of clauses.entries())
    for (const other of clauses.slice(index + 1)) {
      const why = between(clause, other);
      if (why !== null) return why;
    }
  return null;
}

function between(a: Clause, b: Clause): string | null {
  const [notA, notB] = [argumentOf(a), argumentOf(b)];
  if (
    (notA !== null && textOf(notA) === textOf(b)) ||
    (notB !== null && textOf(notB) === textOf(a))
  )
    return "it demands something and the opposite of it";
  const [rangeA, rangeB] = [rangeOf(a), rangeOf(b)];
  if (rangeA !== null && rangeB !== null && rangeA.of === rangeB.of) {
    const empty = rangeA.low > rangeB.high || rangeB.low > rangeA.high;
    return empty ? "no number fits both of its limits" : null;
  }
  const [valuesA, valuesB] = [valuesOf(a), valuesOf(b)];
  if (valuesA === null || valuesB === null || valuesA.of !== valuesB.of) return null;
  return valuesA.values.some((value) => valuesB.values.includes(value))
    ? null
    : "nothing equals both of what it is compared with";
}

/** The literals that an expression must equal one of: `x == A`, `[A, B].contains(x)`. */
function valuesOf(
  clause: Clause,
): { readonly of: string; readonly values: readonly string[] } | null {
  const equal = operands(clause, "==");
  if (equal !== null && equal.right["Value"] !== undefined)
    return { of: textOf(equal.left), values: [textOf(equal.right)] };
  const contains = operands(clause, "contains");
  const values = contains === null ? null : membersOf(contains.left);
  return contains === null || values === null ? null : { of: textOf(contains.right), values };
}
