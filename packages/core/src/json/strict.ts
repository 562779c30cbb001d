import { fail, ok, type Result } from "../result.ts";
import type { Json } from "./json.ts";

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
  /** UTF-16 offset of the first character that cannot be accepted. */
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
class Refusal {
  readonly code: JsonErrorCode;
  readonly at: number;
  constructor(code: JsonErrorCode, at: number) {
    this.code = code;
    this.at = at;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

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
    this.#space();
    if (this.#at < this.#text.length) this.#refuse("json.trailing");
    return value;
  }

  #value(depth: number): Json {
    this.#nodes += 1;
    if (this.#nodes > this.#limits.nodes) this.#refuse("json.nodes");
    this.#space();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(this.#deeper(depth));
      case "[":
        return this.#array(this.#deeper(depth));
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): Json {
    const object: Record<string, Json> = Object.create(null);
    this.#at += 1;
    if (this.#skip("}")) return object;
    do {
      this.#space();
      const start = this.#at;
      if (this.#text.charCodeAt(start) !== QUOTE) this.#refuse("json.syntax");
      const key = this.#string();
      // A merge of parsed objects elsewhere would turn this key into a prototype.
      if (key === "__proto__") this.#refuse("json.forbidden_key", start);
      if (key in object) this.#refuse("json.duplicate_key", start);
      this.#expect(":");
      object[key] = this.#value(depth);
    } while (this.#skip(","));
    this.#expect("}");
    return object;
  }

  #array(depth: number): Json {
    const array: Json[] = [];
    this.#at += 1;
    if (this.#skip("]")) return array;
    do {
      array.push(this.#value(depth));
    } while (this.#skip(","));
    this.#expect("]");
    return array;
  }

  #string(): string {
    const start = this.#at;
    let from = start + 1;
    let decoded = "";
    for (let at = from; at < this.#text.length; at += 1) {
      const unit = this.#text.charCodeAt(at);
      if (unit === QUOTE) {
        this.#at = at + 1;
        const whole = decoded + this.#text.slice(from, at);
        if (!whole.isWellFormed()) this.#refuse("json.surrogate", start);
        return whole;
      }
      if (unit < 0x20) this.#refuse("json.syntax", at);
      if (unit === BACKSLASH) {
        decoded += this.#text.slice(from, at);
        const [character, length] = this.#escape(at);
        decoded += character;
        at += length - 1;
        from = at + 1;
      }
    }
    return this.#refuse("json.syntax", this.#text.length);
  }

  #escape(at: number): readonly [string, number] {
    const letter = this.#text[at + 1] ?? "";
    if (letter === "u") {
      const hex = this.#text.slice(at + 2, at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) this.#refuse("json.syntax", at);
      return [String.fromCharCode(Number.parseInt(hex, 16)), 6];
    }
    const character = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    return [character ?? this.#refuse("json.syntax", at), 2];
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const found = NUMBER.exec(this.#text);
    if (found === null) this.#refuse("json.syntax");
    const literal = found[0];
    const value = Number(literal);
    const whole = found[1] === undefined && found[2] === undefined;
    // The common case is decided without building a second decimal.
    const exact = whole
      ? Number.isSafeInteger(value) && !Object.is(value, -0)
      : sameDecimal(literal, value);
    const readable = exact || (this.#numbers === "nearest" && Number.isFinite(value));
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

  #skip(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: string): void {
    if (!this.#skip(character)) this.#refuse("json.syntax");
  }

  #space(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.#at += 1;
    }
  }

  #refuse(code: JsonErrorCode, at: number = this.#at): never {
    throw new Refusal(code, at);
  }
}

/** Whether the literal and the double it became denote the same decimal number. */
function sameDecimal(literal: string, value: number): boolean {
  if (!Number.isFinite(value) || Object.is(value, -0)) return false;
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
