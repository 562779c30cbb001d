import type { CaseFailure, CaseResult, SourcePlace, Verdict } from "@bylaw/bundle";
import type { Coverage, FileRun } from "./policy-tests.ts";
import { visible } from "./visible.ts";

/** One file as a terminal shows it: a line, and what failed below. */
export function fileText({ file, results, refused }: FileRun): string {
  const failed = results.filter(({ failure }) => failure !== null);
  if (refused.length > 0) {
    const lines = refused.map(
      (error) => `  ${placeText(error)}: ${visible(error.message)} (${error.code})`,
    );
    return [`REFUSED ${visible(file)}`, ...lines].join("\n");
  }
  const head = failed.length === 0 ? "ok" : "FAIL";
  const count = `${results.length - failed.length} of ${results.length} cases`;
  return [
    `${head.padEnd(7)} ${visible(file)}  ${count}`,
    ...failed.map((one) => failureText(file, one)),
  ].join("\n");
}

function failureText(file: string, { name, line, column, failure }: CaseResult): string {
  const title = `  x ${visible(name)}  (${visible(file)}:${line}:${column})`;
  return failure === null
    ? title
    : [title, ...linesOf(failure).map((text) => `      ${text}`)].join("\n");
}

/** What was expected and what came, reason by reason. */
export function linesOf({
  expected,
  got,
  error,
  missing,
  surplus,
}: CaseFailure): readonly string[] {
  if (got === null) return [`the case means nothing: ${visible(error ?? "")}`];
  const lines = [...difference("outcome", expected.outcome, got.outcome)];
  lines.push(...difference("because", listText(expected.because), listText(got.because)));
  if (expected.wouldHave !== null)
    lines.push(
      ...difference("would have", listText(expected.wouldHave), listText(got.wouldHave ?? [])),
    );
  for (const { name, why, place } of missing)
    lines.push(`- ${visible(name)} did not decide: ${visible(why)}${at(place)}`);
  for (const { name, text, place } of surplus)
    lines.push(`+ ${visible(name)} decided: ${visible(text)}${at(place)}`);
  return lines;
}

function difference(title: string, expected: string, got: string): readonly string[] {
  if (expected === got) return [];
  const pad = " ".repeat(title.length);
  return [`${title}  expected  ${visible(expected)}`, `${pad}  got       ${visible(got)}`];
}

function listText(names: Verdict["because"]): string {
  return names.length === 0 ? "nothing" : names.join(", ");
}

function at(place: SourcePlace | null): string {
  return place === null ? "" : `  (${placeText(place)})`;
}

function placeText({ file, line, column }: Pick<SourcePlace, "file" | "line" | "column">): string {
  return file === null ? "the set of policies" : `${visible(file)}:${line ?? 1}:${column ?? 1}`;
}

export function coverageText(coverage: Coverage): string {
  const { policies, determining, missing } = coverage;
  const head = `coverage: ${determining} of ${policies} policies decide some case (${percentOf(coverage)}%)`;
  const lines = missing.map(({ id, place }) => `  ${placeText(place)}  \`${id}\` decides no case`);
  return [head, ...lines].join("\n");
}

/** Rounded down, so that 100 means all. */
export function percentOf({ policies, determining }: Coverage): number {
  return policies === 0 ? 100 : Math.floor((determining * 100) / policies);
}
