import { deciding, type LedgerRecord } from "@bylaw/core";

/** One line that a person can read without the format's documentation. */
export function summary(record: LedgerRecord): string {
  switch (record.kind) {
    case "intent":
      return `${record.decision.outcome.toUpperCase()}  ${who(record.action)}`;
    case "refusal": {
      const { code, policy } = deciding(record.decision);
      const what = record.action === null ? record.id : who(record.action);
      return `${record.decision.outcome.toUpperCase()}  ${what}  by ${policy ?? code} (${code})`;
    }
    case "hold":
      return `HOLD  ${who(record.action)}  ${record.approval}`;
    case "approval":
      return `${record.verdict.toUpperCase()}  ${record.approval}  by ${record.by ?? "nobody"}`;
    case "outcome":
      return `  → ${record.completion}${record.code === null ? "" : ` (${record.code})`}  of ${record.intent}`;
    case "reject":
      return `REJECT  ${record.credential ?? "unknown caller"}  ${record.code}`;
    case "start":
      return `START  bylaw ${record.version}, ${record.tier}, bundle ${record.bundle.slice(0, 19)}`;
    case "stop":
      return "STOP";
    case "gap":
      return `GAP  nothing recorded since ${record.since} (${record.code}), ${record.refused} records refused`;
    case "change":
      return `CHANGE  ${record.subject} ${record.id}: ${record.before ?? "new"} -> ${record.after ?? "gone"} by ${record.by}${"reason" in record ? `: ${record.reason}` : ""}`;
    case "proof":
      return `PROOF  ${record.method} ${record.factor}  by ${record.by}`;
    case "alarm":
      return `ALARM  ${record.code}  ${record.text}${record.by === null ? "" : `  by ${record.by}`}`;
  }
}

type Summary = Extract<LedgerRecord, { kind: "intent" }>["action"];

function who({ chain, upstream, target, operation }: Summary): string {
  const agent = chain.at(-1)?.id ?? "?";
  return `${agent} ${upstream}/${target ?? operation}`;
}
