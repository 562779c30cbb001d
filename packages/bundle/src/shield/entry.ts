import {
  type Condition,
  type ConditionKind,
  type Json,
  MATCHED_ON,
  SHIELD_ACTIONS,
  SHIELD_CATEGORIES,
  SHIELD_SEVERITIES,
  type ShieldCategory,
  type ShieldEntry,
} from "@bylaw/core";
import { digestOf } from "../digest.ts";
import { type Reading, readDirectives } from "./directive.ts";
import { readTime } from "./instant.ts";
import { MAX_FIELD_CHARS } from "./limits.ts";
import { isNone, problemAt, type RawEntry, type ShieldProblem } from "./raw.ts";
import { destination, isPath } from "./values.ts";

/** What `shield lint` warns of; every code is explained in docs/shield.md. */
export const SHIELD_LINTS = {
  W01: "a directive, or a part of one, is not in the grammar",
  W02: "a word of the vocabulary is spelled differently; read as meant",
  W03: "a skill's name has look-alike characters; only the exact name matches",
  W04: "the entry's action and the verb of its directive differ",
  W05: "an unusual kind of condition for the entry's category; it matches all the same",
  W06: "no confidence given; taken as 1",
} as const;
export type ShieldLint = keyof typeof SHIELD_LINTS;

export interface ShieldFinding {
  readonly code: ShieldLint;
  readonly entry: string;
  readonly file: string;
  readonly line: number;
  /** The text that it is about. */
  readonly text: string;
}

/** An entry that was read, and what there is to say about it. */
export interface ReadEntry {
  readonly raw: RawEntry;
  readonly entry: ShieldEntry;
  readonly reading: Reading;
  readonly findings: readonly ShieldFinding[];
}

/** The entry, or why its values cannot be taken. */
export function readEntry(raw: RawEntry): ReadEntry | readonly ShieldProblem[] {
  const values = new Values(raw);
  const id = values.id();
  const recommendation = values.optional("recommendation_agent") ?? "";
  const category = values.vocabulary("category", SHIELD_CATEGORIES, (text) =>
    text === "network" ? "other" : null,
  );
  const severity = values.vocabulary("severity", SHIELD_SEVERITIES);
  const action = values.vocabulary("action", SHIELD_ACTIONS);
  const confidence = values.confidence();
  const expires = values.time("expires_at");
  const revoked = values.flag("revoked");
  const revokedAt = values.time("revoked_at");
  if (values.problems.length > 0) return values.problems;
  const reading = readDirectives(recommendation);
  const indicators = action === "block" ? readIndicators(raw) : { conditions: [], unread: [] };
  const empty = reading.written === 0 && indicators.conditions.length === 0;
  const content = {
    id,
    fingerprint: values.optional("fingerprint"),
    category,
    severity,
    confidence,
    action,
    title: values.optional("title") ?? "",
    recommendation,
    expires,
    revoked: revoked || revokedAt !== null,
    directives: reading.directives,
    written: reading.written,
    // An entry that can never match must not look like one that protects.
    unparsed: [...reading.unparsed, ...indicators.unread, ...(empty ? ["(no directive)"] : [])],
    indicators: indicators.conditions,
  };
  const entry: ShieldEntry = { ...content, digest: digestOf(content as unknown as Json) };
  return { raw, entry, reading, findings: findingsOf(raw, entry, values.folded) };
}

/** Reads the fields of one entry and keeps what is wrong with them. */
class Values {
  readonly problems: ShieldProblem[] = [];
  readonly folded: string[] = [];
  readonly #raw: RawEntry;

  constructor(raw: RawEntry) {
    this.#raw = raw;
    for (const [name, value] of raw.fields)
      if (value.length > MAX_FIELD_CHARS)
        this.#problem(`\`${name}\` is longer than ${MAX_FIELD_CHARS} characters`);
      else if (!value.isWellFormed()) this.#problem(`\`${name}\` is not well-formed Unicode`);
  }

  #problem(message: string): void {
    const { file, line, fields } = this.#raw;
    const id = fields.get("id")?.slice(0, 128) ?? null;
    this.problems.push(problemAt(file, line, "shield.entry", message, id));
  }

  optional(name: string): string | null {
    const value = this.#raw.fields.get(name)?.trim() ?? "";
    return isNone(value) ? null : value;
  }

  id(): string {
    const id = this.optional("id") ?? "";
    if (!/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/.test(id))
      this.#problem("`id` is missing, or not 1 to 128 of A-Z a-z 0-9 . _ : / -");
    return id;
  }

  vocabulary<T extends string>(
    name: string,
    words: readonly T[],
    other: (text: string) => T | null = () => null,
  ): T {
    const written = this.optional(name) ?? "";
    const text = written.toLowerCase();
    const word = words.find((known) => known === text) ?? other(text);
    if (word === null || word === undefined) {
      this.#problem(`\`${name}\` is \`${written.slice(0, 40)}\`; expected ${words.join(", ")}`);
      return words[0] as T;
    }
    if (written !== word) this.folded.push(`${name}: ${written} -> ${word}`);
    return word;
  }

  confidence(): number {
    const text = this.optional("confidence");
    if (text === null) return 1;
    const value = /^(?:0?\.\d{1,17}|0|1|1\.0{1,17})$/.test(text) ? Number(text) : -1;
    if (value < 0) this.#problem(`\`confidence\` is \`${text.slice(0, 40)}\`, not from 0 to 1`);
    return value;
  }

  time(name: string): string | null {
    const text = this.optional(name);
    const time = text === null ? null : readTime(text);
    if (text !== null && time === null)
      this.#problem(`\`${name}\` is \`${text.slice(0, 40)}\`, not a date or a time`);
    return time;
  }

  flag(name: string): boolean {
    const text = (this.optional(name) ?? "false").toLowerCase();
    if (text !== "true" && text !== "false")
      this.#problem(`\`${name}\` is \`${text.slice(0, 40)}\`, not true or false`);
    return text === "true";
  }
}

function readIndicators({ indicators }: RawEntry): {
  readonly conditions: readonly Condition[];
  readonly unread: readonly string[];
} {
  const conditions: Condition[] = [];
  const unread: string[] = [];
  for (const { type, value } of indicators) {
    const condition = indicatorOf(type, value.trim());
    if (condition === null) unread.push(`ioc ${type}: ${value}`);
    else conditions.push(condition);
  }
  return { conditions, unread };
}

function indicatorOf(type: string, value: string): Condition | null {
  const place = destination(value);
  const network = (kind: ConditionKind): Condition | null => (place?.kind === kind ? place : null);
  switch (type) {
    case "url":
      return network("network.url");
    case "domain":
      return network("network.domain");
    case "ip":
      return network("network.ip");
    case "file_path":
      return isPath(value) ? { kind: "file.equals", value } : null;
    case "email":
      return /^[^\s@]{1,64}@[^\s@]{1,255}$/.test(value)
        ? { kind: "email.equals", value: value.toLowerCase() }
        : null;
    case "hash":
      // Content is known by its SHA-256 alone.
      return /^(?:sha256:)?[0-9a-f]{64}$/i.test(value)
        ? { kind: "file.hash", value: value.toLowerCase().replace(/^sha256:/, "") }
        : null;
    default:
      return null;
  }
}

/** Kinds of condition, by their first word, that entries of a category usually have. */
const USUAL: Readonly<Record<ShieldCategory, readonly string[] | null>> = {
  prompt: ["prompt"],
  tool: ["tool", "command", "file", "secret"],
  mcp: ["server", "tool", "network"],
  memory: ["file", "secret"],
  supply_chain: ["skill", "network", "file", "command"],
  vulnerability: ["tool", "command", "skill", "file", "network"],
  fraud: ["prompt", "network", "email"],
  policy_bypass: ["tool", "command", "prompt", "file"],
  anomaly: null,
  skill: ["skill", "network", "secret", "file", "command"],
  other: null,
};

function findingsOf(
  { file, line, fields }: RawEntry,
  entry: ShieldEntry,
  folded: readonly string[],
): readonly ShieldFinding[] {
  const found = (code: ShieldLint, texts: readonly string[]): readonly ShieldFinding[] =>
    [...new Set(texts)].map((text) => ({ code, entry: entry.id, file, line, text }));
  const conditions = entry.directives.flatMap(({ any }) => any.flat());
  const skills = conditions.filter(
    ({ kind }) => kind === "skill.equals" || kind === "skill.contains",
  );
  const usual = USUAL[entry.category];
  const unusual = conditions.filter(
    ({ kind }) => usual !== null && !usual.includes(kind.split(".")[0] ?? ""),
  );
  const verbs = entry.directives.map(({ verb }) => verb).filter((verb) => verb !== entry.action);
  return [
    ...found("W01", entry.unparsed),
    ...found("W02", folded),
    ...found(
      "W03",
      skills.filter(({ value }) => /[^\u0021-\u007e ]/.test(value)).map(({ value }) => value),
    ),
    ...found(
      "W04",
      verbs.map((verb) => `action ${entry.action}, directive ${verb}`),
    ),
    ...found(
      "W05",
      unusual.map(({ kind }) => `${entry.category}: ${MATCHED_ON[kind]}`),
    ),
    ...(isNone(fields.get("confidence") ?? "") ? found("W06", ["confidence"]) : []),
  ];
}
