import { isArray, isObject, type Json, type JsonObject } from "@bylaw/core";
import { ARGUMENT_DEPTH_MAX } from "../limits.ts";
import { SCAN_UNITS_MAX } from "./limits.ts";
import { NO_OWN, type OwnDetectors, type OwnSearch } from "./own.ts";
import { RULES } from "./registry.ts";
import type { Rule } from "./rule.ts";
import { scanner } from "./scan.ts";
import { scanWindows } from "./windows.ts";

const scan = scanner(new Set(["secret"]));

/**
 * What the arguments hold that policies may ask about: `secret.in-payload`, and the ids of a
 * configuration's own detectors. Text of any length is looked at whole; what is nested deeper than
 * arguments are read, or costs more than one call may, counts as holding everything, unseen.
 */
export function findingsOf(args: JsonObject, own: OwnDetectors = NO_OWN): readonly string[] {
  if (own.rules.size === 0) return holdsSecret(args, undefined, 0) ? [SECRET] : [];
  const looking: Looking = { own, search: own.search(), found: new Set() };
  lookForOwn(args, looking, 0);
  const secret =
    [...looking.found].some((id) => isSecretRule(own.rules.get(id))) ||
    holdsSecret(args, undefined, 0);
  return [...(secret ? [SECRET] : []), ...looking.found];
}

const SECRET = "secret.in-payload";

interface Looking {
  readonly own: OwnDetectors;
  readonly search: OwnSearch;
  readonly found: Set<string>;
}

function isSecretRule(rule: Rule | undefined): boolean {
  return rule?.kind === "secret" && rule.severity !== "low";
}

function lookForOwn(value: Json, looking: Looking, depth: number): void {
  const { own, search, found } = looking;
  const everything = (): void => {
    for (const id of own.rules.keys()) found.add(id);
  };
  if (found.size === own.rules.size) return;
  if (typeof value === "string") {
    const findings = search.find(value);
    if (findings === null) everything();
    else for (const { rule } of findings) found.add(rule);
  }
  if (typeof value !== "object" || value === null) return;
  if (depth > ARGUMENT_DEPTH_MAX) return everything();
  if (isArray(value)) for (const item of value) lookForOwn(item, looking, depth + 1);
  else if (isObject(value))
    for (const [key, member] of Object.entries(value)) {
      lookForOwn(key, looking, depth + 1);
      lookForOwn(member, looking, depth + 1);
    }
}

function holdsSecret(value: Json, name: string | undefined, depth: number): boolean {
  if (typeof value === "string") return isSecret(value, name);
  if (typeof value !== "object" || value === null) return false;
  if (depth > ARGUMENT_DEPTH_MAX) return true;
  if (isArray(value)) return value.some((item) => holdsSecret(item, name, depth + 1));
  if (!isObject(value)) return false;
  for (const key of Object.keys(value))
    if (isSecret(key, undefined) || holdsSecret(value[key] as Json, key, depth + 1)) return true;
  return false;
}

/** Shorter than any secret that a rule knows. */
const SECRET_UNITS_MIN = 6;

function isSecret(text: string, name: string | undefined): boolean {
  if (text.length < SECRET_UNITS_MIN) return false;
  const { findings, complete } =
    text.length <= SCAN_UNITS_MAX
      ? scan(text, name)
      : scanWindows(text, (part) => scan(part, name));
  return !complete || findings.some(({ rule }) => RULES.get(rule)?.severity !== "low");
}
