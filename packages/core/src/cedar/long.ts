import { EvaluationFailure } from "./errors.ts";

/**
 * A 64-bit signed integer. Invariant: a number when it is a safe integer, a bigint otherwise, so that
 * `===` is equality and `<` is order.
 */
export type Long = number | bigint;

export const LONG_MIN: bigint = -(2n ** 63n);
export const LONG_MAX: bigint = 2n ** 63n - 1n;

/** The Long of any integer; an evaluation error outside 64 bits. */
export function toLong(exact: bigint): Long {
  if (exact < LONG_MIN || exact > LONG_MAX)
    throw new EvaluationFailure("overflow", "the result does not fit into 64 bits");
  const near = Number(exact);
  return Number.isSafeInteger(near) ? near : exact;
}

// A double result that is a safe integer is exact: no larger true result rounds down to one.
// Adding 0 turns -0, which no integer is, into 0.

export function add(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum + 0;
  }
  return toLong(BigInt(a) + BigInt(b));
}

export function subtract(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number") {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference + 0;
  }
  return toLong(BigInt(a) - BigInt(b));
}

export function multiply(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return toLong(BigInt(a) * BigInt(b));
}

export function negate(a: Long): Long {
  return subtract(0, a);
}

/** Quotient towards zero; `divisor` is never 0 or -1 here, so nothing overflows. */
export function quotient(a: Long, divisor: number): Long {
  return toLong(BigInt(a) / BigInt(divisor));
}

/** Remainder that is never negative. */
export function modulo(a: Long, divisor: number): Long {
  const by = BigInt(divisor);
  return toLong(((BigInt(a) % by) + by) % by);
}
