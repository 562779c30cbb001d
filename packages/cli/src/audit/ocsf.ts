import { type Decision, deciding, type LedgerRecord } from "@bylaw/core";
import { leafHash } from "@bylaw/ledger";
import type { Entry } from "./entries.ts";
import type { ExportFormat, Source, Summary } from "./export.ts";

/** The released schema that events are written for, and checked against. */
const OCSF_VERSION = "1.9.0";
/** Class uids; their category is the first digit. */
const CLASS = { apiActivity: 6003, entityManagement: 3004, applicationLifecycle: 6002 } as const;
const PROFILES: Readonly<Record<number, readonly string[]>> = {
  [CLASS.apiActivity]: ["ai_operation", "security_control"],
  [CLASS.entityManagement]: [],
  [CLASS.applicationLifecycle]: [],
};
const SEVERITY = { informational: 1, low: 2, medium: 3, high: 4 } as const;
const STATUS = { unknown: 0, success: 1, failure: 2 } as const;
const ALLOWED = { action_id: 1, action: "Allowed" } as const;
const DENIED = { action_id: 2, action: "Denied" } as const;

type Event = Readonly<Record<string, unknown>>;

/** One OCSF event per line. */
export function ocsfFormat(source: Source): ExportFormat {
  return {
    head: "",
    render: (entry, action) => `${JSON.stringify(ocsfEvent(entry, action, source))}\n`,
  };
}

/** In: a record, the action it is about, the log it is from. */
function ocsfEvent(entry: Entry, action: Summary | null, source: Source): Event {
  const { record, index, bytes } = entry;
  const base = {
    time: Date.parse(record.at),
    metadata: {
      version: OCSF_VERSION,
      uid: `${source.origin}/${index}`,
      sequence: index,
      log_name: source.origin,
      original_time: record.at,
      product: { name: "Bylaw", vendor_name: "Bylaw", version: source.version },
      profiles: PROFILES[classOf(record)],
      ...correlation(record),
    },
    // The leaf that an inclusion proof starts from. It is a hash of the record, not of this event,
    // so it is no `attestation` of the record_integrity profile.
    unmapped: {
      bylaw: {
        origin: source.origin,
        index,
        leaf: Buffer.from(leafHash(bytes)).toString("base64"),
        kind: record.kind,
        record,
      },
    },
  };
  switch (record.kind) {
    case "change":
      return { ...base, ...changed(record) };
    case "alarm":
      return { ...base, ...raised(record) };
    case "proof":
      return { ...base, ...proven(record) };
    case "start":
    case "stop":
    case "gap":
      return { ...base, ...lived(record) };
    default:
      return { ...base, ...acted(record, action) };
  }
}

function classOf({ kind }: LedgerRecord): number {
  if (kind === "change" || kind === "alarm" || kind === "proof") return CLASS.entityManagement;
  return kind === "start" || kind === "stop" || kind === "gap"
    ? CLASS.applicationLifecycle
    : CLASS.apiActivity;
}

function correlation(record: LedgerRecord): Event {
  if (record.kind === "approval") return { correlation_uid: record.approval };
  if (record.kind === "outcome") return { correlation_uid: record.action };
  if (record.kind === "alarm")
    return record.action === null ? {} : { correlation_uid: record.action };
  if ("action" in record && record.action !== null) return { correlation_uid: record.action.id };
  return {};
}

function classed(uid: number, activity: number, name: string, severity: number): Event {
  return {
    class_uid: uid,
    category_uid: Math.floor(uid / 1_000),
    activity_id: activity,
    activity_name: name,
    type_uid: uid * 100 + activity,
    severity_id: severity,
  };
}

type Acted = Exclude<
  LedgerRecord,
  { kind: "change" | "alarm" | "proof" | "start" | "stop" | "gap" }
>;

function acted(record: Acted, action: Summary | null): Event {
  const [activity, name] = activityOf(action);
  const verdict = verdictOf(record);
  const chain = action?.chain ?? [];
  const user = chain.find(({ type }) => type === "User")?.id;
  const agent = chain.findLast(({ type }) => type === "Agent")?.id;
  const credential = action?.credential ?? (record.kind === "reject" ? record.credential : null);
  const origin = record.kind === "reject" ? record : action;
  return {
    ...classed(CLASS.apiActivity, activity, name, verdict.severity),
    ...verdict.fields,
    message: verdict.message,
    actor: {
      // An actor has at least one of its attributes, also where nobody could be told.
      app_name: agent ?? credential ?? "unknown",
      ...(user === undefined ? {} : { user: { uid: user, name: user, type_id: 1 } }),
      ...(action === null ? {} : { session: { uid: action.session } }),
    },
    api: {
      operation: action?.operation ?? "unknown",
      service: { name: origin?.upstream ?? "unknown" },
      ...(action === null ? {} : { request: { uid: action.id } }),
    },
    src_endpoint: { name: origin?.gateway ?? "unknown", svc_name: origin?.gateway ?? "unknown" },
    resources: (action?.effects ?? []).map(({ action: does, resource, atMost, known }) => ({
      type: resource.type,
      name: resource.id,
      uid: `${resource.type}::${resource.id}`,
      data: { action: does, at_most: atMost, known },
    })),
    ...(agent === undefined
      ? {}
      : { ai_agent: { uid: agent, name: agent, type_id: 0, instance_uid: action?.session } }),
  };
}

/** Create 1, read 2, update 3, delete 4, other 99: what most deserves attention names the event. */
function activityOf(action: Summary | null): readonly [number, string] {
  const does = new Set<string>(action?.effects.map((effect) => effect.action));
  if (does.size === 0) return [0, "Unknown"];
  if (does.has("delete")) return [4, "Delete"];
  const others = [...does].filter((one) => !["read", "list", "create", "update"].includes(one));
  const [other] = others;
  if (other !== undefined) return [99, other];
  if (does.has("update")) return [3, "Update"];
  if (does.has("create")) return [1, "Create"];
  return [2, "Read"];
}

interface Verdict {
  readonly severity: number;
  readonly message: string;
  readonly fields: Event;
}

function verdictOf(record: Acted): Verdict {
  switch (record.kind) {
    case "intent": {
      const raised = record.decision.outcome === "log";
      return {
        severity: raised ? SEVERITY.low : SEVERITY.informational,
        message: `allowed by ${by(record.decision)}`,
        fields: control(record.decision, ALLOWED, raised ? [17, "Logged"] : [1, "Allowed"], raised),
      };
    }
    case "hold":
      return {
        severity: SEVERITY.low,
        message: `waits for a person, by ${by(record.decision)}`,
        fields: control(
          record.decision,
          { action_id: 0, action: "Unknown" },
          [14, "Delayed"],
          true,
        ),
      };
    case "refusal":
      return {
        severity: SEVERITY.medium,
        message: `refused by ${by(record.decision)}`,
        fields: control(record.decision, DENIED, [2, "Blocked"], true),
      };
    case "reject":
      return {
        severity: SEVERITY.medium,
        message: `rejected: ${record.code}`,
        fields: {
          ...DENIED,
          disposition_id: 25,
          disposition: "Rejected",
          status_id: STATUS.failure,
          status_code: record.code,
          is_alert: true,
        },
      };
    case "approval": {
      const yes = record.verdict === "approved";
      return {
        severity: SEVERITY.informational,
        message: `${record.verdict} by ${record.by ?? "nobody"}`,
        fields: {
          ...(yes ? ALLOWED : DENIED),
          ...(yes
            ? { disposition_id: 8, disposition: "Approved" }
            : { disposition_id: 25, disposition: "Rejected" }),
          authorizations: record.policies.map((policy) => ({
            decision: record.verdict,
            policy: { uid: policy, name: policy },
          })),
        },
      };
    }
    case "outcome":
      return {
        severity: record.completion === "ok" ? SEVERITY.informational : SEVERITY.low,
        message: `came back: ${record.completion}`,
        fields: {
          ...ALLOWED,
          disposition_id: 1,
          disposition: "Allowed",
          ...status(record.completion),
          ...(record.code === null ? {} : { status_code: record.code }),
        },
      };
  }
}

function status(completion: "ok" | "error" | "unknown"): Event {
  if (completion === "ok") return { status_id: STATUS.success, status: "Success" };
  if (completion === "error") return { status_id: STATUS.failure, status: "Failure" };
  return { status_id: STATUS.unknown, status: "Unknown" };
}

function control(
  decision: Decision,
  action: Event,
  [disposition_id, disposition]: readonly [number, string],
  is_alert: boolean,
): Event {
  const { code, policy } = deciding(decision);
  return {
    ...action,
    disposition_id,
    disposition,
    is_alert,
    status_code: code,
    ...(policy === null ? {} : { policy: { uid: policy, name: policy } }),
    authorizations: decision.reasons.map((reason) => ({
      decision: reason.outcome,
      ...(reason.policy === null ? {} : { policy: { uid: reason.policy, name: reason.policy } }),
    })),
  };
}

function by(decision: Decision): string {
  const { code, policy } = deciding(decision);
  return policy ?? code;
}

function changed(record: Extract<LedgerRecord, { kind: "change" }>): Event {
  const [activity, name] =
    record.before === null
      ? ([1, "Create"] as const)
      : record.after === null
        ? ([4, "Delete"] as const)
        : ([3, "Update"] as const);
  return {
    ...classed(CLASS.entityManagement, activity, name, SEVERITY.low),
    message: `${record.subject} ${record.id}: ${record.before ?? "new"} -> ${record.after ?? "gone"}`,
    actor: { user: { uid: record.by, name: record.by, type_id: 1 } },
    entity: { uid: record.id, name: record.id, type: record.subject },
  };
}

function raised(record: Extract<LedgerRecord, { kind: "alarm" }>): Event {
  const bundle = record.bundle ?? "unknown";
  return {
    ...classed(
      CLASS.entityManagement,
      99,
      "Alarm",
      record.by === null ? SEVERITY.high : SEVERITY.low,
    ),
    message: `${record.code}: ${record.text}`,
    actor:
      record.by === null
        ? { app_name: "Bylaw" }
        : { user: { uid: record.by, name: record.by, type_id: 1 } },
    entity: { uid: bundle, name: bundle, type: "bundle" },
  };
}

function proven({ by: person, method, factor }: Extract<LedgerRecord, { kind: "proof" }>): Event {
  return {
    ...classed(CLASS.entityManagement, 99, "Proof", SEVERITY.informational),
    message: `${person} proved by ${method} ${factor} to ask for what follows`,
    actor: { user: { uid: person, name: person, type_id: 1 } },
    entity: { uid: factor, name: factor, type: "factor" },
  };
}

type Lived = Extract<LedgerRecord, { kind: "start" | "stop" | "gap" }>;

function lived(record: Lived): Event {
  const app = { name: "Bylaw", vendor_name: "Bylaw" };
  const event = (
    activity: number,
    name: string,
    severity: number = SEVERITY.informational,
  ): Event => classed(CLASS.applicationLifecycle, activity, name, severity);
  switch (record.kind) {
    case "start": {
      const message = `bylaw ${record.version} started, ${record.tier}`;
      return { ...event(3, "Start"), message, app: { ...app, version: record.version } };
    }
    case "stop":
      return { ...event(4, "Stop"), message: "bylaw stopped", app };
    case "gap": {
      const message = `nothing could be recorded since ${record.since} (${record.code}); ${record.refused} records were refused`;
      return { ...event(99, "Gap", SEVERITY.high), message, app };
    }
  }
}
