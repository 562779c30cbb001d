import {
  type ExpectedFailures,
  type FileSatisfaction,
  holds,
  type Judged,
  type Run,
  type Satisfaction,
  standingOf,
} from "@bylaw/scenario";
import { visible } from "../visible.ts";

/** Passed of all, in words. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly expected: number;
  readonly skipped: number;
}

interface Line {
  readonly title: string;
  readonly judged: Judged;
  readonly failure: readonly string[];
  readonly milliseconds: number | null;
}

function linesOf(run: Run, expected: ExpectedFailures): readonly Line[] {
  return [
    ...run.steps.map(({ step, failure, skipped, milliseconds }) => ({
      title: step,
      judged: standingOf(run, { step, skipped }, failure.length > 0, expected),
      failure,
      milliseconds,
    })),
    ...run.checks.map(({ check, what, failure }) => ({
      title: `then ${check}: ${what}`,
      judged: standingOf(run, { then: check }, failure.length > 0, expected),
      failure,
      milliseconds: null,
    })),
  ];
}

export function countsOf(run: Run, expected: ExpectedFailures): Counts {
  const standings = linesOf(run, expected).map(({ judged }) => judged.standing);
  const count = (...of: readonly string[]): number =>
    standings.filter((standing) => of.includes(standing)).length;
  const broken = (run.error === null ? 0 : 1) + (run.log === null ? 0 : 1);
  return {
    passed: count("passed"),
    failed: count("failed", "unexpected pass") + broken,
    expected: count("expected failure"),
    skipped: count("skipped"),
  };
}

/** One run as a terminal shows it: a line, and below what is not as expected. */
export function runText(run: Run, expected: ExpectedFailures): string {
  const { passed, expected: known, skipped } = countsOf(run, expected);
  const head = holds(run, expected) ? "ok" : run.atLeast === null ? "FAIL" : "MISS";
  const way = run.way === null ? "" : ` (${run.way})`;
  const later = known === 0 ? "" : `, ${known} expected failures`;
  const left = skipped === 0 ? "" : `, ${skipped} skipped`;
  const through = run.gateway ?? "ungoverned";
  const seconds = (run.milliseconds / 1_000).toFixed(1);
  return [
    `${head.padEnd(5)} ${through.padEnd(11)} ${visible(`${run.file}${way}`)}  ${passed} passed${later}${left}  ${seconds} s`,
    ...(run.error ?? "")
      .split("\n")
      .flatMap((line) => (line === "" ? [] : [`  ! ${visible(line)}`])),
    ...(run.log === null ? [] : [`  ! the log does not verify: ${visible(run.log)}`]),
    ...linesOf(run, expected).flatMap(lineText),
  ].join("\n");
}

function lineText({ title, judged, failure }: Line): readonly string[] {
  switch (judged.standing) {
    case "passed":
      return [];
    case "expected failure":
      return [`  ~ ${visible(title)}  (needs ${visible(judged.why ?? "")})`];
    case "skipped":
      return [`  - ${visible(title)}  (${visible(judged.why ?? "")})`];
    case "unexpected pass":
      return [
        `  x ${visible(title)}`,
        "      passes, and is listed as an expected failure: take it off",
      ];
    case "failed":
      return [`  x ${visible(title)}`, ...failure.map((line) => `      ${visible(line)}`)];
  }
}

interface Case {
  readonly name: string;
  readonly failure: readonly string[] | null;
  readonly skipped: string | null;
}

const MISSED = "missed, within what the file allows";

/** Runs as JUnit XML knows them: a suite per file and gateway. */
export function suiteOf(
  run: Run,
  expected: ExpectedFailures,
  /** The file asks for less than every way, and got it. */
  tolerated: boolean,
): {
  readonly name: string;
  readonly seconds: number;
  readonly cases: readonly Case[];
} {
  const missed = (failure: readonly string[]): Case["failure"] => (tolerated ? null : failure);
  const broken = [run.error, run.log].flatMap((text) => (text === null ? [] : [text]));
  return {
    name: `${run.file}${run.way === null ? "" : ` (${run.way})`} (${run.gateway ?? "ungoverned"})`,
    seconds: run.milliseconds / 1_000,
    cases: [
      ...broken.map((text) => ({
        name: "the scenario",
        failure: missed([text]),
        skipped: tolerated ? MISSED : null,
      })),
      ...linesOf(run, expected).map(({ title, judged, failure }): Case => {
        switch (judged.standing) {
          case "passed":
            return { name: title, failure: null, skipped: null };
          case "failed":
            return { name: title, failure: missed(failure), skipped: tolerated ? MISSED : null };
          case "unexpected pass":
            return {
              name: title,
              failure: ["passes, and is listed as an expected failure"],
              skipped: null,
            };
          default:
            return { name: title, failure: null, skipped: judged.why ?? "" };
        }
      }),
    ],
  };
}

/** A share with its interval, in per cent. */
export function shareText({ satisfied, of, share, interval: [low, high] }: Satisfaction): string {
  const percent = (value: number): string => (value * 100).toFixed(1);
  const shown = share === null ? "none" : `${percent(share)} %`;
  return `${satisfied} of ${of} satisfied: ${shown} [${percent(low)}, ${percent(high)}]`;
}

/** What a file asks for beside what it got; empty for a file that asks for everything. */
export function satisfactionText(one: FileSatisfaction): readonly string[] {
  if (one.atLeast === null) return [];
  const head = one.passed ? "ok" : "FAIL";
  return [`${head.padEnd(5)} ${visible(one.file)}  ${shareText(one)}, ${one.atLeast} asked for`];
}
