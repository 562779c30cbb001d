import type { Json, JsonObject } from "@bylaw/core";
import { isArray, isObject } from "@bylaw/core";
import type { LoadCode } from "./errors.ts";
import { depthOf, type Est, literalOf, pathOf, walk } from "./est.ts";
import { instantOf } from "./instant.ts";
import { MAX_DEPTH } from "./limits.ts";
import type { ActionModel, Attributes, Model, Type } from "./model.ts";

/** What the validator lets through although it can only be a mistake, or fails open. */
export interface Finding {
  readonly code: LoadCode;
  readonly message: string;
  /** Words of the policy text to blame, the first that occurs. */
  readonly words: readonly string[];
}

export function lint(est: Est, model: Model): readonly Finding[] {
  if (depthOf(est) > MAX_DEPTH)
    return [finding("load.limit", `expressions may nest ${MAX_DEPTH} levels deep`)];
  const findings: Finding[] = [];
  const scope = scopeOf(est, model);
  walk(est, (operator, operands) => {
    if (operator === "Value") findings.push(...unsafe(operands));
    if (operator === "*") findings.push(...amountProduct(operands));
    if (!isObject(operands)) return;
    if (operator === "has") findings.push(...hasFindings(est, operands, scope, model));
    if (operator === "is") findings.push(...isFindings(operands, scope, model));
    if (SLICE_OPERATORS.includes(operator)) findings.push(...literalSubject(operands));
  });
  findings.push(...endMismatch(est));
  return findings;
}

function finding(code: LoadCode, message: string, ...words: readonly string[]): Finding {
  return { code, message, words };
}

/** A literal that lost its last bits on the way is never a safe integer. */
function unsafe(value: Json): readonly Finding[] {
  return typeof value === "number" && !Number.isSafeInteger(value)
    ? [finding("policy.unsafe_integer", "integers lie between -(2^53-1) and 2^53-1")]
    : [];
}

function amountProduct(operands: Json): readonly Finding[] {
  return JSON.stringify(operands).includes('"attr":"atMost"')
    ? [
        finding(
          "policy.amount_product",
          "`atMost` may be 2^53-1, and its product is beyond 64 bits",
          "atMost",
        ),
      ]
    : [];
}

const SLICE_OPERATORS: readonly string[] = ["in", ".", "has", "hasTag", "getTag"];

function literalSubject(operands: JsonObject): readonly Finding[] {
  const left = operands["left"];
  const literal = isObject(left) ? literalOf(left["Value"]) : null;
  return literal === null
    ? []
    : [
        finding(
          "policy.literal_subject",
          `nothing is known about the literal \`${literal.type}::${JSON.stringify(literal.id)}\` on the left`,
          literal.type,
        ),
      ];
}

/** The types that the variables of one policy can have. */
interface Scope {
  readonly principal: readonly string[];
  readonly resource: readonly string[];
  readonly context: Attributes | null;
}

function scopeOf(est: Est, model: Model): Scope {
  const named = [est.action["entity"], ...list(est.action["entities"])].flatMap(
    (entity) => literalOf(entity)?.id ?? [],
  );
  const actions = [...model.actions.values()].filter(
    ({ groups }) => est.action["op"] === "All" || named.some((id) => groups.has(id)),
  );
  return {
    principal: typesOf(est.principal, actions, "principals"),
    resource: typesOf(est.resource, actions, "resources"),
    context: actions.find(({ context }) => context.size > 0)?.context ?? null,
  };
}

function typesOf(
  constraint: JsonObject,
  actions: readonly ActionModel[],
  side: "principals" | "resources",
): readonly string[] {
  if (constraint["op"] === "is") return [typeName(constraint["entity_type"])];
  if (constraint["op"] === "==") return [literalOf(constraint["entity"])?.type ?? ""];
  return [...new Set(actions.flatMap((action) => [...action[side]]))];
}

function list(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : [];
}

/** A type's name; what is none names no type. */
function typeName(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/** Every `has` must name an attribute that the schema declares there; Cedar calls the others just false. */
function hasFindings(
  est: Est,
  operands: JsonObject,
  scope: Scope,
  model: Model,
): readonly Finding[] {
  const { left, attr } = operands;
  const steps = (isArray(attr) ? attr : [attr]).map(String);
  let types = typesOfExpression(left, scope, model);
  for (const step of steps) {
    types = types?.flatMap((type) => attributeOf(type, step, model)) ?? null;
    const declared = types === null ? declaredAnywhere(model, step) : types.length > 0;
    if (!declared)
      return [
        finding(
          "policy.unknown_attribute",
          `nothing here declares the attribute \`${step}\``,
          step,
        ),
      ];
  }
  const path = [...(pathOf(left) ?? []), ...steps];
  const optional = path.join(".") === "context.chain.onBehalfOf";
  if (est.effect === "forbid" && path[0] === "context" && !optional)
    return [
      finding(
        "policy.has_guard",
        `\`${path.join(".")}\` is always there; a forbid that asks for it looks as if its absence were harmless`,
        ...steps,
      ),
    ];
  return [];
}

function isFindings(operands: JsonObject, scope: Scope, model: Model): readonly Finding[] {
  const type = typeName(operands["entity_type"]);
  const types = typesOfExpression(operands["left"], scope, model);
  const possible =
    types?.some((one) => one.kind === "entity" && one.name === type) ?? model.entities.has(type);
  return possible
    ? []
    : [finding("policy.impossible_type", `\`is ${type}\` can never be true here`, type)];
}

/** The types that an expression can have; null when it is neither a variable nor an attribute of one. */
function typesOfExpression(
  expression: Json | undefined,
  scope: Scope,
  model: Model,
): readonly Type[] | null {
  const path = pathOf(expression);
  if (path === null) return null;
  const [variable, ...steps] = path;
  let types: readonly Type[];
  if (variable === "principal" || variable === "resource")
    types = scope[variable].map((name) => ({ kind: "entity", name }));
  else if (variable === "context" && scope.context !== null)
    types = [{ kind: "record", attributes: scope.context }];
  else return null;
  for (const step of steps) types = types.flatMap((type) => attributeOf(type, step, model));
  return types;
}

function attributeOf(type: Type, name: string, model: Model): readonly Type[] {
  const attributes =
    type.kind === "record"
      ? type.attributes
      : type.kind === "entity"
        ? model.entities.get(type.name)?.attributes
        : undefined;
  const found = attributes?.get(name);
  return found === undefined ? [] : [found.type];
}

function declaredAnywhere(model: Model, name: string): boolean {
  return [...model.entities.values()].some(({ attributes }) => attributes.has(name));
}

/**
 * The end of a grant is written twice, for people and for the evaluator; both must say the same.
 * Only a condition that every use of the grant passes counts: a conjunct of a `when`.
 */
function endMismatch(est: Est): readonly Finding[] {
  const annotations = est.annotations ?? {};
  if (!Object.hasOwn(annotations, "grant")) return [];
  const written = Object.hasOwn(annotations, "expires") ? (annotations["expires"] ?? "") : null;
  const ends = est.conditions
    .filter(({ kind }) => kind === "when")
    .flatMap(({ body }) => conjuncts(body))
    .flatMap(endsOf);
  const same =
    written === null
      ? ends.length === 0
      : ends.length === 1 && ends[0] !== null && ends[0] === instantOf(written);
  if (same) return [];
  const wanted =
    written === null ? "`@expires`" : `\`when { context.now < datetime("${written}") }\``;
  return [
    finding("grant.end_mismatch", `this grant needs ${wanted}, once and with the same end`, "now"),
  ];
}

function conjuncts(expression: JsonObject): readonly JsonObject[] {
  const and = expression["&&"];
  if (!isObject(and)) return [expression];
  return [and["left"], and["right"]].flatMap((side) => (isObject(side) ? conjuncts(side) : []));
}

/** The instant of `context.now < datetime("..")`, null for one that cannot be told. */
function endsOf(conjunct: JsonObject): readonly (number | null)[] {
  const less = conjunct["<"];
  if (!isObject(less) || pathOf(less["left"])?.join(".") !== "context.now") return [];
  const right = less["right"];
  const argument = isObject(right) ? list(right["datetime"])[0] : undefined;
  const text = isObject(argument) ? argument["Value"] : undefined;
  return [typeof text === "string" ? instantOf(text) : null];
}
