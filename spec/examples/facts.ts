import { type Effect, exactly, type Facts, type ResourceEntity, UNKNOWN_AMOUNT } from "@bylaw/core";
import { digestOf, keyedDigestOf } from "./digests.ts";
import { toolCall } from "./request.ts";

const environment = { type: "Environment", id: "production" };

const tool: ResourceEntity = {
  type: "Tool",
  id: "records/records.delete",
  parents: [{ type: "Server", id: "records" }, environment],
  attrs: {},
};

const deletes: Effect = {
  action: "delete",
  resource: {
    type: "Table",
    id: "crm/customers",
    parents: [{ type: "Database", id: "crm" }, environment, { type: "Label", id: "personal" }],
    attrs: {},
  },
  quantity: exactly(2),
  bytes: exactly(0),
  cost: exactly(0),
  reversible: false,
  audience: "none",
  labels: ["personal"],
  origin: { target: ["model"], payload: ["model"], untrusted: false },
  findings: [],
  source: "catalog",
};

/** What is not known is the largest, the least reversible, the most exposed. */
const unknown: Effect = {
  ...deletes,
  action: "execute",
  resource: tool,
  quantity: UNKNOWN_AMOUNT,
  bytes: UNKNOWN_AMOUNT,
  cost: UNKNOWN_AMOUNT,
  tokens: UNKNOWN_AMOUNT,
  audience: "unknown",
  labels: [],
  origin: { target: ["unknown"], payload: ["unknown"], untrusted: true },
  findings: ["tool.changed"],
  source: "unknown",
};

export const deletesTwoRows: Facts = {
  version: 1,
  now: "2026-02-03T09:00:00.000Z",
  action: {
    id: toolCall.id,
    gateway: toolCall.gateway,
    upstream: toolCall.upstream,
    operation: toolCall.operation,
    target: toolCall.target,
    definition: toolCall.definition?.digest ?? null,
  },
  digest: keyedDigestOf({ example: "the exact action" }),
  tool,
  arguments: {
    digest: keyedDigestOf(toolCall.arguments),
    text: { reason: "they look stale" },
    number: {},
    list: { ids: ["101", "102"] },
    complete: true,
  },
  caller: { credential: toolCall.caller.credential, assurance: toolCall.caller.assurance },
  chain: toolCall.caller.chain,
  effects: [deletes],
  session: {
    id: toolCall.caller.session,
    labels: [],
    origins: ["user"],
    untrusted: false,
    depth: 0,
    attended: true,
  },
  task: { declared: false, inScope: false, locked: false, offline: false, noInstall: false },
  counts: { calls_1m: 3, deletes_1h: 0, sends_1h: 0, spend_1d: 0, denials_10m: 1 },
  handle: null,
  approvals: [],
  grants: {},
};

export const approvedUnknownTool: Facts = {
  ...deletesTwoRows,
  action: { ...deletesTwoRows.action, id: "a-0003", definition: null },
  effects: [unknown],
  handle: "h-0001",
  approvals: [
    {
      id: "h-0001",
      digest: deletesTwoRows.digest,
      policies: [{ id: "unknown-tools", digest: digestOf({ example: "policy" }) }],
      votes: [{ user: "ben", groups: ["dba"] }],
      expires: "2026-02-03T09:15:00.000Z",
    },
  ],
  grants: { "clean-up-2026": { uses: 4, revoked: true } },
};

export const waivedDelete: Facts = {
  ...deletesTwoRows,
  waivers: [
    {
      id: "waiver:1f0c2a",
      policies: [{ id: "ask", digest: digestOf({ example: "policy" }) }],
      votes: [{ user: "ben", groups: ["dba"] }],
      expires: "2026-02-03T09:15:00.000Z",
      uses: 5,
      session: null,
      gateway: deletesTwoRows.action.gateway,
      upstream: deletesTwoRows.action.upstream,
      operation: deletesTwoRows.action.operation,
      target: deletesTwoRows.action.target,
      definition: deletesTwoRows.action.definition,
      chain: deletesTwoRows.chain.map(({ type, id }) => ({ type, id })),
      effects: deletesTwoRows.effects,
    },
  ],
  grants: { "waiver:1f0c2a": { uses: 1, revoked: false } },
};

export const brokenGlass: Facts = {
  ...approvedUnknownTool,
  approvals: approvedUnknownTool.approvals.map((approval) => ({ ...approval, override: "rita" })),
};
