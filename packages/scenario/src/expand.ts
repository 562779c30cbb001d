import type { Json, JsonObject } from "@bylaw/core";
import { jsonText } from "./json-text.ts";
import { RANGE_MAX } from "./limits.ts";
import { SECRETS } from "./secrets.ts";

/** What `{{…}}` stands for at one moment. */
export interface Values {
  /** Number of the repetition, from 1. */
  readonly n: number;
  readonly workspace: string;
  readonly home: string;
}

/** `{{n}}`, but not `${{ … }}`, which is other people's syntax. */
const PLACEHOLDER = /(?<!\$)\{\{\s*([a-z_]+)(?:\s+([a-z0-9-]+))?\s*\}\}/g;

/** Placeholders of a text that mean nothing. */
export function strangePlaceholders(text: string): readonly string[] {
  return [...text.matchAll(PLACEHOLDER)]
    .filter(([, word = "", argument]) => !isKnown(word, argument))
    .map(([whole]) => whole);
}

function isKnown(word: string, argument: string | undefined): boolean {
  if (word === "secret") return argument !== undefined && Object.hasOwn(SECRETS, argument);
  return ["n", "workspace", "home"].includes(word) && argument === undefined;
}

/** A text with its placeholders filled. */
export function fill(text: string, values: Values): string {
  return text.replace(PLACEHOLDER, (whole, word: string, argument: string | undefined) => {
    if (word === "secret") return SECRETS[argument ?? ""]?.(values.n) ?? whole;
    const value = (values as unknown as Readonly<Record<string, unknown>>)[word];
    return value === undefined ? whole : jsonText(value);
  });
}

/**
 * A value with every text in it filled. A text that is `{{n}}` alone becomes the number, and a map with the
 * single key `$range: [1, 1200]` the list of these numbers.
 */
export function expand(value: Json, values: Values): Json {
  if (typeof value === "string") return value === "{{n}}" ? values.n : fill(value, values);
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => expand(item, values));
  if (typeof value !== "object" || value === null) return value;
  const range = rangeOf(value as JsonObject);
  if (range !== null) return range;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, expand(inner, values)]),
  );
}

function rangeOf(value: JsonObject): readonly number[] | null {
  const { $range: range } = value;
  if (range === undefined || Object.keys(value).length > 1 || !Array.isArray(range)) return null;
  const [from, to] = range as readonly Json[];
  if (typeof from !== "number" || typeof to !== "number") return null;
  const length = Math.max(0, Math.min(to - from + 1, RANGE_MAX));
  return Array.from({ length }, (_, at) => from + at);
}
