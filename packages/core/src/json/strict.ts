import { fail, ok, type Result } from "../result.ts";
import type { Json } from "./json.ts";
import { UNCONTROLLED } from "./text.ts";

export interface JsonLimits {
  /** Nesting depth of arrays and objects. */
  readonly depth: number;
  /** Values (members, elements, scalars) in one document. */
  readonly nodes: number;
}

export const JSON_LIMITS: JsonLimits = { depth: 64, nodes: 1_000_000 };

export type JsonErrorCode =
  | "json.syntax"
  | "json.duplicate_key"
  | "json.forbidden_key"
  | "json.depth"
  | "json.nodes"
  | "json.number"
  | "json.surrogate"
  | "json.trailing";

export interface JsonError {
  readonly code: JsonErrorCode;
  /** UTF-16 offset where what cannot be accepted begins: a character, or a whole string or number. */
  readonly at: number;
}

/**
 * `exact`: a number that a double does not carry as written is refused. `nearest`: it is read as the
 * nearest finite double, for text that is passed on but never decided on, such as an answer.
 */
export type JsonNumbers = "exact" | "nearest";

/**
 * Reads JSON that every parser reads in the same way, or refuses it (invariant 6: what was decided is
 * what is forwarded). Refused besides syntax errors: duplicate keys, `__proto__`, lone surrogates,
 * numbers that a double does not carry exactly as written (2^53+1, 1e400, -0), more than one value,
 * and nesting over the limit, found before any recursion.
 *
 * In: text that is already known to be valid UTF-8. Out: the value, its objects without a prototype.
 */
export function parseStrict(
  text: string,
  limits: JsonLimits = JSON_LIMITS,
  numbers: JsonNumbers = "exact",
): Result<Json, JsonError> {
  const reader = new Reader(text, limits, numbers);
  try {
    return ok(reader.document());
  } catch (error) {
    if (error instanceof Refusal) return fail({ code: error.code, at: error.at });
    throw error;
  }
}

/** Control flow inside the reader only: one throw per document instead of a check per character. */
class Refusal extends Error {
  readonly code: JsonErrorCode;
  readonly at: number;
  constructor(code: JsonErrorCode, at: number) {
    super(code);
    this.code = code;
    this.at = at;
  }
}

/** No double needs more; a longer literal is a way to make the exactness check expensive. */
const NUMBER_CHARS_MAX = 64;
/** Up to 15 digits every decimal integer is a double of its own. */
const EXACT_DIGITS_MAX = 15;
/** Strings up to here are read unit by unit; for longer ones the platform's search is faster. */
const PLAIN_UNITS_MAX = 32;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const LARGE_E = 0x45;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const SMALL_E = 0x65;
const LETTER_N = 0x6e;
const LETTER_T = 0x74;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Reads by code unit, once, without a copy of what it has read: every message passes through here. */
class Reader {
  readonly #text: string;
  readonly #limits: JsonLimits;
  readonly #numbers: JsonNumbers;
  #at = 0;
  #nodes = 0;

  constructor(text: string, limits: JsonLimits, numbers: JsonNumbers) {
    this.#text = text;
    this.#limits = limits;
    this.#numbers = numbers;
  }

  document(): Json {
    const value = this.#value(0);
    this.#peek();
    if (this.#at < this.#text.length) this.#refuse("json.trailing");
    return value;
  }

  #value(depth: number): Json {
    this.#nodes += 1;
    if (this.#nodes > this.#limits.nodes) this.#refuse("json.nodes");
    const unit = this.#peek();
    if (unit === QUOTE) return this.#string();
    if (unit === OPEN_BRACE) return this.#object(this.#deeper(depth));
    if (unit === OPEN_BRACKET) return this.#array(this.#deeper(depth));
    if (unit === MINUS || (unit >= ZERO && unit <= NINE)) return this.#number(unit);
    if (unit === LETTER_N) return this.#word("null", null);
    if (unit === LETTER_T) return this.#word("true", true);
    return this.#word("false", false);
  }

  #object(depth: number): Json {
    // Written as a literal because V8 keeps `Object.create(null)` in a slow form.
    const object = { __proto__: null } as unknown as Record<string, Json>;
    this.#at += 1;
    if (this.#skip(CLOSE_BRACE)) return object;
    do {
      if (this.#peek() !== QUOTE) this.#refuse("json.syntax");
      const start = this.#at;
      const key = this.#string();
      // A merge of parsed objects elsewhere would turn this key into a prototype.
      if (key === "__proto__") this.#refuse("json.forbidden_key", start);
      if (object[key] !== undefined) this.#refuse("json.duplicate_key", start);
      this.#expect(COLON);
      object[key] = this.#value(depth);
    } while (this.#skip(COMMA));
    this.#expect(CLOSE_BRACE);
    return object;
  }

  #array(depth: number): Json {
    const array: Json[] = [];
    this.#at += 1;
    if (this.#skip(CLOSE_BRACKET)) return array;
    do {
      array.push(this.#value(depth));
    } while (this.#skip(COMMA));
    this.#expect(CLOSE_BRACKET);
    return array;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at;
    const end = Math.min(text.length, start + PLAIN_UNITS_MAX);
    for (let at = start + 1; at < end; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) {
        this.#at = at + 1;
        return text.slice(start + 1, at);
      }
      if (unit === BACKSLASH || unit < 0x20 || unit >= 0xd800) break;
    }
    return this.#longString(start);
  }

  /** Long, escaped or beyond the plain units: finds the end, and the platform decodes what is escaped. */
  #longString(start: number): string {
    for (let end = start; ; ) {
      end = this.#text.indexOf('"', end + 1);
      if (end === -1) this.#refuse("json.syntax", start);
      let backslashes = 0;
      while (this.#text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
      if (backslashes % 2 === 1) continue;
      const written = this.#text.slice(start + 1, end);
      const value = isUnescaped(written) ? written : decoded(this.#text.slice(start, end + 1));
      if (value === null) this.#refuse("json.syntax", start);
      if (!value.isWellFormed()) this.#refuse("json.surrogate", start);
      this.#at = end + 1;
      return value;
    }
  }

  #number(first: number): number {
    // The common case, a small whole number, needs neither a pattern nor a copy.
    const end = this.#at + EXACT_DIGITS_MAX;
    let value = 0;
    for (let at = this.#at; at <= end && first !== ZERO && first !== MINUS; at += 1) {
      const unit = this.#text.charCodeAt(at);
      if (unit >= ZERO && unit <= NINE) {
        value = value * 10 + (unit - ZERO);
        continue;
      }
      if (unit === POINT || unit === SMALL_E || unit === LARGE_E) break;
      this.#at = at;
      return value;
    }
    return this.#decimal();
  }

  #decimal(): number {
    NUMBER.lastIndex = this.#at;
    const found = NUMBER.exec(this.#text);
    if (found === null) this.#refuse("json.syntax");
    const literal = found[0];
    const value = Number(literal);
    const whole = found[1] === undefined && found[2] === undefined;
    const readable =
      this.#numbers === "nearest" ? Number.isFinite(value) : isExact(literal, value, whole);
    if (!readable) this.#refuse("json.number");
    this.#at += literal.length;
    return value;
  }

  #word<T extends Json>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#refuse("json.syntax");
    this.#at += word.length;
    return value;
  }

  #deeper(depth: number): number {
    if (depth >= this.#limits.depth) this.#refuse("json.depth");
    return depth + 1;
  }

  #skip(wanted: number): boolean {
    if (this.#peek() !== wanted) return false;
    this.#at += 1;
    return true;
  }

  #expect(wanted: number): void {
    if (!this.#skip(wanted)) this.#refuse("json.syntax");
  }

  /** The next code unit after white space, NaN at the end; nothing else is consumed. */
  #peek(): number {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return unit;
      this.#at += 1;
    }
  }

  #refuse(code: JsonErrorCode, at: number = this.#at): never {
    throw new Refusal(code, at);
  }
}

/** Whether what stands between two quotes is its own value. */
function isUnescaped(written: string): boolean {
  return !written.includes("\\") && UNCONTROLLED.test(written);
}

/** A string literal's value, null for one that is not JSON. In: text from quote to closing quote. */
function decoded(literal: string): string | null {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return null;
  }
}

/** Whether the literal and the double it became denote the same number to every reader. */
function isExact(literal: string, value: number, whole: boolean): boolean {
  if (whole) return Number.isSafeInteger(value) && !Object.is(value, -0);
  if (literal === String(value)) return true;
  if (literal.length > NUMBER_CHARS_MAX || !Number.isFinite(value) || Object.is(value, -0))
    return false;
  return decimal(literal) === decimal(String(value));
}

/** `digits e exponent` without leading and trailing zeros, so that 1.50e1 and 15 compare equal. */
function decimal(literal: string): string {
  const [mantissa = "", exponent = "0"] = literal.toLowerCase().split("e");
  const negative = mantissa.startsWith("-");
  const [whole = "", fraction = ""] = (negative ? mantissa.slice(1) : mantissa).split(".");
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const scale = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${negative ? "-" : ""}${significant}e${scale}`;
}
