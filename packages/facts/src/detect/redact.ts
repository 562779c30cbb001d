import { isArray, isObject, type Json, type JsonObject } from "@bylaw/core";
import { NO_OWN, type OwnDetectors, type OwnSearch } from "./own.ts";
import { RULES } from "./registry.ts";
import { type Finding, KINDS, type Kind } from "./rule.ts";
import { type Scanner, scanner } from "./scan.ts";
import { scanWindows } from "./windows.ts";

/** Other names of kinds, as policies write them. */
const KIND_NAMES: Readonly<Record<string, Kind>> = { secrets: "secret" };

/** Whether `name` is a detector that a `redact` obligation can ask for: a kind, a rule's id, or its last part. */
export function isDetector(name: string, own: OwnDetectors = NO_OWN): boolean {
  return rulesOf(name, own).size > 0;
}

/** The rules that a name stands for. A kind leaves out what is only worth a look. */
function rulesOf(name: string, own: OwnDetectors): ReadonlySet<string> {
  const kind = KIND_NAMES[name] ?? KINDS.find((known) => known === name);
  const named = [...RULES.values(), ...own.rules.values()].filter((rule) =>
    kind === undefined
      ? rule.id === name || rule.id === `${rule.kind}.${name}` || rule.id === `own.${name}`
      : rule.kind === kind && rule.severity !== "low",
  );
  return new Set(named.map(({ id }) => id));
}

/**
 * A JSON value without what the named detectors find in its texts and names, each replaced by
 * `[redacted: id]`. Out: the very same value where nothing is found; null where not all of it could be
 * looked at or a name is no detector, so that nothing of it may be passed on.
 */
export function redactJson(
  value: JsonObject,
  detectors: readonly string[],
  own: OwnDetectors = NO_OWN,
): JsonObject | null {
  const rules = new Set<string>();
  for (const name of detectors) {
    const named = rulesOf(name, own);
    if (named.size === 0) return null;
    for (const id of named) rules.add(id);
  }
  const kinds = new Set([...rules].flatMap((id) => RULES.get(id)?.kind ?? []));
  const wantsOwn = [...rules].some((id) => own.rules.has(id));
  const search = (wantsOwn ? own : NO_OWN).search();
  const redaction: Redaction = { rules, scan: scanner(kinds), own: search, whole: true };
  const redacted = redactObject(value, redaction, 0);
  return redaction.whole ? redacted : null;
}

interface Redaction {
  readonly rules: ReadonlySet<string>;
  readonly scan: Scanner;
  readonly own: OwnSearch;
  whole: boolean;
}

/** Deeper than any message that a gateway reads. */
const DEPTH_MAX = 512;

function redactValue(value: Json, name: string | undefined, to: Redaction, depth: number): Json {
  if (typeof value === "string") return redactText(value, name, to);
  if (depth > DEPTH_MAX) to.whole = false;
  if (!to.whole || typeof value !== "object" || value === null) return value;
  if (isArray(value)) {
    const items = value.map((item) => redactValue(item, name, to, depth + 1));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  return isObject(value) ? redactObject(value, to, depth) : value;
}

function redactObject(value: JsonObject, to: Redaction, depth: number): JsonObject {
  const members = Object.create(null) as Record<string, Json>;
  let changed = false;
  for (const [key, member] of Object.entries(value)) {
    let name = redactText(key, undefined, to);
    while (name !== key && (name in members || name in value)) name += "+";
    members[name] = redactValue(member, key, to, depth + 1);
    changed ||= name !== key || members[name] !== member;
  }
  return changed ? members : value;
}

function redactText(text: string, name: string | undefined, to: Redaction): string {
  const { findings, complete } = scanWindows(text, (part) => to.scan(part, name));
  const own = to.own.find(text);
  if (!complete || own === null) to.whole = false;
  const wanted = inOrder([...findings, ...(own ?? [])].filter(({ rule }) => to.rules.has(rule)));
  return wanted.length === 0 ? text : without(text, wanted);
}

function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => a.start - b.start || b.end - a.end);
}

/** In: findings in order. What overlaps goes as one. */
function without(text: string, findings: readonly Finding[]): string {
  let [kept, reach] = ["", 0];
  for (const { rule, start, end } of findings) {
    if (start >= reach) kept += `${text.slice(reach, start)}[redacted: ${rule}]`;
    reach = Math.max(reach, end);
  }
  return kept + text.slice(reach);
}
