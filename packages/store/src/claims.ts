import type { Counts, GrantState, Used } from "@bylaw/core";
import { recentCharges } from "./charges.ts";
import { createCounters } from "./counters.ts";
import { type Reach, stopped } from "./halts.ts";
import type { Announce } from "./held.ts";
import { grantReader, type Reservation } from "./reservations.ts";
import { fliesWith, type TallyReader, tallyReader } from "./tallies.ts";
import type { Read } from "./work.ts";
import type { WriterClient } from "./writes.ts";

/** What actions use up, and what their agents did lately. */
export interface ActionClaims extends TallyReader {
  /**
   * Claims everything or nothing; false when another action took one of the claims first, or while
   * the action is halted or an agent of it suspended.
   */
  reserve(reservation: Reservation): Promise<boolean>;
  /** Gives back what an action claimed that was never forwarded. */
  release(action: string): Promise<void>;
  /**
   * Closes the claim of a forwarded action, whatever came of it. In: what it used, to which its claims
   * on budgets are settled, once; null: they stay.
   */
  settle(action: string, used: Used | null): Promise<void>;
  /** Whether a halt, a suspension or a revocation covers such an action at present. */
  stopped(reach: Reach): Promise<boolean>;
  /** Rolling sums of the agent; those of minutes may begin anew with the process. */
  counts(agent: string, now: number): Promise<Counts>;
  /** Counts a refusal against the agent. */
  denied(agent: string, now: number): Promise<void>;
  /** Limited and revoked grants by policy id. */
  grants(): Promise<Readonly<Record<string, GrantState>>>;
  /** Sets how often a grant may be used in all; a limited grant that was never set cannot be used. */
  limitGrant(id: string, uses: number): Promise<void>;
  /** Ends a grant, limited or not, for good; false when it was revoked before. */
  revokeGrant(id: string): Promise<boolean>;
}

interface Reserved {
  readonly undo: () => void;
  readonly spent: (amount: number) => void;
  /** Whether rows belong to it; most actions use up nothing that must survive a crash. */
  readonly durable: boolean;
  /** Whether it counts for a limit of what is in flight. */
  readonly flies: boolean;
}

/** Claims of the one process that owns an embedded store: its counters are in memory. */
export async function createClaims(
  writer: WriterClient,
  read: Read,
  now: () => number,
  announce: Announce,
): Promise<ActionClaims> {
  const counters = createCounters();
  const reserved = new Map<string, Reserved>();
  await feed();

  /** Brings back the charges of the last day. */
  async function feed(): Promise<void> {
    for (const { agent, at, ...costs } of await read(recentCharges(now())))
      counters.charge(agent, at, { ...costs, calls: 0 });
  }

  async function reserve(reservation: Reservation): Promise<boolean> {
    const { action, agent, claims, charge } = reservation;
    if (reserved.has(action)) return false;
    const at = now();
    const claiming = claims.approvals.length + claims.grants.length > 0;
    const limits = claims.limits ?? [];
    const durable =
      claiming || limits.length > 0 || charge.deletes + charge.sends + charge.spend > 0;
    // Charged before the write is awaited: two reservations in flight must see each other's.
    const { undo, spent } = counters.charge(agent, at, charge);
    reserved.set(action, { undo, spent, durable, flies: fliesWith(limits) });
    try {
      // What an approval or a grant was used for must outlive power loss; a counter rides along
      // with the intent record that follows it.
      const claimed = durable
        ? await writer.call(
            "reserve",
            { reservation: { ...reservation, seen: null }, now: at },
            claiming,
          )
        : !(await read(stopped(reservation.reach)));
      if (claimed) announce(claims.approvals.map((id) => ({ id, state: "used" })));
      else drop(action);
      return claimed;
    } catch (error) {
      drop(action);
      throw error;
    }
  }

  function drop(action: string): void {
    reserved.get(action)?.undo();
    reserved.delete(action);
  }

  return {
    reserve,
    async release(action): Promise<void> {
      const { durable } = reserved.get(action) ?? { durable: false };
      if (durable) announce(await writer.call("release", { action }, false));
      drop(action);
    },
    async settle(action, used): Promise<void> {
      const known = reserved.get(action);
      reserved.delete(action);
      if (known?.durable !== true) return;
      await writer.call("settle", { action, flies: known.flies, used }, false);
      // After the write: what is not on disk as used less must not be given out again.
      if (used?.usd !== undefined) known.spent(used.usd);
    },
    stopped: (reach) => read(stopped(reach)),
    counts: async (agent, time) => counters.counts(agent, time),
    denied: async (agent, time) => counters.denied(agent, time),
    ...grantReader(read),
    ...tallyReader(read),
    limitGrant: (id, uses) => writer.call("limitGrant", { id, uses }, true),
    revokeGrant: (id) => writer.call("revokeGrant", { id }, true),
  };
}
