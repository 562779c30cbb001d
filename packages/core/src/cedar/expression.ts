import { EMPTY_STORE, isWithin } from "./entities.ts";
import type { Environment, Slots } from "./environment.ts";
import { CompileRefusal, EvaluationFailure, failureOf } from "./errors.ts";
import { entityReference, list, refuseShape, shape, text } from "./est.ts";
import { at, type ExactJson, type ExactObject, isExactArray, isExactObject } from "./exact-json.ts";
import { EXTENSIONS, type Extension } from "./extensions.ts";
import { like, type Pattern } from "./like.ts";
import type { PolicyLimits } from "./limits.ts";
import { LONG_MAX, LONG_MIN, negate, toLong } from "./long.ts";
import { BINARY, bool, entityOf, integer, mismatch, setOf, string } from "./operators.ts";
import { type EntityValue, entity, type Fields, record, set, type Value } from "./value.ts";

export type Run = (env: Environment) => Value;

/** A compiled expression. A constant one ignores its environment. */
interface Code {
  readonly run: Run;
  readonly constant: boolean;
}

interface Compiler {
  readonly slots: Slots;
  readonly limits: PolicyLimits;
  /** Expression nodes seen so far in this policy. */
  nodes: number;
}

/**
 * Compiles an expression of Cedar's JSON policy form into a closure that gives its value or throws
 * `EvaluationFailure`. Throws `CompileRefusal` on anything that it does not know.
 */
export function expressionCompiler(
  slots: Slots,
  limits: PolicyLimits,
): (json: ExactJson | undefined, path: string) => Run {
  const compiler: Compiler = { slots, limits, nodes: 0 };
  return (json, path) => compile(json, path, 0, compiler).run;
}

function compile(
  json: ExactJson | undefined,
  path: string,
  depth: number,
  compiler: Compiler,
): Code {
  compiler.nodes += 1;
  if (compiler.nodes > compiler.limits.nodes)
    throw new CompileRefusal("policy.nodes", path, "the policy is too large");
  if (depth > compiler.limits.depth)
    throw new CompileRefusal("policy.depth", path, "the expression is nested too deeply");
  if (!isExactObject(json)) return refuseShape(path, "an expression is missing");
  const [operator, ...others] = Object.keys(json);
  if (operator === undefined || others.length > 0)
    return refuseShape(path, "an expression has exactly one key");
  const body = json[operator];
  const here = `${path}.${operator}`;
  const child = (part: ExactJson | undefined, name: string | number): Code =>
    compile(part, `${here}.${name}`, depth + 1, compiler);

  const binary = BINARY.get(operator);
  if (binary !== undefined) return compileBinary(body, here, child, binary);
  const extension = EXTENSIONS.get(operator);
  if (extension !== undefined) return compileCall(body, here, child, extension);
  switch (operator) {
    case "Value":
      return literal(body, here, child, compiler.limits);
    case "Var":
      return variable(body, here);
    case "Slot":
      return slot(body, here, compiler.slots);
    case "&&":
    case "||":
      return lazy(body, here, child, operator === "||");
    case "!":
      return unary(body, here, child, (value) => !bool(value));
    case "neg":
      return unary(body, here, child, (value) => negate(integer(value)));
    case "isEmpty":
      return unary(body, here, child, (value) => setOf(value).elements.length === 0);
    case "if-then-else":
      return conditional(body, here, child);
    case ".":
      return attribute(body, here, child);
    case "has":
      return presence(body, here, child);
    case "hasTag":
    case "getTag":
      return tag(body, here, child, operator);
    case "like":
      return compileLike(body, here, child);
    case "in":
      return membership(body, here, child);
    case "is":
      return typeTest(body, here, child);
    case "Set":
      return elements(body, here, child);
    case "Record":
      return fields(body, here, child);
    default:
      throw new CompileRefusal("policy.unknown_operator", path, `\`${operator}\` is unknown`);
  }
}

type Child = (part: ExactJson | undefined, name: string | number) => Code;

/** Constants are folded in this environment, which none of them looks at. */
const NOWHERE: Environment = {
  principal: entity("", ""),
  action: entity("", ""),
  resource: entity("", ""),
  context: record(new Map()),
  find: EMPTY_STORE.find,
};

function constant(value: Value): Code {
  return { run: () => value, constant: true };
}

function dynamic(run: Run): Code {
  return { run, constant: false };
}

/** Code that looks at nothing but its parts: computed once where all of them are constant. */
function derived(parts: readonly Code[], run: Run): Code {
  if (!parts.every((part) => part.constant)) return dynamic(run);
  try {
    return constant(run(NOWHERE));
  } catch (caught) {
    // A constant that fails is not a load error: it may stand behind a condition that never holds.
    failureOf(caught);
    return dynamic(run);
  }
}

/** A value in Cedar's JSON form; sets, records and extension values are short for their expressions. */
function literal(
  json: ExactJson | undefined,
  path: string,
  child: Child,
  limits: PolicyLimits,
): Code {
  if (typeof json === "boolean") return constant(json);
  if (typeof json === "string") return constant(bounded(json, path, limits));
  if (typeof json === "bigint" && json >= LONG_MIN && json <= LONG_MAX)
    return constant(toLong(json));
  // Cedar's JSON goes through doubles, so a larger number is not the one that was written.
  if (typeof json === "number" && Number.isSafeInteger(json)) return constant(json + 0);
  const quoted = (Value: ExactJson): ExactJson => ({ Value });
  if (isExactArray(json)) return child({ Set: json.map(quoted) }, "set");
  if (!isExactObject(json))
    throw new CompileRefusal("policy.literal", path, "this literal cannot be represented exactly");
  if (Object.hasOwn(json, "__entity")) return constant(entityReference(json, path));
  if (Object.hasOwn(json, "__extn")) {
    const body = shape(shape(json, path, ["__extn"])["__extn"], path, ["fn"], ["arg", "args"]);
    const [name, single] = [text(body["fn"], path), at(body, "arg")];
    const args = list(single === undefined ? body["args"] : [single], path);
    if (EXTENSIONS.has(name)) return child({ [name]: args.map(quoted) }, "extension");
    throw new CompileRefusal("policy.unknown_operator", path, `\`${name}\` is unknown`);
  }
  const entries = Object.keys(json).map((name) => [name, quoted(json[name] as ExactJson)]);
  return child({ Record: Object.fromEntries(entries) as ExactObject }, "record");
}

function bounded(value: string, path: string, limits: PolicyLimits): string {
  if (value.length <= limits.textLength) return value;
  throw new CompileRefusal("policy.text_length", path, "the text is too long");
}

function variable(json: ExactJson | undefined, path: string): Code {
  switch (json) {
    case "principal":
      return dynamic((env) => env.principal);
    case "action":
      return dynamic((env) => env.action);
    case "resource":
      return dynamic((env) => env.resource);
    case "context":
      return dynamic((env) => env.context);
    default:
      return refuseShape(path, "an unknown variable");
  }
}

function slot(json: ExactJson | undefined, path: string, slots: Slots): Code {
  const bound =
    json === "?principal" ? slots.principal : json === "?resource" ? slots.resource : undefined;
  if (bound === undefined) throw new CompileRefusal("policy.slot", path, "the slot is not bound");
  return constant(bound);
}

function compileBinary(
  json: ExactJson | undefined,
  path: string,
  child: Child,
  apply: (a: Value, b: Value) => Value,
): Code {
  const [left, right] = sides(json, path, child);
  const [a, b] = [left.run, right.run];
  return derived([left, right], (env) => apply(a(env), b(env)));
}

function sides(json: ExactJson | undefined, path: string, child: Child): readonly [Code, Code] {
  const { left, right } = shape(json, path, ["left", "right"]);
  return [child(left, "left"), child(right, "right")];
}

function compileCall(
  json: ExactJson | undefined,
  path: string,
  child: Child,
  apply: Extension,
): Code {
  const parts = list(json, path).map(child);
  const runs = parts.map((part) => part.run);
  return derived(parts, (env) => apply(runs.map((run) => run(env))));
}

function unary(
  json: ExactJson | undefined,
  path: string,
  child: Child,
  apply: (value: Value) => Value,
): Code {
  const part = child(shape(json, path, ["arg"])["arg"], "arg");
  const { run } = part;
  return derived([part], (env) => apply(run(env)));
}

/** `&&` and `||`: the right side counts only where the left one is not `decisive`. */
function lazy(json: ExactJson | undefined, path: string, child: Child, decisive: boolean): Code {
  const [left, right] = sides(json, path, child);
  const [a, b] = [left.run, right.run];
  return derived([left, right], (env) => (bool(a(env)) === decisive ? decisive : bool(b(env))));
}

function conditional(json: ExactJson | undefined, path: string, child: Child): Code {
  const body = shape(json, path, ["if", "then", "else"]);
  const parts = ["if", "then", "else"].map((name) => child(body[name], name)) as [Code, Code, Code];
  const [test, yes, no] = [parts[0].run, parts[1].run, parts[2].run];
  return derived(parts, (env) => (bool(test(env)) ? yes(env) : no(env)));
}

function attribute(json: ExactJson | undefined, path: string, child: Child): Code {
  const body = shape(json, path, ["left", "attr"]);
  const name = text(body["attr"], path);
  const { run } = child(body["left"], "left");
  return dynamic((env) => {
    const of = run(env);
    const value = fieldsOf(of, env)?.get(name);
    if (value !== undefined) return value;
    throw fieldsOf(of, env) === undefined
      ? new EvaluationFailure(
          "entity",
          `nothing is known about the entity that \`${name}\` is read of`,
        )
      : new EvaluationFailure("attribute", `there is no attribute \`${name}\``);
  });
}

/** The attributes of a record or an entity; undefined for an entity that nothing is known about. */
function fieldsOf(value: Value, env: Environment): Fields | undefined {
  if (typeof value === "object") {
    if (value.kind === "record") return value.fields;
    if (value.kind === "entity") return env.find(value)?.attrs;
  }
  return mismatch("record or entity", value);
}

function presence(json: ExactJson | undefined, path: string, child: Child): Code {
  const body = shape(json, path, ["left", "attr"]);
  const attr = body["attr"];
  const names = isExactArray(attr) ? attr.map((name) => text(name, path)) : [text(attr, path)];
  if (names.length === 0) return refuseShape(path, "`has` wants at least one attribute");
  const { run } = child(body["left"], "left");
  return dynamic((env) => {
    let value = run(env);
    for (const name of names) {
      const next = fieldsOf(value, env)?.get(name);
      if (next === undefined) return false;
      value = next;
    }
    return true;
  });
}

function tag(
  json: ExactJson | undefined,
  path: string,
  child: Child,
  operator: "hasTag" | "getTag",
): Code {
  const [left, right] = sides(json, path, child);
  const find = (env: Environment): readonly [Value | undefined, string] => {
    const of = entityOf(left.run(env));
    const key = string(right.run(env));
    return [env.find(of)?.tags.get(key), key];
  };
  if (operator === "hasTag") return dynamic((env) => find(env)[0] !== undefined);
  return dynamic((env) => {
    const [value, key] = find(env);
    if (value !== undefined) return value;
    throw new EvaluationFailure("tag", `there is no tag \`${key}\``);
  });
}

function compileLike(json: ExactJson | undefined, path: string, child: Child): Code {
  const body = shape(json, path, ["left", "pattern"]);
  const pattern = readPattern(body["pattern"], path);
  const part = child(body["left"], "left");
  const { run } = part;
  return derived([part], (env) => like(string(run(env)), pattern));
}

function readPattern(json: ExactJson | undefined, path: string): Pattern {
  const literals: string[] = [];
  let literal = "";
  for (const part of list(json, path)) {
    if (part !== "Wildcard") {
      literal += text(shape(part, path, ["Literal"])["Literal"], path);
      continue;
    }
    literals.push(literal);
    literal = "";
  }
  const [first, ...middle] = literals;
  return { first: first ?? null, middle, last: literal };
}

function membership(json: ExactJson | undefined, path: string, child: Child): Code {
  const [left, right] = sides(json, path, child);
  const [member, groups] = [left.run, right.run];
  return dynamic((env) => {
    const uid = entityOf(member(env));
    return within(uid, groups(env), env);
  });
}

function within(uid: EntityValue, groups: Value, env: Environment): boolean {
  if (typeof groups === "object" && groups.kind === "entity")
    return isWithin(uid, env.find(uid), groups);
  // Every element must be an entity before any of them answers.
  const candidates = setOf(groups).elements.map(entityOf);
  const data = env.find(uid);
  return candidates.some((group) => isWithin(uid, data, group));
}

function typeTest(json: ExactJson | undefined, path: string, child: Child): Code {
  const body = shape(json, path, ["left", "entity_type"], ["in"]);
  const type = text(body["entity_type"], path);
  const { run } = child(body["left"], "left");
  const inside = at(body, "in");
  if (inside === undefined) return dynamic((env) => entityOf(run(env)).type === type);
  const groups = child(inside, "in").run;
  return dynamic((env) => {
    const uid = entityOf(run(env));
    return uid.type === type && within(uid, groups(env), env);
  });
}

function elements(json: ExactJson | undefined, path: string, child: Child): Code {
  const parts = list(json, path).map(child);
  const runs = parts.map((part) => part.run);
  return derived(parts, (env) => set(runs.map((run) => run(env))));
}

function fields(json: ExactJson | undefined, path: string, child: Child): Code {
  if (!isExactObject(json)) return refuseShape(path, "an object is missing");
  const body: ExactObject = json;
  const parts = Object.keys(body).map((name) => [name, child(body[name], name)] as const);
  return derived(
    parts.map(([, part]) => part),
    (env) => record(new Map(parts.map(([name, part]) => [name, part.run(env)]))),
  );
}
