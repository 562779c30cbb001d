import type { ActionSummary, Decision, LedgerRecord } from "@bylaw/core";
import type { Reach } from "../src/index.ts";

const AT = "2026-02-03T09:00:00.000Z";

/** An action that falls under no halt. */
export const REACH: Reach = { agents: ["agent"], user: null, upstream: "upstream" };

const DECISION: Decision = {
  version: 1,
  outcome: "allow",
  reasons: [
    { code: "test", outcome: "allow", policy: "p", effect: 0, member: null, text: "a test" },
  ],
  requirements: [],
  obligations: [],
  claims: { approvals: [], grants: [] },
  wouldHave: [],
  bundle: "sha256:00",
};

function summary(id: string, facts: string): ActionSummary {
  return {
    id,
    gateway: "mcp",
    upstream: "records",
    operation: "tools/call",
    target: "records.delete",
    session: "s",
    credential: "c",
    assurance: "local",
    chain: [{ type: "Agent", id: "agent" }],
    effects: [
      { action: "delete", resource: { type: "Table", id: "customers" }, atMost: 1, known: true },
    ],
    provenance: { labels: [], origins: [], untrusted: false },
    arguments: "hmac:00",
    digest: "sha256:11",
    facts,
  };
}

export function intentOf(id: string, facts = "sha256:none"): LedgerRecord {
  return { v: 1, kind: "intent", at: AT, action: summary(id, facts), decision: DECISION };
}

export function outcomeOf(action: string, intent: number): LedgerRecord {
  return {
    v: 1,
    kind: "outcome",
    at: AT,
    action,
    intent,
    completion: "ok",
    code: null,
    result: null,
  };
}

export function startOf(unclosed: number): LedgerRecord {
  return {
    v: 1,
    kind: "start",
    at: AT,
    version: "0.1.0",
    bundle: "sha256:00",
    configuration: "sha256:00",
    tier: "advisory",
    unclosed,
  };
}

export const STOP: LedgerRecord = { v: 1, kind: "stop", at: AT };
