import { EvaluationFailure } from "./errors.ts";
import { add, type Long, multiply, subtract } from "./long.ts";
import {
  contains,
  containsAll,
  containsAny,
  type EntityValue,
  equal,
  type SetValue,
  typeOf,
  type Value,
} from "./value.ts";

// Every function here is total on its types and throws `EvaluationFailure` on any other value.

export function bool(value: Value): boolean {
  return typeof value === "boolean" ? value : mismatch("bool", value);
}

export function integer(value: Value): Long {
  return typeof value === "number" || typeof value === "bigint" ? value : mismatch("long", value);
}

export function string(value: Value): string {
  return typeof value === "string" ? value : mismatch("string", value);
}

export function entityOf(value: Value): EntityValue {
  return typeof value === "object" && value.kind === "entity" ? value : mismatch("entity", value);
}

export function setOf(value: Value): SetValue {
  return typeof value === "object" && value.kind === "set" ? value : mismatch("set", value);
}

export function mismatch(wanted: string, value: Value): never {
  throw new EvaluationFailure("type", `expected ${wanted}, found ${typeOf(value)}`);
}

/** The number that orders a value: integers, datetimes and durations, each among themselves. */
function rank(value: Value, other: Value): Long {
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (typeof value === "object" && (value.kind === "datetime" || value.kind === "duration"))
    if (typeof other === "object" && other.kind === value.kind) return value.ms;
  return mismatch("two longs, two datetimes or two durations", value);
}

function order(holds: (a: Long, b: Long) => boolean): (a: Value, b: Value) => boolean {
  return (a, b) =>
    typeof a === "number" && typeof b === "number" ? holds(a, b) : holds(rank(a, b), rank(b, a));
}

function arithmetic(apply: (a: Long, b: Long) => Long): (a: Value, b: Value) => Long {
  return (a, b) => apply(integer(a), integer(b));
}

/** The binary operators that evaluate both sides and look at nothing else. */
export const BINARY: ReadonlyMap<string, (a: Value, b: Value) => Value> = new Map<
  string,
  (a: Value, b: Value) => Value
>([
  ["==", equal],
  ["!=", (a, b) => !equal(a, b)],
  ["<", order((a, b) => a < b)],
  ["<=", order((a, b) => a <= b)],
  [">", order((a, b) => a > b)],
  [">=", order((a, b) => a >= b)],
  ["+", arithmetic(add)],
  ["-", arithmetic(subtract)],
  ["*", arithmetic(multiply)],
  ["contains", (a, b) => contains(setOf(a), b)],
  ["containsAll", (a, b) => containsAll(setOf(a), setOf(b))],
  ["containsAny", (a, b) => containsAny(setOf(a), setOf(b))],
]);
