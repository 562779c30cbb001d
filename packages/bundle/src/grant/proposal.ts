import {
  type Action,
  type ActionSummary,
  type EntityRef,
  fail,
  ok,
  type Reason,
  type RefusalRecord,
  type ResourceType,
  type Result,
} from "@bylaw/core";
import type { GrantScope } from "./text.ts";

/** Why no grant would have let an action through. */
export type NoProposal =
  /** Something forbids it: a grant permits, and a forbid is stronger than every permit. */
  | "proposal.forbidden"
  /** The facts of the action are not in the record. */
  | "proposal.no_action"
  /** Only a person's approval was missing. */
  | "proposal.permitted"
  /** More reasons than one record holds, so a proposal could be short of some. */
  | "proposal.too_many";

/** Codes of refusals that a grant answers: nothing permits, or what did has ended. */
const MISSING: ReadonlySet<string> = new Set([
  "default_deny",
  "grant.expired",
  "grant.revoked",
  "grant.spent",
]);
/** Reasons of one decision are cut at 64. */
const REASONS_MAX = 64;

/**
 * The narrowest grants under which a refused action would have been permitted: for each member of
 * the chain and each resource the actions that were missing, through the same tool, and no more things
 * at once than this action would have touched. A quantity that nobody knows leaves the amount open: `atMost` is null.
 */
export function proposedGrants(
  record: Pick<RefusalRecord, "action" | "decision">,
): Result<readonly GrantScope[], NoProposal> {
  const { action, decision } = record;
  if (action === null) return fail("proposal.no_action");
  const blocks = decision.reasons.filter(({ outcome }) => outcome === "block");
  if (blocks.length === 0) return fail("proposal.permitted");
  if (blocks.some(({ code }) => !MISSING.has(code))) return fail("proposal.forbidden");
  if (decision.reasons.length >= REASONS_MAX) return fail("proposal.too_many");
  const scopes = new Map<string, GrantScope>();
  for (const reason of blocks) {
    const missing = missingOf(action, reason);
    if (missing === null) return fail("proposal.forbidden");
    const { principal, resource, atMost } = missing;
    const tool = action.target === null ? null : `${action.upstream}/${action.target}`;
    const key = JSON.stringify([principal, resource, atMost]);
    const known = scopes.get(key);
    const actions = [...new Set([...(known?.actions ?? []), missing.action])].sort();
    scopes.set(key, { principal, actions, resource, type: null, inside: null, tool, atMost });
  }
  return ok([...scopes.values()]);
}

interface Missing {
  readonly principal: EntityRef;
  readonly action: Action;
  readonly resource: EntityRef & { readonly type: ResourceType };
  readonly atMost: number | null;
}

function missingOf(action: ActionSummary, { effect, member }: Reason): Missing | null {
  const done = effect === null ? undefined : action.effects[effect];
  if (done === undefined || member === null) return null;
  const { type, id } = done.resource;
  return {
    principal: { type: member.type, id: member.id },
    action: done.action,
    resource: { type: type as ResourceType, id },
    atMost: done.known ? done.atMost : null,
  };
}
