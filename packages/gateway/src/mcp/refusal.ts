import { type Decision, deciding, type JsonObject } from "@bylaw/core";
import type { Verdict } from "../pipeline.ts";
import { codeText, RPC, rpcCode } from "./codes.ts";
import { errorBytes, type RequestId, resultBytes } from "./jsonrpc.ts";

/** Where a refused result says in data what its text says in words. */
export const DECISION_KEY = "dev.bylaw/decision";

/** Everything a client needs to know of a refusal. */
export interface Refusal {
  /** The action as records name it; null for what never became one. */
  readonly action: string | null;
  readonly outcome: string;
  readonly code: string;
  readonly policy: string | null;
  readonly reason: string;
  /** Index of the record in the log; null when it could not be written. */
  readonly record: number | null;
  readonly approval: { readonly id: string; readonly expires: string } | null;
}

export function refusalOf(action: string, verdict: Extract<Verdict, { kind: "refused" }>): Refusal {
  const reason = deciding(verdict.decision);
  return {
    action,
    outcome: verdict.decision.outcome,
    code: reason.code,
    policy: reason.policy,
    reason: reason.text,
    record: verdict.record?.index ?? null,
    approval: verdict.pending,
  };
}

/** A refusal that a gateway's own check gives: no policy was asked, or forwarding was not possible. */
export function plainRefusal(
  code: string,
  action: string | null = null,
  record: number | null = null,
): Refusal {
  const reason = codeText(code);
  return { action, outcome: "block", code, policy: null, reason, record, approval: null };
}

/**
 * The answer to a refused request. A refused tool call is a result with `isError`, because clients
 * show that to the model and hide protocol errors from it; every other method gets a JSON-RPC error.
 */
export function refusalBytes(
  id: RequestId | null,
  method: string,
  target: string | null,
  refusal: Refusal,
): Uint8Array {
  if (method === "tools/call" && id !== null) {
    return resultBytes(id, {
      content: [{ type: "text", text: words(target, refusal) }],
      isError: true,
      _meta: { [DECISION_KEY]: data(refusal) },
    });
  }
  return errorBytes(id, numberOf(refusal), summary(refusal), data(refusal));
}

function numberOf({ outcome, code }: Refusal): number {
  if (outcome === "require_approval") return RPC.pending;
  const known = rpcCode(code);
  // A policy chooses its own reason codes: whatever is not this gateway's own is a plain block.
  return known === RPC.internal ? RPC.blocked : known;
}

function data({ action, outcome, code, policy, reason, record, approval }: Refusal): JsonObject {
  const waiting = approval === null ? null : { id: approval.id, expires: approval.expires };
  return { outcome, code, policy, reason, action, record, approval: waiting };
}

function summary(refusal: Refusal): string {
  const by = refusal.policy === null ? "" : ` by bylaw \`${refusal.policy}\``;
  if (refusal.approval !== null)
    return `held${by}: ${refusal.reason}; approval \`${refusal.approval.id}\` is pending`;
  return `refused${by}: ${refusal.reason}`;
}

function words(target: string | null, refusal: Refusal): string {
  const { action, approval, code, policy, reason, record } = refusal;
  const what = target === null ? "This action" : `\`${target}\``;
  const by = policy === null ? `Code: ${code}.` : `Bylaw: ${policy} (${code}).`;
  const where = [
    record === null ? null : `record ${record}`,
    action === null ? null : `action ${action}`,
  ]
    .filter((part) => part !== null)
    .join(", ");
  const head = approval === null ? "was refused" : "waits for a person and was not done";
  const next =
    approval === null
      ? "Do not try to reach the same effect with other arguments, another tool or another way: the same rule applies to all of them. Report this to the person you work for."
      : `Approval ${approval.id} is pending until ${approval.expires}. A person approves it with \`bylaw approvals approve ${approval.id}\`; then repeat exactly the same call. Do not try another way meanwhile: the same rule applies there.`;
  const recorded = where === "" ? "" : ` Logged as ${where}.`;
  return `${what} ${head}. ${by} Reason: ${reason}.${recorded} ${next}`;
}

/** Whether a decision asks for something that this gateway cannot do to a result (threat T22). */
export function unsupported(decision: Decision): boolean {
  return decision.obligations.some((obligation) => obligation.type === "redact");
}
