import { deciding, type LedgerRecord } from "@bylaw/core";
import { visible } from "../visible.ts";
import type { Entry } from "./entries.ts";

type Action = Extract<LedgerRecord, { kind: "intent" }>["action"];

/** The whole story of one action, line by line, for a terminal. */
export function tellStory(entries: readonly Entry[]): string {
  const action = entries
    .map(({ record }) => ("action" in record ? record.action : null))
    .find((found) => found !== null && typeof found === "object");
  const head = action === undefined || action === null ? [] : aboutAction(action);
  const lines = entries.flatMap(({ index, record }) =>
    happened(record).map((text, at) => {
      const when = at === 0 ? `${String(index).padStart(6)}  ${record.at}` : "".padEnd(32);
      return `${when}  ${text}`;
    }),
  );
  return [...head, ...lines].map((line) => `${visible(line)}\n`).join("");
}

function aboutAction(action: Action): readonly string[] {
  const chain = action.chain.map(({ id }) => id).join(" -> ");
  const { labels, origins, untrusted } = action.provenance;
  const basis = [
    ...(origins.length === 0 ? [] : [`from ${origins.join(", ")}`]),
    ...(labels.length === 0 ? [] : [`labelled ${labels.join(", ")}`]),
    ...(untrusted ? ["partly UNTRUSTED"] : []),
  ];
  return [
    `${action.id}  ${chain}  (session ${action.session}, ${action.assurance})`,
    `asks       ${action.upstream} ${action.operation} ${action.target ?? ""}`,
    ...action.effects.map((effect) => `effect     ${describeEffect(effect)}`),
    ...(basis.length === 0 ? [] : [`rests on   ${basis.join("; ")}`]),
    `arguments  ${action.arguments}`,
    "",
  ];
}

/** `delete Table::customers, at most 2`. */
export function describeEffect({
  action,
  resource,
  atMost,
  known,
}: Action["effects"][number]): string {
  const amount = known ? `, at most ${atMost.toLocaleString("en")}` : ", how much is unknown";
  return `${action} ${resource.type}::${resource.id}${amount}`;
}

function happened(record: LedgerRecord): readonly string[] {
  switch (record.kind) {
    case "intent":
    case "refusal":
    case "hold": {
      const said = record.decision.reasons.map(
        ({ outcome, policy, code, text }) => `${outcome}: ${text} (${policy ?? code})`,
      );
      return [
        `${opening(record)}, bundle ${record.decision.bundle.slice(0, 19)}`,
        ...said.slice(0, 5),
      ];
    }
    case "approval":
      return [
        `${record.verdict.toUpperCase()} by ${record.by ?? "nobody"} for ${record.policies.join(", ")}`,
      ];
    case "outcome": {
      const size = record.result === null ? "" : `, ${record.result.length} bytes came back`;
      return [
        `${record.completion.toUpperCase()}${record.code === null ? "" : ` (${record.code})`}${size}`,
      ];
    }
    case "reject":
      return [`REJECTED ${record.code}, ${record.bytes.length} bytes`];
    default:
      return [];
  }
}

function opening(record: Extract<LedgerRecord, { kind: "intent" | "refusal" | "hold" }>): string {
  switch (record.kind) {
    case "intent": {
      const used = record.decision.claims.approvals;
      return `FORWARDED${used.length === 0 ? "" : `, using ${used.join(", ")}`}`;
    }
    case "hold":
      return `HELD as ${record.approval} until ${record.expires}`;
    case "refusal":
      return `REFUSED: ${deciding(record.decision).code}`;
  }
}
