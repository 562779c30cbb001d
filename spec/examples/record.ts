import type {
  ActionSummary,
  AlarmRecord,
  ApprovalRecord,
  ChangeRecord,
  ErasureRecord,
  GapRecord,
  GrantRecord,
  HaltRecord,
  HoldRecord,
  IntentRecord,
  OutcomeRecord,
  ProofRecord,
  RefusalRecord,
  RejectRecord,
  StartRecord,
  StopRecord,
} from "@bylaw/core";
import * as decision from "./decision.ts";
import { digestOf, keyedDigestOf } from "./digests.ts";
import { deletesTwoRows } from "./facts.ts";
import { toolCall } from "./request.ts";

const at = "2026-02-03T09:00:00.001Z";

const action: ActionSummary = {
  id: toolCall.id,
  gateway: "mcp",
  upstream: "records",
  operation: "tools/call",
  target: "records.delete",
  session: "s-01",
  credential: "token:intake",
  assurance: "local",
  chain: [
    { type: "User", id: "maria" },
    { type: "Agent", id: "intake" },
  ],
  effects: [
    {
      action: "delete",
      resource: { type: "Table", id: "crm/customers" },
      atMost: 2,
      known: true,
    },
  ],
  provenance: { labels: ["internal"], origins: ["user", "tool"], untrusted: true },
  arguments: deletesTwoRows.arguments.digest,
  digest: deletesTwoRows.digest,
  facts: digestOf(deletesTwoRows),
};

export const intent: IntentRecord = {
  v: 1,
  kind: "intent",
  at,
  action,
  decision: decision.allowed,
};

export const refusal: RefusalRecord = {
  v: 1,
  kind: "refusal",
  at,
  id: action.id,
  action,
  decision: decision.blocked,
};

export const refusalWithoutFacts: RefusalRecord = { ...refusal, action: null };

export const reject: RejectRecord = {
  v: 1,
  kind: "reject",
  at,
  id: "a-0004",
  gateway: "mcp",
  upstream: null,
  credential: null,
  code: "json.duplicate_key",
  bytes: { digest: digestOf({ example: "bytes" }), length: 31 },
};

export const hold: HoldRecord = {
  v: 1,
  kind: "hold",
  at,
  approval: "h-0001",
  action,
  decision: decision.held,
  expires: "2026-02-03T09:15:00.001Z",
};

export const approval: ApprovalRecord = {
  v: 1,
  kind: "approval",
  at,
  approval: "h-0001",
  digest: action.digest,
  verdict: "approved",
  by: "ben",
  policies: ["prod-deletes"],
};

export const approvalExpired: ApprovalRecord = { ...approval, verdict: "expired", by: null };

export const outcome: OutcomeRecord = {
  v: 1,
  kind: "outcome",
  at,
  action: action.id,
  intent: 17,
  completion: "ok",
  code: null,
  result: { digest: keyedDigestOf({ deleted: 2 }), length: 13 },
};

export const outcomeSettled: OutcomeRecord = { ...outcome, used: { usd: 70_000, tokens: 512 } };

export const outcomeUnknown: OutcomeRecord = {
  ...outcome,
  completion: "unknown",
  code: "upstream.gone",
  result: null,
};

export const start: StartRecord = {
  v: 1,
  kind: "start",
  at,
  version: "0.1.0",
  bundle: decision.held.bundle,
  configuration: digestOf({ example: "configuration" }),
  tier: "advisory",
  unclosed: 0,
};

export const stop: StopRecord = { v: 1, kind: "stop", at };

export const change: ChangeRecord = {
  v: 1,
  kind: "change",
  at,
  subject: "bundle",
  id: "4",
  before: null,
  after: decision.held.bundle,
  by: "maria",
};

export const enrolled: ChangeRecord = {
  ...change,
  subject: "factor",
  id: "maria/fac_1f0c2a",
  after: "passphrase:MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
};

export const proof: ProofRecord = {
  v: 1,
  kind: "proof",
  at,
  by: "maria",
  factor: "fac_1f0c2a",
  method: "passphrase",
  statement: '{"body":"sha256:00","covers":[],"person":"maria"}',
  signature: "c2lnbmF0dXJl",
};

export const proofByCode: ProofRecord = { ...proof, method: "totp", signature: null };

export const proofByPasskey: ProofRecord = {
  ...proof,
  method: "passkey",
  authenticator: { data: "ZGF0YQ", client: "Y2xpZW50" },
};

export const granted: GrantRecord = {
  v: 1,
  kind: "change",
  at,
  subject: "grant",
  id: "clean-up",
  before: null,
  after: decision.held.bundle,
  by: "maria",
  reason: "clean-up of test data",
};

export const waiverEnded: GrantRecord = {
  ...granted,
  subject: "waiver",
  id: "waiver:1f0c2a",
  before: "apr_1f0c",
  after: null,
  reason: "the clean-up is done",
};

export const erasedKey: ErasureRecord = {
  v: 1,
  kind: "change",
  at,
  subject: "key",
  id: "digest.key",
  before: "key:0f1e2d3c4b5a6978",
  after: "key:8796a5b4c3d2e1f0",
  by: "maria",
  reason: "a person asked to be forgotten",
};

export const erasedBodies: ErasureRecord = {
  ...erasedKey,
  subject: "bodies",
  id: "4096",
  before: "2026-01-01T00:00:00.000Z",
  after: null,
  reason: "retention",
};

export const halted: HaltRecord = {
  v: 1,
  kind: "change",
  at,
  subject: "halt",
  id: "agent:intake",
  before: "running",
  after: "halted",
  by: "maria",
  reason: "it deletes what it should not",
};

export const gap: GapRecord = {
  v: 1,
  kind: "gap",
  at,
  since: "2026-02-03T08:59:30.000Z",
  code: "disk.full",
  refused: 12,
};

export const alarm: AlarmRecord = {
  v: 1,
  kind: "alarm",
  at,
  code: "shadow.mismatch",
  bundle: decision.held.bundle,
  action: toolCall.id,
  by: null,
  text: "decided allow, Cedar says block",
};

export const alarmAnswered: AlarmRecord = {
  ...alarm,
  code: "bundle.released",
  action: null,
  by: "maria",
  text: "known difference, policy rewritten",
};
