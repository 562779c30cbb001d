import {
  type Amount,
  ENVIRONMENTS,
  type Environment,
  exactly,
  isObject,
  type Json,
  type JsonObject,
  UNKNOWN_AMOUNT,
} from "@bylaw/core";
import { strengthen } from "../labels.ts";
import { EFFECT_RESOURCES_MAX, ENTITY_ID_UNITS_MAX } from "../limits.ts";
import type { AmountSpec, EnvironmentSpec, TextSpec } from "./catalog.ts";

/** The values at a dotted path, elements of arrays one by one; null if any place of it is missing. */
export function valuesAt(args: JsonObject, path: string): readonly Json[] | null {
  let values: readonly Json[] = [args];
  for (const key of path.split(".")) {
    const next: Json[] = [];
    for (const value of values) {
      if (!isObject(value) || !Object.hasOwn(value, key)) return null;
      const found = value[key] as Json;
      if (Array.isArray(found)) next.push(...(found as readonly Json[]));
      else next.push(found);
    }
    values = next;
  }
  return values;
}

/** Whether the argument itself is absent, as opposed to a part of it. */
export function isAbsent(args: JsonObject, path: string): boolean {
  return !Object.hasOwn(args, path.split(".")[0] ?? "");
}

/** Every text the specification stands for; null when an argument is missing or of another type. */
export function textsOf(spec: TextSpec, args: JsonObject): readonly string[] | null {
  if ("literal" in spec) return [spec.literal];
  if ("template" in spec) {
    const text = fillTemplate(spec.template, args);
    return text === null ? null : [text];
  }
  const values = valuesAt(args, spec.argument);
  if (values === null || values.length === 0 || values.length > EFFECT_RESOURCES_MAX) return null;
  const texts = values.map(scalarText);
  return texts.every((text) => text !== null) ? [...new Set(texts)] : null;
}

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** Whether braces match, each place names an argument, and something stands between two places. */
export function isTemplate(template: string): boolean {
  if (/[{}]/.test(template.replace(PLACEHOLDER, "")) || template.includes("}{")) return false;
  return [...template.matchAll(PLACEHOLDER)].every((found) => found[1] !== "");
}

/** The texts between the places of a template. */
function separators(template: string): readonly string[] {
  return template.split(/\{[^{}]*\}/).slice(1, -1);
}

function fillTemplate(template: string, args: JsonObject): string | null {
  let complete = true;
  // A value with a separator in it would let two sets of arguments spell one id.
  const between = separators(template);
  const filled = template.replace(PLACEHOLDER, (_, path: string) => {
    const values = valuesAt(args, path);
    const text = values?.length === 1 ? scalarText(values[0] as Json) : null;
    if (text === null || between.some((separator) => text.includes(separator))) complete = false;
    return text ?? "";
  });
  return complete && filled.length <= ENTITY_ID_UNITS_MAX ? filled : null;
}

function scalarText(value: Json): string | null {
  if (typeof value === "string")
    return value !== "" && value.length <= ENTITY_ID_UNITS_MAX ? value : null;
  return typeof value === "number" && Number.isSafeInteger(value) ? String(value) : null;
}

/** The bound; unknown, the largest there is, when an argument is missing, negative or no number. */
export function amountOf(spec: AmountSpec | null, args: JsonObject): Amount {
  if (spec === null) return UNKNOWN_AMOUNT;
  if ("literal" in spec) return exactly(spec.literal);
  const path = "count" in spec ? spec.count : spec.argument;
  if ("count" in spec) {
    const holder = arrayAt(args, path);
    return holder === null ? UNKNOWN_AMOUNT : exactly(holder);
  }
  const values = valuesAt(args, path);
  const [value] = values ?? [];
  return values?.length === 1 && isBound(value) ? exactly(value) : UNKNOWN_AMOUNT;
}

/** Length of the array at a path, summed where arrays above it lead to several. */
function arrayAt(args: JsonObject, path: string): number | null {
  const keys = path.split(".");
  const last = keys.pop() as string;
  const holders = keys.length === 0 ? [args] : valuesAt(args, keys.join("."));
  if (holders === null) return null;
  let total = 0;
  for (const holder of holders) {
    const found = isObject(holder) && Object.hasOwn(holder, last) ? holder[last] : undefined;
    if (!Array.isArray(found)) return null;
    total += found.length;
  }
  return total;
}

function isBound(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** What people call the environments besides their own names. */
const CLAIMS: Readonly<Record<string, Environment>> = {
  prod: "production",
  live: "production",
  stage: "staging",
  stg: "staging",
  preprod: "staging",
  testing: "test",
  qa: "test",
  dev: "development",
  local: "development",
};

/** The environment; an argument's claim that is missing or not understood makes it unknown. */
export function environmentOf(spec: EnvironmentSpec, args: JsonObject): Environment {
  if ("literal" in spec) return spec.literal;
  const values = valuesAt(args, spec.argument);
  const [value] = values ?? [];
  const word = values?.length === 1 && typeof value === "string" ? value.toLowerCase() : "";
  const named = ENVIRONMENTS.find((name) => name === word);
  const claimed = named ?? (Object.hasOwn(CLAIMS, word) ? CLAIMS[word] : undefined) ?? "unknown";
  return strengthen(spec.atLeast, claimed);
}
