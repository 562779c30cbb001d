import { conditionsOf, type ShieldEntry } from "@bylaw/core";
import { type ReadEntry, readEntry, type ShieldFinding } from "./entry.ts";
import { readFeed } from "./feed.ts";
import {
  MAX_SHIELD_CHARS,
  MAX_SHIELD_CONDITIONS,
  MAX_SHIELD_ENTRIES,
  MAX_SHIELD_PROBLEMS,
} from "./limits.ts";
import { readMarkdown } from "./markdown.ts";
import { type Layout, problemAt, type ShieldProblem } from "./raw.ts";

/** A SHIELD.md or a feed document, as text. */
export interface ShieldSource {
  readonly file: string;
  readonly text: string;
  readonly kind: "markdown" | "feed";
}

/** How much of what the files say can be enforced. */
export interface ShieldCoverage {
  /** Directives of all entries that are not revoked. */
  readonly directives: number;
  /** Read as a whole. */
  readonly parsed: number;
  /** Read but for some of their alternatives. */
  readonly partly: number;
  /** Indicators of block entries, and how many of them are enforced. */
  readonly indicators: number;
  readonly enforced: number;
}

/** What SHIELD files say, and what is wrong with them. */
export interface ShieldReading {
  /** Distinct entries, in the order of the files. */
  readonly entries: readonly ShieldEntry[];
  /** `file:line` of each entry by its id. */
  readonly places: ReadonlyMap<string, string>;
  readonly findings: readonly ShieldFinding[];
  readonly problems: readonly ShieldProblem[];
  readonly coverage: ShieldCoverage;
}

/**
 * Reads SHIELD files together: an id means one entry in all of them. Never throws for any text. An
 * entry with a problem is left out here, so a caller that enforces must refuse when there is one.
 */
export function readShield(sources: readonly ShieldSource[]): ShieldReading {
  const problems: ShieldProblem[] = [];
  const read = new Map<string, ReadEntry>();
  for (const source of sources) {
    const layout = layoutOf(source);
    problems.push(...layout.problems);
    if (layout.entries.length === 0 && layout.problems.length === 0 && !layout.none)
      problems.push(problemAt(source.file, null, "shield.empty", "the file lists nothing"));
    for (const raw of layout.entries.slice(0, MAX_SHIELD_ENTRIES + 1)) {
      const found = readEntry(raw);
      if (!("entry" in found)) problems.push(...found);
      else keep(found, read, problems);
    }
  }
  const kept = [...read.values()];
  const entries = kept.map(({ entry }) => entry);
  const first = sources[0]?.file ?? "";
  const conditions = entries.reduce((sum, entry) => sum + conditionsOf(entry).length, 0);
  if (entries.length > MAX_SHIELD_ENTRIES)
    problems.push(problemAt(first, null, "shield.limit", `over ${MAX_SHIELD_ENTRIES} entries`));
  if (conditions > MAX_SHIELD_CONDITIONS)
    problems.push(
      problemAt(first, null, "shield.limit", `over ${MAX_SHIELD_CONDITIONS} conditions`),
    );
  return {
    entries,
    places: new Map(kept.map(({ raw, entry }) => [entry.id, `${raw.file}:${raw.line}`])),
    findings: kept.flatMap(({ findings }) => findings),
    problems: problems.slice(0, MAX_SHIELD_PROBLEMS),
    coverage: coverageOf(kept.filter(({ entry }) => !entry.revoked)),
  };
}

function layoutOf({ file, text, kind }: ShieldSource): Layout {
  const refused = (problem: ShieldProblem): Layout => ({
    entries: [],
    problems: [problem],
    none: false,
  });
  if (text.length > MAX_SHIELD_CHARS)
    return refused(problemAt(file, null, "shield.limit", `over ${MAX_SHIELD_CHARS} characters`));
  if (text.trim() === "")
    return refused(problemAt(file, null, "shield.empty", "the file is empty"));
  const bare = text.replace(/^\ufeff/, "");
  return kind === "feed" ? readFeed(file, bare) : readMarkdown(file, bare);
}

/** The same entry in two files is one; two entries of one id are none, whichever came first. */
function keep(found: ReadEntry, read: Map<string, ReadEntry>, problems: ShieldProblem[]): void {
  const { id, digest } = found.entry;
  const before = read.get(id);
  if (before === undefined) read.set(id, found);
  else if (before.entry.digest !== digest) {
    const where = `${before.raw.file}:${before.raw.line}`;
    const { file, line } = found.raw;
    problems.push(
      problemAt(file, line, "shield.duplicate", `says other things than at ${where}`, id),
    );
  }
}

function coverageOf(kept: readonly ReadEntry[]): ShieldCoverage {
  const sum = (count: (one: ReadEntry) => number): number =>
    kept.reduce((total, one) => total + count(one), 0);
  const parsed = sum(({ reading }) => reading.whole);
  return {
    directives: sum(({ reading }) => reading.written),
    parsed,
    partly: sum(({ reading }) => reading.directives.length) - parsed,
    indicators: sum(({ raw, entry }) => (entry.action === "block" ? raw.indicators.length : 0)),
    enforced: sum(({ entry }) => entry.indicators.length),
  };
}

/** Conditions that entries in force decide differently on: the stronger one wins, and it may be meant. */
export function conflictsOf(entries: readonly ShieldEntry[]): readonly string[] {
  const users = new Map<string, Map<string, string[]>>();
  for (const entry of entries)
    for (const { verb, any } of entry.directives)
      for (const way of any) {
        const condition = way.map(({ kind, value }) => `${kind} ${value}`).join(" AND ");
        const action = entry.written === 1 ? entry.action : verb;
        const actions = users.get(condition) ?? new Map<string, string[]>();
        const ids = actions.get(action) ?? [];
        if (!ids.includes(entry.id)) ids.push(entry.id);
        users.set(condition, actions.set(action, ids));
      }
  return [...users]
    .filter(([, actions]) => actions.size > 1)
    .map(([condition, actions]) => {
      const said = [...actions].map(([action, ids]) => `${action} (${ids.join(", ")})`);
      return `${condition}: ${said.join(", ")}`;
    });
}
