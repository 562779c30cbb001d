import {
  DURATION_UNITS_MS,
  durationSince,
  offset,
  parseDatetime,
  parseDuration,
  toDate,
  toTime,
} from "./datetime.ts";
import { parseDecimal } from "./decimal.ts";
import { EvaluationFailure } from "./errors.ts";
import { inRange, isLoopback, isMulticast, parseIp } from "./ip.ts";
import { type Long, quotient } from "./long.ts";
import type { Value } from "./value.ts";

/** Applies an extension function; the receiver of a method is its first argument. */
export type Extension = (args: readonly Value[]) => Value;

type Kind = Extract<Value, object>["kind"];
type Of<K extends Kind> = Extract<Value, { readonly kind: K }>;

function constructor(name: string, parse: (text: string) => Value): [string, Extension] {
  return [
    name,
    (args) => {
      const [text] = arity(name, args, 1);
      if (typeof text === "string") return parse(text);
      throw new EvaluationFailure("type", `\`${name}\` wants a string`);
    },
  ];
}

function unary<A extends Kind>(
  name: string,
  kind: A,
  apply: (a: Of<A>) => Value,
): [string, Extension] {
  return [name, (args) => apply(expect(kind, arity(name, args, 1)[0]))];
}

function binary<A extends Kind, B extends Kind>(
  name: string,
  kinds: readonly [A, B],
  apply: (a: Of<A>, b: Of<B>) => Value,
): [string, Extension] {
  return [
    name,
    (args) => {
      const [a, b] = arity(name, args, 2);
      return apply(expect(kinds[0], a), expect(kinds[1], b));
    },
  ];
}

// A wrong number of arguments is an evaluation error, not a load error: Cedar's parser accepts it.
function arity(name: string, args: readonly Value[], count: number): readonly Value[] {
  if (args.length === count) return args;
  throw new EvaluationFailure("extension", `\`${name}\` takes ${count} arguments`);
}

function expect<K extends Kind>(kind: K, value: Value | undefined): Of<K> {
  if (typeof value === "object" && value.kind === kind) return value as Of<K>;
  throw new EvaluationFailure("type", `an argument is not of type ${kind}`);
}

function compare(name: string, holds: (a: Long, b: Long) => boolean): [string, Extension] {
  return binary(name, ["decimal", "decimal"], (a, b) => holds(a.units, b.units));
}

/** The extension functions of Cedar 4: decimal, ipaddr and datetime. */
export const EXTENSIONS: ReadonlyMap<string, Extension> = new Map([
  constructor("decimal", parseDecimal),
  constructor("ip", parseIp),
  constructor("datetime", parseDatetime),
  constructor("duration", parseDuration),
  compare("lessThan", (a, b) => a < b),
  compare("lessThanOrEqual", (a, b) => a <= b),
  compare("greaterThan", (a, b) => a > b),
  compare("greaterThanOrEqual", (a, b) => a >= b),
  unary("isIpv4", "ip", (range) => range.version === 4),
  unary("isIpv6", "ip", (range) => range.version === 6),
  unary("isLoopback", "ip", isLoopback),
  unary("isMulticast", "ip", isMulticast),
  binary("isInRange", ["ip", "ip"], inRange),
  binary("offset", ["datetime", "duration"], offset),
  binary("durationSince", ["datetime", "datetime"], durationSince),
  unary("toDate", "datetime", toDate),
  unary("toTime", "datetime", toTime),
  ...Object.entries(DURATION_UNITS_MS).map(([name, unit]) =>
    unary(name, "duration", (duration) => quotient(duration.ms, unit)),
  ),
]);
