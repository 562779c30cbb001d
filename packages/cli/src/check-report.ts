import type { CheckFinding, Severity } from "@bylaw/bundle";
import { visible } from "./visible.ts";

/** A finding as a compiler shows one: what, where, the line with carets, and what to do. */
export function findingText(finding: CheckFinding): string {
  const { severity, rule, message, excerpt, related, proposal, help } = finding;
  const [source, carets] = excerpt?.split("\n") ?? [];
  const margin = " ".repeat(source?.indexOf(" |") ?? 0);
  const note = (title: string, text: string): string => `${margin} = ${title}: ${text}`;
  const lines = [`${severity}[${rule}]: ${visible(message)}`];
  if (finding.file !== null) lines.push(`${margin}--> ${placeText(finding)}`);
  if (source !== undefined) lines.push(`${margin} |`, visible(source));
  if (carets !== undefined) lines.push(carets);
  if (related !== null)
    lines.push(note("note", `\`${related.policy}\` is at ${placeText(related)}`));
  lines.push(note("help", help));
  if (proposal !== null) {
    const [first = "", ...rest] = visibleLines(proposal);
    lines.push(note("narrower", first), ...rest.map((line) => `${margin}             ${line}`));
  }
  return lines.join("\n");
}

function visibleLines(text: string): readonly string[] {
  return text.split("\n").map(visible);
}

type Place = Pick<CheckFinding, "file" | "line" | "column">;

function placeText({ file, line, column }: Place): string {
  return `${visible(file ?? "")}:${line ?? 1}:${column ?? 1}`;
}

/** `2 errors, 1 warning, 3 notes; 1 accepted`, or that there is nothing to say. */
export function countText(findings: readonly CheckFinding[]): string {
  const open = findings.filter(({ accepted }) => accepted === null);
  const parts = (["error", "warning", "note"] as const).flatMap((severity: Severity) => {
    const count = open.filter((one) => one.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? "" : "s"}`];
  });
  const accepted = findings.length - open.length;
  const found = parts.length === 0 ? "no findings" : parts.join(", ");
  return accepted === 0 ? found : `${found}; ${accepted} accepted`;
}
