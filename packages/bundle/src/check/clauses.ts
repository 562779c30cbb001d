import type { Json, JsonObject } from "@bylaw/core";
import { canonicalize, isArray, isObject } from "@bylaw/core";
import { type Est, type Literal, literalOf } from "../est.ts";

/** A boolean expression of Cedar's JSON form that must be true for the policy to match. */
export type Clause = JsonObject;

/**
 * A policy as the row of clauses that its evaluation goes through, scope first. All true: it matches.
 * The first that is false ends the evaluation, the first that fails is the policy's error; cutting a
 * condition at its `&&`, and an `unless` at its `||`, changes neither.
 */
export function clausesOf(est: Est): readonly Clause[] {
  return [
    ...scopeClauses("principal", est.principal),
    ...scopeClauses("action", est.action),
    ...scopeClauses("resource", est.resource),
    ...est.conditions.flatMap(({ kind, body }) =>
      kind === "when" ? conjuncts(body) : negated(body),
    ),
  ];
}

function scopeClauses(variable: string, constraint: JsonObject): readonly Clause[] {
  const left = { Var: variable };
  const entity = (value: Json | undefined): JsonObject => ({ Value: { __entity: value ?? null } });
  const { op, entity_type: type, in: inside } = constraint;
  if (op === "==") return [{ "==": { left, right: entity(constraint["entity"]) } }];
  if (op === "in" && isArray(constraint["entities"]))
    return [{ in: { left, right: { Set: constraint["entities"].map(entity) } } }];
  if (op === "in") return [{ in: { left, right: entity(constraint["entity"]) } }];
  if (op !== "is") return [];
  const is: Clause = { is: { left, entity_type: type ?? null } };
  return isObject(inside) ? [is, { in: { left, right: entity(inside["entity"]) } }] : [is];
}

function conjuncts(expression: JsonObject): readonly Clause[] {
  const and = operands(expression, "&&");
  if (and !== null) return [...conjuncts(and.left), ...conjuncts(and.right)];
  const not = argumentOf(expression);
  if (not !== null) return negated(not);
  const is = expression["is"];
  if (isObject(is) && isObject(is["in"])) {
    const { left = null, entity_type = null, in: inside } = is;
    return [{ is: { left, entity_type } }, { in: { left, right: inside } }];
  }
  return [expression];
}

function negated(expression: JsonObject): readonly Clause[] {
  const or = operands(expression, "||");
  if (or !== null) return [...negated(or.left), ...negated(or.right)];
  const not = argumentOf(expression);
  return not === null ? [{ "!": { arg: expression } }] : conjuncts(not);
}

/** Both sides of a binary operator, null for any other expression. */
export function operands(
  expression: JsonObject,
  operator: string,
): { readonly left: JsonObject; readonly right: JsonObject } | null {
  const sides = expression[operator];
  if (!isObject(sides)) return null;
  const { left, right } = sides;
  return isObject(left) && isObject(right) ? { left, right } : null;
}

/** What `!` negates, null for any other expression. */
export function argumentOf(expression: JsonObject): JsonObject | null {
  const not = expression["!"];
  return isObject(not) && isObject(not["arg"]) ? not["arg"] : null;
}

const texts = new WeakMap<JsonObject, string>();

/** Equal expressions have equal texts. Kept: every policy is compared with every other. */
export function textOf(expression: JsonObject): string {
  const known = texts.get(expression);
  if (known !== undefined) return known;
  const text = canonicalize(expression);
  texts.set(expression, text);
  return text;
}

/** The entities that an expression names, one or a set of them; null when it names them otherwise. */
export function entitiesOf(expression: JsonObject): readonly Literal[] | null {
  const set = expression["Set"];
  const members = isArray(set) ? set : [expression];
  const found = members.flatMap((member) =>
    isObject(member) ? (literalOf(member["Value"]) ?? []) : [],
  );
  return found.length === members.length ? found : null;
}

/** `principal`, `action` or `resource` where the expression is that variable. */
export function subjectOf(expression: JsonObject): "principal" | "action" | "resource" | null {
  const name = expression["Var"];
  return name === "principal" || name === "action" || name === "resource" ? name : null;
}
