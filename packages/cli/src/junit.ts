import type { CaseResult } from "@bylaw/bundle";
import type { FileRun } from "./policy-tests.ts";
import { linesOf } from "./test-report.ts";

/** Results as JUnit XML, the form that CI systems read: one suite per file, one error for a file that did not run. */
export function junitOf(runs: readonly FileRun[]): string {
  const suites = runs.map(suiteOf).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="bylaw test">\n${suites}</testsuites>\n`;
}

function suiteOf({ file, results, refused }: FileRun): string {
  const failures = results.filter(({ failure }) => failure !== null).length;
  const counts = attributes({
    name: file,
    tests: results.length + (refused.length > 0 ? 1 : 0),
    failures,
    errors: refused.length > 0 ? 1 : 0,
  });
  const texts = refused.map(
    ({ line, column, code, message }) => `${line ?? 1}:${column ?? 1} ${message} (${code})`,
  );
  const error =
    refused.length === 0
      ? ""
      : `    <testcase${attributes({ classname: file, name: "the file", file })}>\n` +
        `      <error${attributes({ message: texts[0] ?? "", type: refused[0]?.code ?? "" })}>${escaped(texts.join("\n"))}</error>\n` +
        "    </testcase>\n";
  const cases = results.map((result) => caseOf(file, result)).join("");
  return `  <testsuite${counts}>\n${error}${cases}  </testsuite>\n`;
}

function caseOf(file: string, { name, line, failure }: CaseResult): string {
  const open = `    <testcase${attributes({ classname: file, name, file, line })}`;
  if (failure === null) return `${open}/>\n`;
  const lines = linesOf(failure);
  const body = `<failure${attributes({ message: lines[0] ?? "", type: "expectation" })}>${escaped(lines.join("\n"))}</failure>`;
  return `${open}>\n      ${body}\n    </testcase>\n`;
}

/** Suites of another command, whose cases may be left for later. */
export function junitSuites(
  name: string,
  suites: readonly {
    readonly name: string;
    readonly seconds: number;
    readonly cases: readonly {
      readonly name: string;
      readonly failure: readonly string[] | null;
      readonly skipped: string | null;
    }[];
  }[],
): string {
  const body = suites.map(({ name: suite, seconds, cases }) => {
    const counts = attributes({
      name: suite,
      tests: cases.length,
      failures: cases.filter(({ failure }) => failure !== null).length,
      skipped: cases.filter(({ skipped }) => skipped !== null).length,
      time: seconds,
    });
    return `  <testsuite${counts}>\n${cases.map((one) => suiteCase(suite, one)).join("")}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${attributes({ name })}>\n${body.join("")}</testsuites>\n`;
}

function suiteCase(
  classname: string,
  one: {
    readonly name: string;
    readonly failure: readonly string[] | null;
    readonly skipped: string | null;
  },
): string {
  const open = `    <testcase${attributes({ classname, name: one.name })}`;
  if (one.skipped !== null)
    return `${open}><skipped${attributes({ message: one.skipped })}/></testcase>\n`;
  if (one.failure === null) return `${open}/>\n`;
  const message = attributes({ message: one.failure[0] ?? "", type: "expectation" });
  return `${open}>\n      <failure${message}>${escaped(one.failure.join("\n"))}</failure>\n    </testcase>\n`;
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value)).replaceAll("\n", "&#10;")}"`)
    .join("");
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** XML 1.0 has no way to write most control characters and lone surrogates, not even as references. */
const UNWRITABLE = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu;

function escaped(text: string): string {
  return text
    .replace(UNWRITABLE, "\ufffd")
    .replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
