/** How many checks a suite passed, failed and skipped. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Reads counts from what a suite printed; null when it printed none, which is a failure. */
export type CountReader = (output: string) => Counts | null;

// oxlint-disable-next-line no-control-regex -- terminal colours begin with the escape character
const COLOURS = /\u001b\[[0-9;]*m/g;

/** vitest's summary, over all its runs: `Tests  2 failed | 5 passed | 1 skipped (8)`. */
export const vitestCounts: CountReader = (output) => {
  const lines = output
    .replace(COLOURS, "")
    .split("\n")
    .filter((line) => /^\s*Tests\s+\d/.test(line));
  const number = (word: string): number =>
    lines.reduce((sum, line) => sum + Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0), 0);
  if (lines.length === 0) return null;
  return {
    passed: number("passed"),
    failed: number("failed"),
    skipped: number("skipped") + number("todo"),
  };
};

/** The last line of the form `5 passed, 0 failed, 1 skipped`. */
export const plainCounts: CountReader = (output) => {
  const line = /^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;
  const found = output
    .replace(COLOURS, "")
    .split("\n")
    .map((text) => line.exec(text.trim()))
    .findLast((match) => match !== null);
  if (found === undefined || found === null) return null;
  const [, passed, failed, skipped = "0"] = found;
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
};

/** `checks/of` alone on a line, the last one: `62472/62472`. */
export const fractionCounts: CountReader = (output) => {
  const [, passed, all] =
    [...output.replace(COLOURS, "").matchAll(/^(\d+)\/(\d+)$/gm)].at(-1) ?? [];
  if (passed === undefined || all === undefined) return null;
  return { passed: Number(passed), failed: Number(all) - Number(passed), skipped: 0 };
};

/** How many checks `all` names in its first group, less those that `bad` does: `9 requests`, `0 mismatches`. */
export function lessCounts(all: RegExp, bad: RegExp): CountReader {
  return (output) => {
    const text = output.replace(COLOURS, "");
    const [, total] = all.exec(text) ?? [];
    const [, failed] = bad.exec(text) ?? [];
    if (total === undefined || failed === undefined) return null;
    return { passed: Number(total) - Number(failed), failed: Number(failed), skipped: 0 };
  };
}

/** One check: the last line that is not empty is exactly this, or fits. */
export function lastLineIs(wanted: string | RegExp): CountReader {
  return (output) => {
    const last = output.replace(COLOURS, "").trimEnd().split("\n").at(-1)?.trim() ?? "";
    return (typeof wanted === "string" ? last === wanted : wanted.test(last))
      ? { passed: 1, failed: 0, skipped: 0 }
      : { passed: 0, failed: 1, skipped: 0 };
  };
}

export function sum(all: readonly Counts[]): Counts {
  const total = (pick: (counts: Counts) => number): number =>
    all.reduce((value, counts) => value + pick(counts), 0);
  return {
    passed: total(({ passed }) => passed),
    failed: total(({ failed }) => failed),
    skipped: total(({ skipped }) => skipped),
  };
}

/**
 * What a finished suite counts for: a suite that exits with an error has a failure, and so has one
 * that cannot say what it did or did nothing.
 */
export function verdict(exit: number | null, counts: Counts | null): Counts {
  if (counts === null) return { passed: 0, failed: 1, skipped: 0 };
  const silent = exit !== 0 && counts.failed === 0;
  const idle = counts.passed + counts.failed + counts.skipped === 0;
  return silent || idle ? { ...counts, failed: counts.failed + 1 } : counts;
}

const EXCERPT_LINES = 40;

/** What a failed suite said of it: vitest's section of failures from its beginning, or else its last lines. */
export function excerpt(output: string): string {
  const lines = output.replace(COLOURS, "").trimEnd().split("\n");
  const from = lines.findIndex((text) =>
    /^[\s⎯]*(?:Failed (?:Tests|Suites)|Unhandled Errors?)\b/.test(text),
  );
  return lines
    .slice(from === -1 ? -EXCERPT_LINES : from)
    .slice(0, EXCERPT_LINES)
    .join("\n");
}

export function line({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
