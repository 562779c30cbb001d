import { type Decision, deciding, type LedgerRecord } from "@bylaw/core";
import { summary } from "../summary.ts";
import type { Entry } from "./entries.ts";
import type { ExportFormat, Source, Summary } from "./export.ts";

/** Severity numbers of the OpenTelemetry log data model. */
const INFO = { severityNumber: 9, severityText: "INFO" } as const;
const WARN = { severityNumber: 13, severityText: "WARN" } as const;

type Value = string | number | boolean | readonly string[];
type Attributes = Readonly<Record<string, Value | null>>;

/** One ExportLogsServiceRequest in JSON per line: what an OpenTelemetry collector reads from a file. */
export function otlpFormat(source: Source): ExportFormat {
  return {
    head: "",
    render: (entry, action) => `${JSON.stringify(otlpRequest(entry, action, source))}\n`,
  };
}

/** In: a record, the action it is about, the log it is from. */
function otlpRequest(entry: Entry, action: Summary | null, source: Source): object {
  const { record, index } = entry;
  const nanoseconds = `${Date.parse(record.at)}000000`;
  const logRecord = {
    timeUnixNano: nanoseconds,
    observedTimeUnixNano: nanoseconds,
    ...severityOf(record),
    eventName: `bylaw.${record.kind}`,
    body: { stringValue: summary(record) },
    attributes: keyValues({
      "bylaw.log.index": index,
      "bylaw.log.origin": source.origin,
      ...aboutAction(action),
      ...aboutRecord(record),
    }),
  };
  const resource = { "service.name": "bylaw", "service.version": source.version };
  const scopeLogs = [
    { scope: { name: "bylaw", version: source.version }, logRecords: [logRecord] },
  ];
  return { resourceLogs: [{ resource: { attributes: keyValues(resource) }, scopeLogs }] };
}

function severityOf(record: LedgerRecord): typeof INFO | typeof WARN {
  const stopped =
    record.kind === "refusal" ||
    record.kind === "reject" ||
    (record.kind === "outcome" && record.completion !== "ok") ||
    (record.kind === "intent" && record.decision.outcome === "log");
  return stopped ? WARN : INFO;
}

/** GenAI and MCP semantic conventions where they have a name, `bylaw.*` where they have none. */
function aboutAction(action: Summary | null): Attributes {
  if (action === null) return {};
  const agent = action.chain.findLast(({ type }) => type === "Agent")?.id ?? null;
  const isTool = action.operation === "tools/call" || action.gateway === "sdk";
  return {
    "gen_ai.operation.name": isTool ? "execute_tool" : null,
    "gen_ai.tool.name": isTool ? action.target : null,
    "gen_ai.tool.call.id": isTool ? action.id : null,
    "gen_ai.agent.id": agent,
    "gen_ai.agent.name": agent,
    "gen_ai.conversation.id": action.session,
    "mcp.method.name": action.gateway === "mcp" ? action.operation : null,
    "user.id": action.chain.find(({ type }) => type === "User")?.id ?? null,
    "bylaw.action.id": action.id,
    "bylaw.gateway": action.gateway,
    "bylaw.upstream": action.upstream,
    "bylaw.operation": action.operation,
    "bylaw.target": action.target,
    "bylaw.assurance": action.assurance,
    "bylaw.effects": action.effects.map(
      ({ action: does, resource }) => `${does} ${resource.type}::${resource.id}`,
    ),
    "bylaw.labels": action.provenance.labels,
    "bylaw.origins": action.provenance.origins,
    "bylaw.untrusted": action.provenance.untrusted,
  };
}

function aboutRecord(record: LedgerRecord): Attributes {
  switch (record.kind) {
    case "intent":
    case "refusal":
      return decided(record.decision);
    case "hold":
      return { ...decided(record.decision), "bylaw.approval.id": record.approval };
    case "approval":
      return {
        "bylaw.approval.id": record.approval,
        "bylaw.approval.verdict": record.verdict,
        "bylaw.approval.by": record.by,
        "bylaw.policy.id": record.policies.join(" "),
      };
    case "outcome":
      return {
        "bylaw.action.id": record.action,
        "bylaw.outcome.completion": record.completion,
        "error.type": record.code,
      };
    case "reject":
      return {
        "bylaw.action.id": record.id,
        "bylaw.gateway": record.gateway,
        "bylaw.decision.outcome": "block",
        "bylaw.decision.reason_code": record.code,
      };
    case "change":
      return {
        "bylaw.change.subject": record.subject,
        "bylaw.change.id": record.id,
        "bylaw.change.before": record.before,
        "bylaw.change.after": record.after,
        "bylaw.change.by": record.by,
      };
    case "proof":
      return {
        "bylaw.proof.by": record.by,
        "bylaw.proof.factor": record.factor,
        "bylaw.proof.method": record.method,
      };
    case "alarm":
      return {
        "bylaw.action.id": record.action,
        "bylaw.alarm.code": record.code,
        "bylaw.alarm.text": record.text,
        "bylaw.alarm.by": record.by,
        "bylaw.bundle": record.bundle,
      };
    case "start":
      return { "bylaw.tier": record.tier, "bylaw.bundle": record.bundle };
    case "gap":
      return {
        "error.type": record.code,
        "bylaw.gap.since": record.since,
        "bylaw.gap.refused": record.refused,
      };
    case "stop":
      return {};
  }
}

function decided(decision: Decision): Attributes {
  const { code, policy } = deciding(decision);
  return {
    "bylaw.decision.outcome": decision.outcome,
    "bylaw.decision.reason_code": code,
    "bylaw.policy.id": policy,
    "bylaw.bundle": decision.bundle,
  };
}

function keyValues(attributes: Attributes): readonly object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === null ? [] : [{ key, value: anyValue(value) }],
  );
}

/** OTLP in JSON writes 64-bit integers as text. */
function anyValue(value: Value): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return { intValue: String(value) };
  if (typeof value === "boolean") return { boolValue: value };
  return { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } };
}
