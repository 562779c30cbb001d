import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { ok, type Result } from "@bylaw/core";
import { type Problem, readShape, type ScenarioError } from "./read.ts";
import type { Run } from "./run.ts";
import { COUNT, key, list, map, record, required, TEXT } from "./shape.ts";

/** A step or a look at the world that cannot be as expected yet, because what it needs is not built. */
export interface ExpectedFailure {
  /** Name of the file, without `.yaml`. */
  readonly scenario: string;
  readonly step?: string;
  /** Number of a check of `then`, from 1. */
  readonly then?: number;
  /** One gateway; without it, all. */
  readonly gateway?: string;
  /** One of `rooms`. */
  readonly needs: string;
}

/** One file says what cannot pass yet; what passes all the same must be taken off it. */
export interface ExpectedFailures {
  /** Gateways that do not exist yet, with why. */
  readonly gateways: Readonly<Record<string, string>>;
  /** Parts of Bylaw that do not exist yet, with what they do; nothing else excuses a failure. */
  readonly rooms: Readonly<Record<string, string>>;
  readonly failures: readonly ExpectedFailure[];
}

const FILE = record({
  gateways: key(map(TEXT), "gateways that do not exist yet"),
  rooms: key(map(TEXT), "parts of Bylaw that do not exist yet, with what they do"),
  failures: key(
    list(
      record({
        scenario: required(TEXT, "name of the file, without `.yaml`"),
        step: key(TEXT, "the step"),
        then: key(COUNT, "number of a check of `then`, from 1"),
        gateway: key(TEXT, "one gateway; default all"),
        needs: required(TEXT, "one of `rooms`"),
      }),
    ),
    "steps and checks that cannot be as expected yet",
  ),
});

/** Reads a list of expected failures as strictly as a scenario. Throws what reading the file throws. */
export function readExpectedFailures(
  file: string,
): Result<ExpectedFailures, readonly ScenarioError[]> {
  const read = readShape(FILE, file, readFileSync(file, "utf8"), (value, placeOf) => {
    const { rooms = {}, failures = [] } = value as Partial<ExpectedFailures>;
    return failures.flatMap(({ needs }, at): readonly Problem[] => {
      if (Object.hasOwn(rooms, needs)) return [];
      const offset = placeOf(["failures", at, "needs"]);
      return [
        { code: "scenario.unknown_name", message: `\`${needs}\` is not in \`rooms\``, offset },
      ];
    });
  });
  if (!read.ok) return read;
  const { gateways = {}, rooms = {}, failures = [] } = read.value as Partial<ExpectedFailures>;
  return ok({ gateways, rooms, failures });
}

export type Standing = "passed" | "failed" | "expected failure" | "unexpected pass" | "skipped";

/** How a step or check stands, and why where it neither passed nor failed. */
export interface Judged {
  readonly standing: Standing;
  readonly why: string | null;
}

/**
 * How one step or check of a run stands. In: which one, and whether it failed. Out:
 * how it stands and what it needs. A listed failure that passes is
 * as wrong as one that nobody listed; without Bylaw the list does not count.
 */
export function standingOf(
  { file, gateway }: Pick<Run, "file" | "gateway">,
  what: { readonly step: string; readonly skipped: string | null } | { readonly then: number },
  failed: boolean,
  { failures }: ExpectedFailures,
): Judged {
  const name = basename(file).replace(/\.ya?ml$/, "");
  const listed = failures.find(
    (one) =>
      one.scenario === name &&
      (one.gateway === undefined || one.gateway === gateway) &&
      ("step" in what ? one.step === what.step : one.then === what.then),
  );
  if ("step" in what && what.skipped !== null) return { standing: "skipped", why: what.skipped };
  if (gateway === null || listed === undefined)
    return { standing: failed ? "failed" : "passed", why: null };
  return { standing: failed ? "expected failure" : "unexpected pass", why: listed.needs };
}

/** Whether nothing of a run is worse, or better, than said. */
export function holds(run: Run, expected: ExpectedFailures): boolean {
  if (run.error !== null || run.log !== null) return false;
  const standings = [
    ...run.steps.map(({ step, failure, skipped }) =>
      standingOf(run, { step, skipped }, failure.length > 0, expected),
    ),
    ...run.checks.map(({ check, failure }) =>
      standingOf(run, { then: check }, failure.length > 0, expected),
    ),
  ];
  return standings.every(({ standing }) => standing !== "failed" && standing !== "unexpected pass");
}
