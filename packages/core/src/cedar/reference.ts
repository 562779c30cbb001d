import type { Evaluation } from "../engine.ts";
import type { EntityRef } from "../facts.ts";
import type { PolicySource } from "./engine.ts";
import type { EntityInput } from "./entities.ts";
import { EvaluationFailure, failureOf } from "./errors.ts";
import type { ExactJson, ExactObject } from "./exact-json.ts";
import { EXTENSIONS } from "./extensions.ts";
import { readContext, ValueReader } from "./ingest.ts";
import { toLong } from "./long.ts";
import { entity, type Fields, record, set, type Value } from "./value.ts";

/** A request to the reference evaluator: nothing prepared, actions and their parents among the entities. */
export interface ReferenceRequest {
  readonly principal: EntityRef;
  readonly action: EntityRef;
  readonly resource: EntityRef;
  readonly context: ExactObject;
  readonly entities: readonly EntityInput[];
}

/**
 * The normative text: what policies mean, without folding, index, memo or fast path. It expects
 * policies that the compiler accepts. Extension functions and values are shared with the compiler;
 * everything that decides is written a second time.
 */
export function evaluateByReference(
  policies: readonly PolicySource[],
  request: ReferenceRequest,
): Evaluation {
  const permits: string[] = [];
  const forbids: string[] = [];
  const errors: { policy: string; message: string }[] = [];
  for (const policy of [...policies].sort((a, b) => Number(a.id > b.id) - 0.5)) {
    try {
      if (satisfied(policy, request))
        (field(policy.est, "effect") === "permit" ? permits : forbids).push(policy.id);
    } catch (caught) {
      errors.push({ policy: policy.id, message: failureOf(caught).message });
    }
  }
  return { permits, forbids, errors, invalid: null };
}

function satisfied({ est, slots }: PolicySource, request: ReferenceRequest): boolean {
  const bind = (scope: ExactJson): ExactJson[] => {
    const named = field(scope, "entity") ?? slots?.[field(scope, "slot") as "?principal"];
    return named === undefined ? items(field(scope, "entities")) : [named as ExactJson];
  };
  const inScope = (uid: EntityRef, scope: ExactJson): boolean => {
    const inside = field(scope, "in");
    const isIn = (groups: ExactJson[]) => groups.some((group) => within(uid, reference(group)));
    switch (field(scope, "op")) {
      case "All":
        return true;
      case "==":
        return bind(scope).some((other) => same(value(uid), reference(other)));
      case "in":
        return isIn(bind(scope));
      default:
        return uid.type === field(scope, "entity_type") && (!inside || isIn(bind(inside)));
    }
  };
  const value = (uid: EntityRef): Value => entity(uid.type, uid.id);
  const reference = (json: ExactJson): Value => {
    const uid = (field(json, "__entity") ?? json) as unknown as EntityRef;
    return entity(uid.type, uid.id);
  };
  const find = (uid: EntityRef): EntityInput | undefined =>
    request.entities.find(({ type, id }) => type === uid.type && id === uid.id);
  const within = (uid: EntityRef, group: Value): boolean =>
    same(value(uid), group) || (find(uid)?.parents ?? []).some((up) => within(up, group));

  const evaluate = (json: ExactJson): Value => {
    const [operator, body] = Object.entries(json as ExactObject)[0] as [string, ExactJson];
    const operand = (name: string): Value => evaluate(field(body, name) as ExactJson);
    const left = (): Value => operand("left");
    const right = (): Value => operand("right");
    const compare = (): bigint => {
      const [a, b] = [left(), right()];
      if (isLong(a) && isLong(b)) return BigInt(a) - BigInt(b);
      if (!is("datetime", a, b) && !is("duration", a, b)) throw wrong();
      return BigInt((a as { ms: bigint }).ms) - BigInt((b as { ms: bigint }).ms);
    };
    const isIn = (of: Value, groups: Value): boolean => {
      const uid = asEntity(of);
      const all = is("entity", groups) ? [groups] : asSet(groups);
      return all.map(asEntity).filter((group) => within(uid, value(group))).length > 0;
    };
    const attributes = (of: Value): Fields | undefined => {
      if (typeof of === "object" && of.kind === "record") return of.fields;
      const data = find(asEntity(of));
      return data && new ValueReader().fields(data.attrs);
    };
    const tags = (of: Value): ReadonlyMap<string, Value> =>
      new ValueReader().fields(find(asEntity(of))?.tags ?? {});
    switch (operator) {
      case "Value":
        if (typeof body !== "object") return body;
        return field(body, "__entity") ? reference(body) : new ValueReader().value(body);
      case "Var":
        if (body === "context") return readContext(request.context);
        return value(request[body as "principal" | "action" | "resource"]);
      case "Slot":
        return reference(slots?.[body as "?principal"] as unknown as ExactJson);
      case "&&":
        return asBool(left()) ? asBool(right()) : false;
      case "||":
        return asBool(left()) ? true : asBool(right());
      case "!":
        return !asBool(operand("arg"));
      case "if-then-else":
        return asBool(operand("if")) ? operand("then") : operand("else");
      case "==":
        return same(left(), right());
      case "!=":
        return !same(left(), right());
      case "<":
        return compare() < 0n;
      case "<=":
        return compare() <= 0n;
      case ">":
        return compare() > 0n;
      case ">=":
        return compare() >= 0n;
      case "+":
        return toLong(asLong(left()) + asLong(right()));
      case "-":
        return toLong(asLong(left()) - asLong(right()));
      case "*":
        return toLong(asLong(left()) * asLong(right()));
      case "neg":
        return toLong(-asLong(operand("arg")));
      case "in": {
        const of = left();
        return isIn(of, right());
      }
      case "is": {
        const of = asEntity(left());
        if (of.type !== field(body, "entity_type")) return false;
        return field(body, "in") === undefined || isIn(entity(of.type, of.id), operand("in"));
      }
      case "contains": {
        const elements = asSet(left());
        return has(elements, right());
      }
      case "containsAll": {
        const elements = asSet(left());
        return asSet(right()).every((element) => has(elements, element));
      }
      case "containsAny": {
        const elements = asSet(left());
        return asSet(right()).some((element) => has(elements, element));
      }
      case "isEmpty":
        return asSet(operand("arg")).length === 0;
      case ".": {
        const found = attributes(left())?.get(field(body, "attr") as string);
        if (found === undefined) throw new EvaluationFailure("attribute", "no such attribute");
        return found;
      }
      case "has": {
        let of: Value | undefined = left();
        for (const name of [field(body, "attr")].flat() as string[])
          of = of === undefined ? undefined : attributes(of)?.get(name);
        return of !== undefined;
      }
      case "hasTag":
      case "getTag": {
        const all = tags(left());
        const found = all.get(asText(right()));
        if (operator === "hasTag") return found !== undefined;
        if (found === undefined) throw new EvaluationFailure("tag", "no such tag");
        return found;
      }
      case "like":
        return matches([...asText(left())], items(field(body, "pattern")));
      case "Set":
        return set(items(body).map(evaluate));
      case "Record":
        return record(
          new Map(Object.entries(body as ExactObject).map(([name, of]) => [name, evaluate(of)])),
        );
      default:
        return (EXTENSIONS.get(operator) as (args: Value[]) => Value)(items(body).map(evaluate));
    }
  };

  const scopes = ["principal", "action", "resource"] as const;
  if (!scopes.every((name) => inScope(request[name], field(est, name) as ExactJson))) return false;
  return items(field(est, "conditions")).every(
    (clause) =>
      asBool(evaluate(field(clause, "body") as ExactJson)) === (field(clause, "kind") === "when"),
  );
}

/** Deep equality by definition: sets by two loops, everything else part by part. */
function same(a: Value, b: Value): boolean {
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  if (a.kind === "set" && b.kind === "set")
    return (
      a.elements.every((element) => has(b.elements, element)) &&
      b.elements.every((element) => has(a.elements, element))
    );
  if (a.kind === "record" && b.kind === "record")
    return (
      a.fields.size === b.fields.size &&
      [...a.fields].every(
        ([name, of]) => b.fields.has(name) && same(of, b.fields.get(name) as Value),
      )
    );
  const parts = (of: object): string => JSON.stringify(Object.values(of).map(String));
  return parts(a) === parts(b);
}

function has(elements: readonly Value[], value: Value): boolean {
  return elements.some((element) => same(element, value));
}

/** A pattern matches a text character by character; a wildcard takes none, or one and stays. */
function matches(text: readonly string[], pattern: readonly ExactJson[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === "Wildcard")
    return matches(text, rest) || (text.length > 0 && matches(text.slice(1), pattern));
  return text[0] === field(first, "Literal") && matches(text.slice(1), rest);
}

function field(json: ExactJson, name: string): ExactJson | undefined {
  return (json as ExactObject)[name];
}

function items(json: ExactJson | undefined): ExactJson[] {
  return json as ExactJson[];
}

function wrong(): EvaluationFailure {
  return new EvaluationFailure("type", "a value of another type is needed");
}

function is(kind: string, ...values: readonly Value[]): boolean {
  return values.every((value) => typeof value === "object" && value.kind === kind);
}

function isLong(value: Value): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function asBool(value: Value): boolean {
  if (typeof value === "boolean") return value;
  throw wrong();
}

function asLong(value: Value): bigint {
  if (isLong(value)) return BigInt(value);
  throw wrong();
}

function asText(value: Value): string {
  if (typeof value === "string") return value;
  throw wrong();
}

function asSet(value: Value): readonly Value[] {
  if (typeof value === "object" && value.kind === "set") return value.elements;
  throw wrong();
}

function asEntity(value: Value): EntityRef {
  if (typeof value === "object" && value.kind === "entity") return value;
  throw wrong();
}
