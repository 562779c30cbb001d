import { deciding } from "@bylaw/core";
import type { Entry } from "./entries.ts";
import type { ExportFormat, Summary } from "./export.ts";
import { describeEffect } from "./story.ts";

const COLUMNS = [
  "index",
  "time",
  "kind",
  "action",
  "agent",
  "user",
  "session",
  "gateway",
  "upstream",
  "operation",
  "target",
  "effects",
  "outcome",
  "code",
  "policy",
  "approval",
  "by",
  "untrusted",
] as const;

type Row = Partial<Record<(typeof COLUMNS)[number], string | number | null>>;

/** RFC 4180, one row per record, safe to open in a spreadsheet. */
export function csvFormat(): ExportFormat {
  return {
    head: `${COLUMNS.join(",")}\r\n`,
    render(entry, action): string {
      const row = { ...aboutAction(action), ...aboutRecord(entry) } as Row;
      return `${COLUMNS.map((column) => cell(row[column] ?? "")).join(",")}\r\n`;
    },
  };
}

/**
 * One cell. A text that a spreadsheet would take for a formula gets an apostrophe in front: agents
 * name their tools, and `=HYPERLINK(...)` is a name too.
 */
export function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const safe = /^[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u.test(value)
    ? `'${value}`
    : value;
  // A cell may not move the cursor of whoever prints the file either.
  const shown = safe.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");
  return /[",;']/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}

function aboutAction(action: Summary | null): Row {
  if (action === null) return {};
  return {
    action: action.id,
    agent: action.chain.findLast(({ type }) => type === "Agent")?.id ?? "",
    user: action.chain.find(({ type }) => type === "User")?.id ?? "",
    session: action.session,
    gateway: action.gateway,
    upstream: action.upstream,
    operation: action.operation,
    target: action.target,
    effects: action.effects.map(describeEffect).join("; "),
    untrusted: action.provenance.untrusted ? "yes" : "no",
  };
}

function aboutRecord({ index, record }: Entry): Row {
  const row: Row = { index, time: record.at, kind: record.kind };
  switch (record.kind) {
    case "intent":
    case "hold":
    case "refusal": {
      const { outcome, code, policy } = deciding(record.decision);
      const approval = record.kind === "hold" ? record.approval : "";
      return { ...row, outcome, code, policy, approval };
    }
    case "reject":
      return {
        ...row,
        action: record.id,
        gateway: record.gateway,
        upstream: record.upstream,
        outcome: "block",
        code: record.code,
      };
    case "approval":
      return {
        ...row,
        approval: record.approval,
        outcome: record.verdict,
        by: record.by,
        policy: record.policies.join(" "),
      };
    case "outcome":
      return { ...row, action: record.action, outcome: record.completion, code: record.code };
    case "change":
      return {
        ...row,
        target: `${record.subject} ${record.id}`,
        by: record.by,
        outcome: record.after,
      };
    case "proof":
      return { ...row, target: `${record.method} ${record.factor}`, by: record.by };
    case "gap":
      return { ...row, code: record.code };
    case "alarm":
      return {
        ...row,
        action: record.action,
        target: record.bundle === null ? null : `bundle ${record.bundle}`,
        code: record.code,
        by: record.by,
      };
    default:
      return row;
  }
}
