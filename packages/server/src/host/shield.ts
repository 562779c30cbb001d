import {
  conflictsOf,
  exportShield,
  readShield,
  renderProblem,
  type ShieldReading,
  type ShieldSource,
  unacknowledged,
} from "@bylaw/bundle";
import { canonicalTime, eligible, fail, ok, type Result, type ShieldEntry } from "@bylaw/core";
import type { Config } from "../config/config.ts";
import { shieldSources } from "./rules.ts";
import { readAcks, type SignedAck, writeAcks } from "./shield-acks.ts";

/** What is to be said about SHIELD files before they are enforced. */
export interface ShieldReport {
  /** Lines `file:line: code: message`. */
  readonly problems: readonly string[];
  readonly entries: readonly ShieldListing[];
  readonly coverage: ShieldReading["coverage"];
  readonly findings: ShieldReading["findings"];
  readonly conflicts: readonly string[];
  readonly expired: readonly string[];
  readonly revoked: readonly string[];
  /** Ids of entries with a part that cannot be read and nobody has acknowledged. */
  readonly unacknowledged: readonly string[];
}

export interface ShieldListing
  extends Pick<ShieldEntry, "id" | "action" | "severity" | "category" | "confidence" | "title"> {
  readonly expires: string | null;
  readonly state: "active" | "expired" | "revoked";
  /** `file:line`. */
  readonly place: string;
  readonly digest: string;
  readonly unparsed: readonly string[];
}

/** How much of the configured threat lists is enforced, as one line; null where none is configured. */
export function shieldCoverage(config: Config): string | null {
  const { files, feeds } = config.shield;
  if (files.length + feeds.length === 0) return null;
  return coverageLine(reportShield(config));
}

export function coverageLine({ coverage }: Pick<ShieldReport, "coverage">): string {
  const { directives, parsed, partly } = coverage;
  const more = partly === 0 ? "" : `, and ${partly} partly`;
  return `coverage: ${parsed}/${directives} directives enforced as a whole${more}`;
}

/** Reads the SHIELD part of a configuration as it stands in the files now. */
export function reportShield(config: Config, now: number = Date.now()): ShieldReport {
  const problems: string[] = [];
  const sources = shieldSources(config.shield, problems);
  const acks = readAcks(config.shield.acks);
  if (!acks.ok) problems.push(acks.error);
  return reportOf(sources, problems, acks.ok ? acks.value : [], canonicalTime(now));
}

function reportOf(
  sources: readonly ShieldSource[],
  problems: readonly string[],
  acks: readonly SignedAck[],
  now: string,
): ShieldReport {
  const reading = readShield(sources);
  const entries = reading.entries.map((entry) => listing(entry, reading, now));
  const ids = (state: ShieldListing["state"]): readonly string[] =>
    entries.filter((entry) => entry.state === state).map(({ id }) => id);
  return {
    problems: [...problems, ...reading.problems.map(renderProblem)],
    entries,
    coverage: reading.coverage,
    findings: reading.findings,
    conflicts: conflictsOf(reading.entries.filter((entry) => eligible(entry, now))),
    expired: ids("expired"),
    revoked: ids("revoked"),
    unacknowledged: unacknowledged(reading, acks).map(({ entry }) => entry ?? ""),
  };
}

function listing(entry: ShieldEntry, { places }: ShieldReading, now: string): ShieldListing {
  const { id, action, severity, category, confidence, title, expires, digest, unparsed } = entry;
  const state = entry.revoked ? "revoked" : eligible(entry, now) ? "active" : "expired";
  const place = places.get(id) ?? "";
  return {
    id,
    action,
    severity,
    category,
    confidence,
    title,
    expires,
    state,
    place,
    digest,
    unparsed,
  };
}

/**
 * Acknowledges that parts of entries are not enforced. In: ids of entries with such parts, who, and
 * when in milliseconds. Error: a text that says which id it is not, or why the file cannot be used.
 */
export function acknowledgeShield(
  config: Config,
  ids: readonly string[],
  by: string,
  now: number = Date.now(),
): Result<readonly SignedAck[], string> {
  const problems: string[] = [];
  const { entries, problems: unread } = readShield(shieldSources(config.shield, problems));
  problems.push(...unread.map(renderProblem));
  const before = readAcks(config.shield.acks);
  if (!before.ok) problems.push(before.error);
  if (!before.ok || problems.length > 0) return fail(problems.join("\n"));
  const added: SignedAck[] = [];
  for (const id of new Set(ids)) {
    const entry = entries.find((one) => one.id === id);
    if (entry === undefined) return fail(`no entry \`${id}\` in the configured files`);
    if (entry.unparsed.length === 0) return fail(`every part of \`${id}\` is enforced`);
    added.push({ id, entry: entry.digest, by, at: canonicalTime(now) });
  }
  writeAcks(config.shield.acks, before.value, added);
  return ok(added);
}

/** The list of a SHIELD.md with every entry in force, or in the form for a model's context. */
export function exportShieldList(
  config: Config,
  context: boolean,
  now: number = Date.now(),
): Result<string, readonly string[]> {
  const problems: string[] = [];
  const reading = readShield(shieldSources(config.shield, problems));
  problems.push(...reading.problems.map(renderProblem));
  if (problems.length > 0) return fail(problems);
  return ok(exportShield(reading.entries, { context, now: canonicalTime(now) }));
}
