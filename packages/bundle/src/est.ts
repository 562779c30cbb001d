import type { Json, JsonObject } from "@bylaw/core";
import { isArray, isObject } from "@bylaw/core";

/** A policy in Cedar's JSON form. Expressions are objects with one key, which names the operator. */
export interface Est {
  readonly effect: "permit" | "forbid";
  readonly principal: JsonObject;
  readonly action: JsonObject;
  readonly resource: JsonObject;
  readonly conditions: readonly { readonly kind: "when" | "unless"; readonly body: JsonObject }[];
  readonly annotations?: Readonly<Record<string, string | null>>;
}

/** Calls `see` with every operator and its operands in the conditions, outermost first. */
export function walk(est: Est, see: (operator: string, operands: Json) => void): void {
  const visit = (value: Json): void => {
    if (isArray(value)) for (const element of value) visit(element);
    if (!isObject(value)) return;
    for (const [key, operands] of Object.entries(value)) {
      see(key, operands);
      // Keys of a record literal are the author's own names, and one may be called `Value`.
      if (key === "Record" && isObject(operands)) Object.values(operands).forEach(visit);
      else if (key !== "Value") visit(operands);
    }
  };
  for (const { body } of est.conditions) visit(body);
}

/** Levels of the deepest condition. Iterative: the depth is what is in question. */
export function depthOf(est: Est): number {
  let level: Json[] = est.conditions.map(({ body }) => body);
  let depth = 0;
  for (; level.length > 0; depth += 1)
    level = level.flatMap((value) =>
      typeof value === "object" && value !== null ? Object.values<Json>(value) : [],
    );
  return depth;
}

export interface Literal {
  readonly type: string;
  readonly id: string;
}

/** An entity literal, in either of the two forms Cedar's JSON has for one. */
export function literalOf(value: Json | undefined): Literal | null {
  if (!isObject(value)) return null;
  if (isObject(value["__entity"])) return literalOf(value["__entity"]);
  const { type, id } = value;
  return typeof type === "string" && typeof id === "string" ? { type, id } : null;
}

/** Every entity literal of scope and conditions, actions included. */
export function literalsOf(est: Est): readonly Literal[] {
  const found: Literal[] = [];
  const collect = (value: Json): void => {
    const literal = literalOf(value);
    if (literal !== null) found.push(literal);
    else if (isArray(value)) value.forEach(collect);
    else if (isObject(value)) Object.values(value).forEach(collect);
  };
  collect([est.principal, est.action, est.resource]);
  for (const { body } of est.conditions) collect(body);
  return found;
}

/** The attribute path that an expression reads from a variable: `context.chain` is ["context", "chain"]. */
export function pathOf(expression: Json | undefined): readonly string[] | null {
  if (!isObject(expression)) return null;
  if (typeof expression["Var"] === "string") return [expression["Var"]];
  const access = expression["."];
  if (!isObject(access) || typeof access["attr"] !== "string") return null;
  const base = pathOf(access["left"]);
  return base === null ? null : [...base, access["attr"]];
}
