import {
  deciding,
  type JsonObject,
  type Outcome,
  RECEIPT_KEY,
  type RecordReceipt,
} from "@bylaw/core";
import type { PipelineOps } from "../ops.ts";
import type { Verdict } from "../pipeline.ts";
import { RPC, rpcCode } from "./codes.ts";
import { errorBytes, type RequestId, resultBytes } from "./jsonrpc.ts";
import { codeText } from "./texts.ts";

/** Where a refused result says in data what its text says in words. */
export const DECISION_KEY = "dev.bylaw/decision";

/** Everything a client needs to know of an action that did not come to an answer of the upstream. */
export interface Refusal {
  /** The action as records name it; null for what never became one. */
  readonly action: string | null;
  /**
   * `block` and `require_approval` are verdicts; `error`: granted, but nothing was sent or the answer
   * was unusable; `unknown`: it was sent and may or may not have happened.
   */
  readonly outcome: Outcome | "error" | "unknown";
  readonly code: string;
  readonly policy: string | null;
  readonly reason: string;
  /** Index of the record in the log; null when it could not be written. */
  readonly record: number | null;
  readonly approval: { readonly id: string; readonly expires: string } | null;
  /** Null for a message that never became an action, and for a record that could not be written. */
  readonly receipt: RecordReceipt | null;
}

type Receipts = Pick<PipelineOps, "receipt">;

export function refusalOf(
  action: string,
  verdict: Extract<Verdict, { kind: "refused" }>,
  ops: Receipts,
): Refusal {
  const reason = deciding(verdict.decision);
  return {
    action,
    outcome: verdict.decision.outcome,
    code: reason.code,
    policy: reason.policy,
    reason: reason.text,
    record: verdict.record?.index ?? null,
    approval: verdict.pending,
    receipt: verdict.record === null ? null : ops.receipt(verdict.record),
  };
}

/** A granted action that did not come to an answer of the upstream. */
export function failureOf(
  action: string,
  { enforced, intent }: Extract<Verdict, { kind: "forwarded" }>,
  ops: Receipts,
): Refusal {
  const outcome = enforced.completion === "unknown" ? "unknown" : "error";
  const plain = plainRefusal(enforced.code ?? "gateway.error", action, intent.index);
  return { ...plain, outcome, receipt: ops.receipt(intent) };
}

/** A refusal that a gateway's own check gives, where no policy was asked. */
export function plainRefusal(
  code: string,
  action: string | null = null,
  record: number | null = null,
): Refusal {
  const reason = codeText(code);
  const none = { policy: null, approval: null, receipt: null };
  return { action, outcome: "block", code, reason, record, ...none };
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
  era: "legacy" | "modern" = "legacy",
): Uint8Array {
  if (method === "tools/call" && id !== null) {
    return resultBytes(id, {
      ...(era === "modern" ? { resultType: "complete" } : {}),
      content: [{ type: "text", text: words(target, refusal) }],
      isError: true,
      _meta: { [DECISION_KEY]: data(refusal), ...receiptMember(RECEIPT_KEY, refusal) },
    });
  }
  const details = { ...data(refusal), ...receiptMember("receipt", refusal) };
  return errorBytes(id, numberOf(refusal), summary(refusal), details);
}

function receiptMember(key: string, { receipt }: Refusal): JsonObject {
  return receipt === null ? {} : { [key]: { ...receipt } };
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
  const { approval, outcome, policy, reason } = refusal;
  const by = policy === null ? "" : ` by bylaw \`${policy}\``;
  if (outcome === "unknown" || outcome === "error") return reason;
  if (outcome === "block") return `refused${by}: ${reason}`;
  const waiting = approval === null ? "" : `; approval \`${approval.id}\` is pending`;
  return `held${by}: ${reason}${waiting}`;
}

const SAME_EVERYWHERE =
  "Do not try to reach the same effect with other arguments, another tool or another way: the same rule applies to all of them.";

/** What a model is told: what happened, who said so, and what to do now. */
export function words(target: string | null, refusal: Refusal): string {
  const { action, code, policy, reason, record } = refusal;
  const what = target === null ? "This action" : `\`${target}\``;
  const by = policy === null ? `Code: ${code}.` : `Bylaw: ${policy} (${code}).`;
  const names = [
    record === null ? "" : `record ${record}`,
    action === null ? "" : `action ${action}`,
  ];
  const where = names.filter((name) => name !== "").join(", ");
  const logged = where === "" ? "" : ` Logged as ${where}.`;
  return `${what} ${headOf(refusal)} ${by} Reason: ${reason}.${logged} ${adviceOf(refusal)}`;
}

function headOf({ outcome }: Refusal): string {
  switch (outcome) {
    case "unknown":
      return "was sent, but no usable answer came back.";
    case "error":
      return "was allowed but not carried out.";
    case "require_approval":
      return "waits for a person and was not done.";
    default:
      return "was refused and not done.";
  }
}

function adviceOf({ approval, outcome }: Refusal): string {
  if (outcome === "unknown")
    return "It may or may not have happened: find out before you repeat it.";
  if (outcome === "error") return "Nothing was done.";
  if (outcome !== "require_approval")
    return `${SAME_EVERYWHERE} Report this to the person you work for.`;
  if (approval === null) return `Repeat exactly the same call to ask again. ${SAME_EVERYWHERE}`;
  return `Approval ${approval.id} is pending until ${approval.expires}. A person approves it with \`bylaw approvals approve ${approval.id}\`; then repeat exactly the same call. ${SAME_EVERYWHERE}`;
}
