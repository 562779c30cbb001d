import type { AuthorizationRequest, Engine } from "./engine.ts";
import type { WrittenPolicies } from "./explain/written.ts";
import type { EntityRef } from "./facts.ts";
import type { Shield } from "./shield/shield.ts";

/** What a limit counts; `usd` in millionths of a US dollar. */
export const LIMIT_UNITS = ["calls", "items", "bytes", "usd", "tokens"] as const;

/** Whom a limit counts for; `request` is the same action with the same arguments in one session. */
export const LIMIT_SUBJECTS = ["user", "agent", "session", "upstream", "tool", "request"] as const;

/** Turns a forbid into one that begins only where the limit ends. */
export interface Limit {
  /** In the unit: the last amount that is still within the limit. */
  readonly most: number;
  readonly unit: (typeof LIMIT_UNITS)[number];
  /** How far back it counts, in milliseconds; null counts what is in flight. */
  readonly windowMs: number | null;
  /** Each combination has a counter of its own; empty is one counter for everybody. */
  readonly per: readonly (typeof LIMIT_SUBJECTS)[number][];
}

export type Mode = "observe" | "warn" | "enforce";

/** What a policy's annotations say, checked at load; see docs/policies.md for each of them. */
export interface PolicyMeta {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  /** A forbid blocks or holds; a permit allows or allows and raises. */
  readonly decision: "block" | "require_approval" | "allow" | "log";
  readonly mode: Mode;
  /** Reason code; defaults to `policy.<id>`. */
  readonly code: string;
  readonly reason: string;
  readonly approvers: readonly string[];
  readonly quorum: number;
  readonly ttlMs: number;
  /** Whether people may answer this policy for exactly one action, or for a scope and a time (a waiver). */
  readonly waivable: "exact" | "scoped";
  readonly obligations: readonly { readonly type: "redact" | "notify"; readonly value: string }[];
  readonly grant: {
    readonly owner: string;
    /** Canonical time; null = no end. The policy text carries the same end as a condition. */
    readonly expires: string | null;
    /** Maximum uses; null = unlimited. */
    readonly uses: number | null;
  } | null;
  /** Null for a policy that does not count. */
  readonly limit: Limit | null;
  /** `sha256:` digest of the policy's canonical form with annotations. */
  readonly digest: string;
}

export interface LimitPolicy extends PolicyMeta {
  readonly limit: Limit;
}

/** A validated, compiled policy set. Swapped as a whole; never changed. */
export interface Bundle {
  /** Digest over schema, every policy and SHIELD entry: what a Decision names. */
  readonly digest: string;
  readonly engine: Engine;
  /**
   * Where a request does not fit the schema (an id outside a closed list, a missing attribute), as a
   * path; null when it fits. What does not fit is blocked: an engine would skip what it cannot read.
   */
  readonly misfit: (request: AuthorizationRequest) => string | null;
  readonly policies: ReadonlyMap<string, PolicyMeta>;
  /** Threat entries of SHIELD files; null where none is configured. */
  readonly shield: Shield | null;
  /** Argument paths (`ids`, `filter.env`) that some policy reads; "*" when a policy computes the key. */
  readonly argumentPaths: ReadonlySet<string>;
  /** True when some policy reads `context.counts`: such decisions are serialized per agent. */
  readonly readsCounts: boolean;
  /** Policies with a limit, in the order of their ids. */
  readonly limits: readonly LimitPolicy[];
  /** Agents and groups that literals in policies name: the loader's directory check. */
  readonly literals: readonly EntityRef[];
  /** The policies as they were written: what explanations read, never decisions. */
  readonly written: WrittenPolicies;
}
