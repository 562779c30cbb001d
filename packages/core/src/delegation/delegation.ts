import type { EntityRef } from "../facts.ts";
import type { Action } from "../vocabulary.ts";

/**
 * What an agent lets a sub-agent do in its name: a narrowing, never a permit. Every link of a chain
 * must cover every effect, besides every member's own policies, so that no link can widen anything.
 */
export interface Delegation {
  readonly id: string;
  /** The agent that delegates, and the one that acts in its name. */
  readonly from: string;
  readonly to: string;
  /** Null: every action. */
  readonly actions: readonly Action[] | null;
  /** Resources, and places that resources are in; null: everything. */
  readonly resources: readonly EntityRef[] | null;
  /** For each effect; null: no limit. */
  readonly quantity: number | null;
  /** For each effect, in millionths of a US dollar; null: no limit. */
  readonly cost: number | null;
  /** Canonical time. */
  readonly expires: string;
  /** How many delegations may follow below this one. */
  readonly depth: number;
}

/** A delegation as an action finds it. */
export interface DelegationState extends Delegation {
  readonly revoked: boolean;
}

/**
 * The field in which a delegation would hold more than the one above it; null if in none. Resources
 * of places cannot be compared without knowing what is where: a child has to name some, and what the
 * parent does not cover is refused when it is used.
 */
export function widens(parent: Delegation, child: Delegation): keyof Delegation | null {
  if (child.from !== parent.to) return "from";
  if (!within(child.actions, parent.actions)) return "actions";
  if (parent.resources !== null && child.resources === null) return "resources";
  if (!atMost(child.quantity, parent.quantity)) return "quantity";
  if (!atMost(child.cost, parent.cost)) return "cost";
  if (child.expires > parent.expires) return "expires";
  return child.depth < parent.depth ? null : "depth";
}

function within(child: readonly Action[] | null, parent: readonly Action[] | null): boolean {
  return parent === null || (child?.every((action) => parent.includes(action)) ?? false);
}

function atMost(child: number | null, parent: number | null): boolean {
  return parent === null || (child !== null && child <= parent);
}
