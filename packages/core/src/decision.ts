import type { EntityRef } from "./facts.ts";
import type { ShieldScope } from "./shield/entry.ts";
import type { Outcome } from "./vocabulary.ts";

/** Why: every outcome carries at least one. */
export interface Reason {
  /** Stable, lower case, dotted: `default_deny`, `policy.error`, or the policy's own `@code`. */
  readonly code: string;
  readonly outcome: Outcome;
  readonly policy: string | null;
  /** Index into `facts.effects`; null for reasons that concern the whole action. */
  readonly effect: number | null;
  /** Member of the principal chain that was not permitted. */
  readonly member: EntityRef | null;
  /** For people: the policy's `@reason`, or what the code means. */
  readonly text: string;
  /** What a SHIELD entry matched; the format's DECISION block is made from it. */
  readonly threat?: ThreatMatch;
}

/** What of an action a SHIELD entry matched. Values are the entry's own, never the caller's. */
export interface ThreatMatch {
  readonly id: string;
  readonly fingerprint: string | null;
  readonly scope: ShieldScope;
  /** Null when a directive that nobody could read decided. */
  readonly matchedOn: string | null;
  readonly value: string | null;
}

/** A person's yes that is still missing: one per determining require_approval policy. */
export interface Requirement {
  readonly policy: string;
  /** Content digest of the policy: an approval answers this text and no later one. */
  readonly digest: string;
  readonly reason: string;
  /** Cedar entity texts such as `Group::"dba"`, or `on-behalf-of`. */
  readonly approvers: readonly string[];
  readonly quorum: number;
  readonly ttlMs: number;
}

export interface Obligation {
  readonly type: "redact" | "notify";
  readonly policy: string;
  readonly value: string;
}

/** What the decision uses up; claimed in one transaction before the intent record. */
export interface Claims {
  readonly approvals: readonly string[];
  /** Ids of limited grants and of waivers that some effect rests on, one use each. */
  readonly grants: readonly string[];
  /** What the action adds to limits; absent where it counts for none. */
  readonly limits?: readonly LimitClaim[];
}

/** What an action adds to the counter of a limit. */
export interface LimitClaim {
  readonly policy: string;
  /** Whose counter: unit and names, as JSON. */
  readonly subject: string;
  /** Milliseconds; null counts only what is in flight. */
  readonly windowMs: number | null;
  /** In the limit's unit; more than the limit is one more than the limit. */
  readonly amount: number;
  /** What the counter may come to; null when the action is counted whatever it comes to. */
  readonly most: number | null;
}

/** The verdict on one action: a pure function of Facts and bundle. */
export interface Decision {
  readonly version: 1;
  readonly outcome: Outcome;
  /** Reasons of the deciding outcome first, then the others; each group in a fixed order. */
  readonly reasons: readonly Reason[];
  readonly requirements: readonly Requirement[];
  readonly obligations: readonly Obligation[];
  readonly claims: Claims;
  /** Outcomes that policies in observe or warn mode would have given. */
  readonly wouldHave: readonly Reason[];
  /** Digest of the bundle that decided. */
  readonly bundle: string;
}
