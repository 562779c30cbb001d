import type { ActionRequest, Decision, Facts } from "@bylaw/core";
import type { Reach, Reservation } from "./ops.ts";

const TEXTS: Readonly<Record<string, string>> = {
  "approval.rejected": "a person rejected this action",
  "approval.expired": "nobody answered before the request for approval expired",
  "approval.not_editable": "a person changed the arguments, which cannot be done here",
  "approval.withdrawn": "the client withdrew the action while it waited for a person",
  "bundle.quarantined":
    "the policies in force may have been evaluated wrongly; nothing goes on until a person has looked",
  "credential.suspended": "an agent that this rests on was suspended meanwhile",
  "credential.unknown": "an agent that this rests on is no longer registered",
  "facts.error": "what the action does could not be established",
  "hold.unavailable": "the action needs a person's approval and could not be stored for one",
  "ledger.unavailable": "the action could not be recorded, so it was not forwarded",
  "hold.too_many": "too many actions of this agent wait for a person already",
  "hold.too_large": "the arguments are too large to be shown to a person",
  "record.too_large": "the action has too many effects to be recorded as one; split it",
  "obligation.unsupported": "the policy asks for a change of the result that cannot be made here",
  "sdk.too_many_open": "report what came of earlier actions first; too many of them are open",
  "reserve.raced": "another action used up what this one needed",
};

/** Whether the pipeline itself gives blocks this code; some of them are also codes of `decide`. */
export function isGatewayCode(code: string): boolean {
  return Object.hasOwn(TEXTS, code);
}

/**
 * A block that the pipeline itself gives, where no policy had the chance. In: what a person said to
 * it, which stands behind the text of the code; empty for nothing.
 */
export function blocked(code: string, bundle: string, said = ""): Decision {
  const means = TEXTS[code] ?? code;
  const text = said === "" ? means : `${means}: ${said}`;
  return {
    version: 1,
    outcome: "block",
    reasons: [{ code, outcome: "block", policy: null, effect: null, member: null, text }],
    requirements: [],
    obligations: [],
    claims: { approvals: [], grants: [] },
    wouldHave: [],
    bundle,
  };
}

/** Only what can be nothing more than reading may be forwarded before it is on disk (threat T21). */
export function durabilityOf(facts: Facts): "write" | "sync" {
  const harmless = facts.effects.every(
    (effect) =>
      (effect.action === "read" || effect.action === "list") &&
      !effect.origin.untrusted &&
      !effect.labels.includes("secret"),
  );
  return harmless ? "write" : "sync";
}

/** What halts are looked for about an action: also a sub-agent's falls under the agent that started it. */
export function reachOf({ caller, upstream }: Pick<ActionRequest, "caller" | "upstream">): Reach {
  const { chain } = caller;
  return {
    agents: chain.flatMap(({ type, id }) => (type === "Agent" ? [id] : [])),
    user: chain.find(({ type }) => type === "User")?.id ?? null,
    upstream,
    delegations: (caller.delegations ?? []).map(({ id }) => id),
  };
}

/** What an action adds to its agent's counters: bounds, so an unknown amount uses up every limit. */
export function chargeOf(facts: Facts): Reservation["charge"] {
  const sum = (pick: (effect: Facts["effects"][number]) => number): number =>
    Math.min(
      Number.MAX_SAFE_INTEGER,
      facts.effects.reduce((total, effect) => total + pick(effect), 0),
    );
  return {
    calls: 1,
    deletes: sum((effect) => (effect.action === "delete" ? effect.quantity.atMost : 0)),
    sends: sum((effect) => (effect.action === "send" ? effect.quantity.atMost : 0)),
    spend: sum((effect) => (effect.action === "spend" ? effect.cost.atMost : 0)),
  };
}
