import type { Environment } from "../cedar/environment.ts";
import { EvaluationFailure, failureOf } from "../cedar/errors.ts";
import { expressionCompiler, type Run } from "../cedar/expression.ts";
import { POLICY_LIMITS } from "../cedar/limits.ts";
import type { EntityValue, Value } from "../cedar/value.ts";
import { isObject, type Json, type JsonObject } from "../json/json.ts";
import type { ReadClause } from "./explanation.ts";
import { mentionsOf, pathText } from "./reads.ts";
import { isEntity, listed, showEntity, showPlaces, showValue } from "./show.ts";
import type { WrittenClause } from "./written.ts";

/**
 * Every clause of a policy with what it came to. Each is read for itself, so that one which is not
 * met hides no other; what fails behind one that is not met is `unread`, as the engine stops there.
 */
export function readClauses(
  clauses: readonly WrittenClause[],
  env: Environment,
): readonly ReadClause[] {
  let stopped = false;
  return clauses.map((clause) => {
    const read = readClause(clause, env);
    const seen = stopped && read.state === "failed" ? { ...read, state: "unread" as const } : read;
    stopped ||= seen.state === "unmet";
    return seen;
  });
}

function readClause(clause: WrittenClause, env: Environment): ReadClause {
  const { part, text, line, column, join } = clause;
  const value = evaluated(clause.expression, env);
  const wanted = part !== "unless";
  const parts = clause.parts.map((inner) => readClause(inner, env));
  const place = { part, text, line, column, join, parts };
  if (value instanceof EvaluationFailure)
    return { ...place, state: "failed", value: null, because: value.message };
  // Conditions are Boolean: strict validation has seen to that.
  const state = value === wanted ? "met" : "unmet";
  return { ...place, state, value: value === true, because: describe(clause.expression, env) };
}

/** Compiled once for each expression: a search reads the same clauses again and again. */
const compiled = new WeakMap<object, Run>();

/** The value of an expression, or why it has none. */
function evaluated(expression: Json, env: Environment): Value | EvaluationFailure {
  try {
    return runOf(expression)(env);
  } catch (caught) {
    return failureOf(caught);
  }
}

function runOf(expression: Json): Run {
  if (!isObject(expression)) throw new TypeError("an expression is an object");
  const known = compiled.get(expression);
  if (known !== undefined) return known;
  const run = expressionCompiler({}, POLICY_LIMITS)(expression, "");
  compiled.set(expression, run);
  return run;
}

const COMPARISONS: readonly string[] = ["<", "<=", ">", ">=", "==", "!="];

/** What made an expression come out as it did, with the facts' values. */
function describe(expression: Json, env: Environment): string {
  // What came to a value is of the one form that compiles: an object with one key.
  const [[operator, operands]] = Object.entries(expression as JsonObject) as [[string, Json]];
  if (!isObject(operands)) return readings(expression, env);
  const { left, right, arg } = operands;
  if (operator === "!" && arg !== undefined) return describe(arg, env);
  if (left === undefined) return readings(expression, env);
  const a = evaluated(left, env);
  if (operator === "is" && !(a instanceof EvaluationFailure) && isEntity(a))
    return `${showEntity(a)} is of type ${a.type}${operands["in"] === undefined ? "" : `, and ${placement(a, env)}`}`;
  if (operator === "in" && !(a instanceof EvaluationFailure) && isEntity(a))
    return placement(a, env);
  const b = right === undefined ? null : evaluated(right, env);
  if (b === null || a instanceof EvaluationFailure || b instanceof EvaluationFailure)
    return readings(expression, env);
  const compared = COMPARISONS.includes(operator) && !isEntity(a) && typeof a !== "boolean";
  return compared ? `${showValue(a)} ${operator} ${showValue(b)}` : readings(expression, env);
}

function placement(of: EntityValue, env: Environment): string {
  return `${showEntity(of)} is in ${showPlaces(env.find(of)?.ancestors.keys() ?? [])}`;
}

/** Each path that the expression reads, with its value. */
function readings(expression: Json, env: Environment): string {
  const { reads } = mentionsOf(expression);
  return listed(
    reads.map((read) => {
      const value = evaluated(read.expression, env);
      const name = pathText(read.path);
      if (value instanceof EvaluationFailure) return `${name} is not there`;
      return `${name} is ${showValue(value)}`;
    }),
  );
}
