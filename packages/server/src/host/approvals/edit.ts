import {
  type ActionRequest,
  canonicalize,
  canonicalTime,
  type Decision,
  deciding,
  type Facts,
  type JsonObject,
} from "@bylaw/core";
import { holdRecord, type PipelineOps } from "@bylaw/gateway";
import type { Store, StoredApproval } from "@bylaw/store";
import type { VoteError } from "../../api/approvals.ts";
import { describeEffects } from "../describe.ts";
import type { Sealer } from "../sealed.ts";
import { type Shown, scopeOf, shownOf, type Terms } from "./terms.ts";

/** What an action comes to at present, without anything being reserved for it. */
export type Reconsider = (
  request: ActionRequest,
) => Promise<{ readonly facts: Facts; readonly decision: Decision }>;

/** Puts other arguments into a held action that nobody has answered; null, or why it stays as it was. */
export type Edit = (
  approval: StoredApproval,
  args: JsonObject,
) => Promise<{ readonly error: VoteError; readonly message?: string } | null>;

/** Characters of arguments that are kept for an approver. */
const ARGUMENTS_MAX_CHARS = 65_536;

/**
 * Edits are decisions of their own: the edited action has its own digest, its own effects and its own
 * approvers, and what is forbidden cannot be edited into being. Only a gateway that carries actions
 * out itself can be held to the edit.
 */
export function createEdit(
  store: Store,
  sealer: Sealer,
  reconsider: Reconsider,
  ops: Pick<PipelineOps, "now" | "factsDigest" | "record">,
): Edit {
  return async (approval, args) => {
    const shown = shownOf(approval, sealer);
    const asked = shown?.asked;
    if (shown === null || asked === undefined) return { error: "approval.not_editable" };
    const editable = asked.gateway === "mcp" && shown.operation === "tools/call";
    const large = JSON.stringify(args).length > ARGUMENTS_MAX_CHARS;
    if (!editable || large || approval.origin !== "") return { error: "approval.not_editable" };
    if (approval.votes.length > 0) return { error: "approver.voted" };
    if (canonicalize(args) === canonicalize(shown.arguments)) return null;
    const { facts, decision } = await reconsider(requestOf(approval.id, shown, asked, args));
    if (decision.outcome === "block") {
      const { code, text } = deciding(decision);
      return { error: "approval.edit_refused", message: `${text} (${code})` };
    }
    const ticket = { id: approval.id, expires: canonicalTime(approval.expires) };
    if (decision.outcome === "require_approval")
      await ops.record(holdRecord(ticket, facts, decision, ops), "sync", facts);
    const { chain } = facts;
    const { requirements } = decision;
    const terms: Terms = { chain, requirements, scope: scopeOf(facts) };
    const edited: Shown = { ...shown, arguments: args, original: shown.arguments };
    const done = await store.approvals.edit({
      id: approval.id,
      origin: approval.digest,
      digest: facts.digest,
      requirements: JSON.stringify(terms),
      effects: JSON.stringify(describeEffects(facts.effects)),
      request: sealer.seal(JSON.stringify(edited), approval.id),
    });
    return done ? null : { error: "approval.not_waiting" };
  };
}

function requestOf(
  id: string,
  { upstream, operation, target }: Shown,
  { gateway, caller, definition }: NonNullable<Shown["asked"]>,
  args: JsonObject,
): ActionRequest {
  return {
    // Nothing is carried out under this id: it names what was considered, in the record of the hold.
    id: `edit_${id}`,
    gateway,
    caller,
    upstream,
    operation,
    target,
    arguments: args,
    definition,
    bytes: { digest: "sha256:", length: 0 },
    handle: null,
  };
}
