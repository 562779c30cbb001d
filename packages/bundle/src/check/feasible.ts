import { isObject } from "@bylaw/core";
import type { Literal } from "../est.ts";
import type { Model } from "../model.ts";
import { argumentOf, type Clause, entitiesOf, operands, subjectOf } from "./clauses.ts";
import { failingIn } from "./failing.ts";

/** One kind of request that the schema allows. */
export interface Shape {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
}

/** Every kind of request that none of the clauses rules out. */
export function shapesOf(clauses: readonly Clause[], model: Model): readonly Shape[] {
  return allShapes(model).filter((shape) =>
    clauses.every((clause) => truth(clause, shape, model) !== false),
  );
}

const known = new WeakMap<Model, readonly Shape[]>();

function allShapes(model: Model): readonly Shape[] {
  const shapes =
    known.get(model) ??
    [...model.actions].flatMap(([action, { principals, resources }]) =>
      [...principals].flatMap((principal) =>
        [...resources].map((resource) => ({ principal, action, resource })),
      ),
    );
  known.set(model, shapes);
  return shapes;
}

/**
 * What the schema alone says about a clause for one kind of request: true and false are certain,
 * without an error; null is not known.
 */
export function truth(clause: Clause, shape: Shape, model: Model): boolean | null {
  const value = clause["Value"];
  if (typeof value === "boolean") return value;
  const not = argumentOf(clause);
  if (not !== null) {
    const inner = truth(not, shape, model);
    return inner === null ? null : !inner;
  }
  const and = operands(clause, "&&");
  if (and !== null) return lazily(and, false, shape, model);
  const or = operands(clause, "||");
  if (or !== null) return lazily(or, true, shape, model);
  const is = clause["is"];
  if (isObject(is) && isObject(is["left"]) && is["in"] === undefined) {
    const subject = subjectOf(is["left"]);
    if (subject === null || subject === "action") return null;
    return shape[subject] === is["entity_type"];
  }
  return ofEntities(clause, shape, model);
}

/** `&&` ends at false and `||` at true; a side that comes before and can fail makes it uncertain. */
function lazily(
  { left, right }: { readonly left: Clause; readonly right: Clause },
  ends: boolean,
  shape: Shape,
  model: Model,
): boolean | null {
  const first = truth(left, shape, model);
  if (first === ends) return ends;
  const second = truth(right, shape, model);
  if (second === ends) return failingIn(left).length === 0 ? ends : null;
  return first === null || second === null ? null : !ends;
}

function ofEntities(clause: Clause, shape: Shape, model: Model): boolean | null {
  const inside = operands(clause, "in");
  const sides = inside ?? operands(clause, "==");
  const subject = sides === null ? null : subjectOf(sides.left);
  const named = sides === null ? null : entitiesOf(sides.right);
  if (subject === null || named === null) return null;
  if (subject === "action") {
    const groups = model.actions.get(shape.action)?.groups;
    return named.some(({ id }) =>
      inside === null ? id === shape.action : groups?.has(id) === true,
    );
  }
  const possible = named.some(
    (entity) =>
      entity.type === shape[subject] ||
      (inside !== null && reaches(shape[subject], entity, model, new Set())),
  );
  return possible ? null : false;
}

/** Whether the hierarchy of types has a way from one to the other. */
function reaches(type: string, to: Literal, model: Model, seen: Set<string>): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  const parents = [...(model.entities.get(type)?.parents ?? [])];
  return parents.some((parent) => parent === to.type || reaches(parent, to, model, seen));
}
