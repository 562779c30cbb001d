import type { Json, JsonObject } from "@bylaw/core";
import { isArray, isObject } from "@bylaw/core";

/** A construct that the validator accepts and that can still fail when it is evaluated. */
export interface Failing {
  readonly operator: string;
  readonly because: string;
}

const MAX_LONG = 2n ** 63n - 1n;
/** Facts and literals hold safe integers only; facts that do not fit are blocked before. */
const MAX_FACT = BigInt(Number.MAX_SAFE_INTEGER);

const DATE_ARITHMETIC = ["offset", "durationSince", "toDate", "toTime"];
const CONSTRUCTORS = ["decimal", "ip", "datetime", "duration"];

/**
 * What in an expression can fail, outermost first: integers that can leave 64 bits, arithmetic on
 * dates, and values made from text that is not a literal. The validator has already refused types
 * that do not fit, attributes that may be absent and tags that nobody asked `hasTag` for.
 */
export function failingIn(expression: Json): readonly Failing[] {
  const found: Failing[] = [];
  visit(expression, found);
  return found;
}

/** Visits children, and answers the largest magnitude that the expression can have as an integer. */
function visit(expression: Json, found: Failing[]): bigint {
  if (isArray(expression)) for (const element of expression) visit(element, found);
  if (!isObject(expression)) return MAX_FACT;
  const [operator, inner] = Object.entries(expression)[0] ?? ["", null];
  if (operator === "Value") return magnitudeOf(inner);
  const problem = ofCall(operator, inner);
  if (problem !== null) found.push({ operator, because: problem });
  if (isArray(inner)) {
    visit(inner, found);
    return operator.startsWith("to") ? MAX_LONG : MAX_FACT;
  }
  if (!isObject(inner)) return MAX_FACT;
  return isArithmetic(operator)
    ? arithmetic(operator, inner, found)
    : branches(operator, inner, found);
}

function isArithmetic(operator: string): boolean {
  return ["+", "-", "*", "neg"].includes(operator);
}

function arithmetic(operator: string, sides: JsonObject, found: Failing[]): bigint {
  const left = visit(sides["left"] ?? sides["arg"] ?? null, found);
  const right = operator === "neg" ? 0n : visit(sides["right"] ?? null, found);
  const most = operator === "*" ? left * right : left + right;
  if (most <= MAX_LONG) return most;
  const because = `\`${operator}\` can go beyond 64 bits: each side is up to 2^53-1 before it`;
  found.push({ operator, because });
  return MAX_LONG;
}

/** The larger of both branches of an `if`; the value of anything else is read from the facts. */
function branches(operator: string, parts: JsonObject, found: Failing[]): bigint {
  const sizes = new Map(Object.entries(parts).map(([key, part]) => [key, visit(part, found)]));
  if (operator !== "if-then-else") return MAX_FACT;
  const [yes, no] = [sizes.get("then") ?? MAX_FACT, sizes.get("else") ?? MAX_FACT];
  return yes > no ? yes : no;
}

function magnitudeOf(value: Json): bigint {
  if (typeof value !== "number") return MAX_FACT;
  const exact = BigInt(value);
  return exact < 0n ? -exact : exact;
}

function ofCall(operator: string, inner: Json): string | null {
  if (DATE_ARITHMETIC.includes(operator)) return `\`${operator}\` can leave the range of dates`;
  if (!CONSTRUCTORS.includes(operator) || !isArray(inner)) return null;
  const [argument] = inner;
  const literal = isObject(argument) && typeof argument["Value"] === "string";
  return literal ? null : `\`${operator}\` fails on text that is not one`;
}
