import { type Finding, RULES } from "@bylaw/facts";
import { visible } from "../visible.ts";

/** What was found in one file. */
export interface FileReport {
  readonly file: string;
  readonly text: string;
  readonly findings: readonly Finding[];
  /** False when part of the file was not looked at. */
  readonly complete: boolean;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** Units of a value that people are shown, and the part of it that they never exceed. */
const SHOWN_UNITS_MAX = 4;
const SHOWN_SHARE = 4;

/** The start of a value, so that its owner knows it and nobody else can use it. */
export function masked(value: string): string {
  const shown = Math.min(SHOWN_UNITS_MAX, Math.floor(value.length / SHOWN_SHARE));
  return `${visible(value.slice(0, shown))}… (${value.length} characters)`;
}

/** For people: `file:line:column: id: title: value`, one line for each finding. */
export function forPeople(report: FileReport): readonly string[] {
  const place = places(report.text);
  return report.findings.map(({ rule, start, end }) => {
    const { line, column } = place(start);
    const title = RULES.get(rule)?.title ?? rule;
    return `${visible(report.file)}:${line}:${column}: ${rule}: ${title}: ${masked(report.text.slice(start, end))}`;
  });
}

/** For machines: the findings of one file, without any of its text. */
export function forMachines(report: FileReport): Readonly<Record<string, unknown>> {
  const place = places(report.text);
  return {
    file: report.file,
    complete: report.complete,
    findings: report.findings.map((finding) => ({ ...finding, ...place(finding.start) })),
  };
}

const SARIF_LEVELS = { critical: "error", high: "error", medium: "warning", low: "note" } as const;

/** SARIF 2.1.0 for code hosts and editors, without any of the text. */
export function sarif(reports: readonly FileReport[], version: string): object {
  const used = [...new Set(reports.flatMap(({ findings }) => findings.map(({ rule }) => rule)))];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "bylaw",
            version,
            rules: used
              .sort()
              .map((id) => ({ id, shortDescription: { text: RULES.get(id)?.title ?? id } })),
          },
        },
        columnKind: "utf16CodeUnits",
        results: reports.flatMap(sarifResults),
      },
    ],
  };
}

function sarifResults(report: FileReport): readonly object[] {
  const place = places(report.text);
  return report.findings.map(({ rule, start, end }) => {
    const from = place(start);
    const to = place(end);
    const region = {
      startLine: from.line,
      startColumn: from.column,
      endLine: to.line,
      endColumn: to.column,
    };
    const uri = encodeURI(report.file.replaceAll("\\", "/"));
    return {
      ruleId: rule,
      level: SARIF_LEVELS[RULES.get(rule)?.severity ?? "low"],
      message: { text: RULES.get(rule)?.title ?? rule },
      locations: [{ physicalLocation: { artifactLocation: { uri }, region } }],
    };
  });
}

/** Line and column, from 1, of an offset. Made for many offsets of one text. */
function places(text: string): (offset: number) => Place {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
