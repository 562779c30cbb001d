import { RESULT_DEPTH_MAX } from "../limits.ts";
import { isBlank } from "./blank.ts";

/** A value of JSON or of a Python literal. */
export type Literal =
  | string
  | number
  | boolean
  | null
  | readonly Literal[]
  | { readonly [key: string]: Literal };

const FAILED = Symbol("failed");

/**
 * Reads text as JSON or as what Python prints for its built-in types. In: any text; out: the value,
 * or undefined when the whole text is no such literal. Never throws; one pass, bounded depth.
 */
export function readLiteral(text: string): Literal | undefined {
  const source = text.trim();
  if (!/^[[{(]/.test(source)) return undefined;
  let at = 0;
  /** The next backslash. */
  let escape = -1;

  const placeOf = (mark: string, from: number): number => {
    const found = source.indexOf(mark, from);
    return found < 0 ? source.length : found;
  };
  const skip = (): void => {
    while (at < source.length && isBlank(source.charCodeAt(at))) at += 1;
  };
  const take = (mark: string): boolean => {
    skip();
    if (source.charAt(at) !== mark) return false;
    at += 1;
    return true;
  };
  const read = (depth: number): Literal | typeof FAILED => {
    if (depth > RESULT_DEPTH_MAX) return FAILED;
    skip();
    const mark = source.charAt(at);
    if (mark === "{") return object(depth);
    if (mark === "[" || mark === "(") return list(depth, mark === "[" ? "]" : ")");
    if (mark === '"' || mark === "'") return string(mark);
    return scalar();
  };
  const object = (depth: number): Literal | typeof FAILED => {
    at += 1;
    const entries: [string, Literal][] = [];
    for (;;) {
      if (take("}")) return Object.fromEntries(entries);
      const key = read(depth + 1);
      if (key === FAILED || (typeof key === "object" && key !== null)) return FAILED;
      if (!take(":")) return FAILED;
      const value = read(depth + 1);
      if (value === FAILED) return FAILED;
      entries.push([String(key), value]);
      if (!take(",")) return take("}") ? Object.fromEntries(entries) : FAILED;
    }
  };
  const list = (depth: number, close: string): Literal | typeof FAILED => {
    at += 1;
    const items: Literal[] = [];
    for (;;) {
      if (take(close)) return items;
      const value = read(depth + 1);
      if (value === FAILED) return FAILED;
      items.push(value);
      if (!take(",")) return take(close) ? items : FAILED;
    }
  };
  const string = (quote: string): Literal | typeof FAILED => {
    at += 1;
    let value = "";
    let close = -1;
    for (let from = at; ; from = at) {
      // Each mark is looked for once, however often the other one stands before it.
      if (escape < at) escape = placeOf("\\", at);
      if (close < at) close = placeOf(quote, at);
      if (close === source.length) return FAILED;
      if (close < escape) {
        at = close + 1;
        return value + source.slice(from, close);
      }
      at = escape + 1;
      value += source.slice(from, escape) + escaped();
    }
  };
  const escaped = (): string => {
    const mark = source.charAt(at);
    at += 1;
    if (mark === "n" || mark === "r" || mark === "t") return mark === "t" ? "\t" : "\n";
    const width = mark === "u" ? 4 : mark === "x" ? 2 : 0;
    const code = source.slice(at, at + width);
    if (width === 0 || !/^[0-9a-f]+$/i.test(code) || code.length !== width) return mark;
    at += width;
    return String.fromCharCode(Number.parseInt(code, 16));
  };
  const scalar = (): Literal | typeof FAILED => {
    const word = /^[^\s,:{}[\]()'"]+(?:\([^()]*\))?/.exec(source.slice(at, at + 256))?.[0] ?? "";
    if (word === "") return FAILED;
    at += word.length;
    if (/^(?:true|True)$/.test(word)) return true;
    if (/^(?:false|False)$/.test(word)) return false;
    if (/^(?:null|None|NaN)$/.test(word)) return null;
    if (/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(word)) return Number(word);
    return /^[A-Za-z_][\w.]*\(.*\)$/.test(word) ? word : FAILED;
  };

  const value = read(0);
  skip();
  return value === FAILED || at < source.length ? undefined : value;
}
