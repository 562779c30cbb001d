import type { Decision, Reason } from "@bylaw/core";
import { digestOf } from "./digests.ts";

const bundle = digestOf({ example: "bundle" });

const reason: Reason = {
  code: "policy.prod-deletes",
  outcome: "require_approval",
  policy: "prod-deletes",
  effect: 0,
  member: null,
  text: "deletes in production need a database owner",
};

export const held: Decision = {
  version: 1,
  outcome: "require_approval",
  reasons: [reason],
  requirements: [
    {
      policy: "prod-deletes",
      digest: digestOf({ example: "policy" }),
      reason: "deletes in production need a database owner",
      approvers: ['Group::"dba"'],
      quorum: 1,
      ttlMs: 900_000,
    },
  ],
  obligations: [],
  claims: { approvals: [], grants: [] },
  wouldHave: [],
  bundle,
};

export const blocked: Decision = {
  ...held,
  outcome: "block",
  reasons: [
    {
      code: "default_deny",
      outcome: "block",
      policy: null,
      effect: 0,
      member: { type: "Agent", id: "intake" },
      text: "no policy permits this",
    },
    reason,
  ],
  requirements: [],
};

export const allowed: Decision = {
  ...held,
  outcome: "allow",
  reasons: [{ ...reason, code: "policy.dba-may", policy: "dba-may", outcome: "allow" }],
  requirements: [],
  obligations: [{ type: "redact", policy: "no-email", value: "email" }],
  claims: { approvals: ["h-0001"], grants: ["clean-up-2026"] },
  wouldHave: [{ ...reason, code: "policy.trial", policy: "trial", outcome: "block" }],
};

export const logged: Decision = {
  ...held,
  outcome: "log",
  reasons: [{ ...reason, code: "policy.watched", policy: "watched", outcome: "log" }],
  requirements: [],
};
