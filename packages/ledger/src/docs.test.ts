import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RECORD_KINDS } from "./records.ts";
import { PROBLEM_CODES } from "./report.ts";

const docs = readFileSync(new URL("../../../docs/log-format.md", import.meta.url), "utf8");

/** What the first column of a table lists between backticks. */
function listed(heading: string): readonly string[] {
  const section = docs.slice(docs.indexOf(`## ${heading}`)).split("\n## ")[0] ?? "";
  const cells = section.split("\n").flatMap((line) => /^\| (`.*?`) \|/.exec(line)?.[1] ?? []);
  return cells.flatMap((cell) => cell.split(", ").map((code) => code.replaceAll("`", "")));
}

describe("docs/log-format.md", () => {
  it("explains every code that verification can answer, and no other", () => {
    expect([...listed("What verification checks")].sort()).toEqual([...PROBLEM_CODES].sort());
  });

  it("explains every kind of record", () => {
    expect([...listed("Entries")].sort()).toEqual([...RECORD_KINDS].sort());
  });
});
