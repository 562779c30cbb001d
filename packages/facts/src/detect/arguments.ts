import { isArray, isObject, type Json, type JsonObject } from "@bylaw/core";
import { ARGUMENT_DEPTH_MAX } from "../limits.ts";
import { RULES } from "./registry.ts";
import { scanner } from "./scan.ts";
import { scanWindows } from "./windows.ts";

const scan = scanner(new Set(["secret"]));

/**
 * What the arguments hold that policies may ask about: `secret.in-payload`. Text of any length is looked
 * at whole; what is nested deeper than arguments are read counts as holding a secret, unseen.
 */
export function findingsOf(args: JsonObject): readonly string[] {
  return holdsSecret(args, undefined, 0) ? ["secret.in-payload"] : [];
}

function holdsSecret(value: Json, name: string | undefined, depth: number): boolean {
  if (typeof value === "string") return isSecret(value, name);
  if (typeof value !== "object" || value === null) return false;
  if (depth > ARGUMENT_DEPTH_MAX) return true;
  if (isArray(value)) return value.some((item) => holdsSecret(item, name, depth + 1));
  if (!isObject(value)) return false;
  return Object.keys(value).some(
    (key) => isSecret(key, undefined) || holdsSecret(value[key] as Json, key, depth + 1),
  );
}

/** Shorter than any secret that a rule knows. */
const SECRET_UNITS_MIN = 6;

function isSecret(text: string, name: string | undefined): boolean {
  if (text.length < SECRET_UNITS_MIN) return false;
  const { findings, complete } = scanWindows(text, (part) => scan(part, name));
  return !complete || findings.some(({ rule }) => RULES.get(rule)?.severity !== "low");
}
