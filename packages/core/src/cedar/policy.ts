import { type EntityData, isWithin } from "./entities.ts";
import type { Environment, Slots } from "./environment.ts";
import { CompileRefusal } from "./errors.ts";
import { entityReference, list, refuseShape, shape, text } from "./est.ts";
import { at, type ExactJson, type ExactObject } from "./exact-json.ts";
import { expressionCompiler } from "./expression.ts";
import type { PolicyLimits } from "./limits.ts";
import { bool } from "./operators.ts";
import { type EntityValue, sameEntity } from "./value.ts";

/** What the head of a policy asks of its principal, action or resource. None of it can fail. */
export type Scope =
  | { readonly op: "all" }
  | { readonly op: "=="; readonly entity: EntityValue }
  | { readonly op: "in"; readonly entity: EntityValue }
  | { readonly op: "in any"; readonly entities: readonly EntityValue[] }
  | { readonly op: "is"; readonly type: string; readonly within: EntityValue | null };

export interface CompiledPolicy {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly principal: Scope;
  readonly action: Scope;
  readonly resource: Scope;
  /** Whether all conditions hold; throws `EvaluationFailure`. */
  readonly holds: (env: Environment) => boolean;
}

/** Throws `CompileRefusal`. */
export function compilePolicy(
  id: string,
  est: ExactJson,
  slots: Slots,
  limits: PolicyLimits,
): CompiledPolicy {
  const required = ["effect", "principal", "action", "resource", "conditions"];
  const body = shape(est, "", required, ["annotations"]);
  const effect = body["effect"];
  if (effect !== "permit" && effect !== "forbid") return refuseShape("effect", "an unknown effect");
  return {
    id,
    effect,
    principal: readScope(body["principal"], "principal", slots.principal),
    action: readActionScope(body["action"]),
    resource: readScope(body["resource"], "resource", slots.resource),
    holds: compileConditions(list(body["conditions"], "conditions"), slots, limits),
  };
}

function compileConditions(
  conditions: readonly ExactJson[],
  slots: Slots,
  limits: PolicyLimits,
): (env: Environment) => boolean {
  const compile = expressionCompiler(slots, limits);
  const tests = conditions.map((json, index) => {
    const path = `conditions.${index}`;
    const { kind, body } = shape(json, path, ["kind", "body"]);
    if (kind !== "when" && kind !== "unless") return refuseShape(path, "an unknown kind");
    return { run: compile(body, `${path}.body`), wanted: kind === "when" };
  });
  const [first] = tests;
  if (first === undefined) return () => true;
  if (tests.length === 1) return (env) => bool(first.run(env)) === first.wanted;
  return (env) => {
    for (const { run, wanted } of tests) if (bool(run(env)) !== wanted) return false;
    return true;
  };
}

function readScope(
  json: ExactJson | undefined,
  path: "principal" | "resource",
  bound: EntityValue | undefined,
): Scope {
  const op = shape(json, path, ["op"], ["entity", "slot", "entity_type", "in"])["op"];
  switch (op) {
    case "All":
      shape(json, path, ["op"]);
      return { op: "all" };
    case "==":
    case "in":
      return { op, entity: entityOrSlot(json, path, ["op"], bound) };
    case "is": {
      const body = shape(json, path, ["op", "entity_type"], ["in"]);
      const inside = at(body, "in");
      return {
        op,
        type: text(body["entity_type"], path),
        within: inside === undefined ? null : entityOrSlot(inside, path, [], bound),
      };
    }
    default:
      return refuseShape(path, "an unknown scope");
  }
}

/** The object's `entity`, or what its `slot` is bound to. */
function entityOrSlot(
  json: ExactJson | undefined,
  path: "principal" | "resource",
  beside: readonly string[],
  bound: EntityValue | undefined,
): EntityValue {
  const body: ExactObject = shape(json, path, beside, ["entity", "slot"]);
  if (Object.hasOwn(body, "entity"))
    return entityReference(shape(json, path, [...beside, "entity"])["entity"], path);
  if (body["slot"] !== `?${path}`) return refuseShape(path, "neither an entity nor its own slot");
  if (bound === undefined) throw new CompileRefusal("policy.slot", path, "the slot is not bound");
  return bound;
}

function readActionScope(json: ExactJson | undefined): Scope {
  const path = "action";
  const body = shape(json, path, ["op"], ["entity", "entities"]);
  switch (body["op"]) {
    case "All":
      shape(json, path, ["op"]);
      return { op: "all" };
    case "==":
      return {
        op: "==",
        entity: entityReference(shape(json, path, ["op", "entity"])["entity"], path),
      };
    case "in": {
      if (at(body, "entities") === undefined) {
        const group = shape(json, path, ["op", "entity"])["entity"];
        return { op: "in", entity: entityReference(group, path) };
      }
      const groups = list(shape(json, path, ["op", "entities"])["entities"], path);
      return { op: "in any", entities: groups.map((group) => entityReference(group, path)) };
    }
    default:
      return refuseShape(path, "an unknown scope");
  }
}

/** Whether the entity, whose data this is, is what the scope asks for. */
export function inScope(scope: Scope, uid: EntityValue, data: EntityData | undefined): boolean {
  switch (scope.op) {
    case "all":
      return true;
    case "==":
      return sameEntity(uid, scope.entity);
    case "in":
      return isWithin(uid, data, scope.entity);
    case "in any":
      return scope.entities.some((group) => isWithin(uid, data, group));
    case "is":
      return (
        uid.type === scope.type && (scope.within === null || isWithin(uid, data, scope.within))
      );
  }
}
