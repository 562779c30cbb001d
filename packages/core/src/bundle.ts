import type { AuthorizationRequest, Engine } from "./engine.ts";
import type { WrittenPolicies } from "./explain/written.ts";
import type { EntityRef } from "./facts.ts";
import type { Shield } from "./shield/shield.ts";

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
  /** `sha256:` digest of the policy's canonical form with annotations. */
  readonly digest: string;
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
  /** Agents and groups that literals in policies name: the loader's directory check. */
  readonly literals: readonly EntityRef[];
  /** The policies as they were written: what explanations read, never decisions. */
  readonly written: WrittenPolicies;
}
