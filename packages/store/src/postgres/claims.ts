import { randomUUID } from "node:crypto";
import { chargedCounts } from "../charges.ts";
import type { ActionClaims } from "../claims.ts";
import { stopped } from "../halts.ts";
import type { Announce } from "../held.ts";
import { grantReader } from "../reservations.ts";
import { fliesWith, tallyReader } from "../tallies.ts";
import type { Read } from "../work.ts";
import type { WriterClient } from "../writes.ts";

/** Claims that several gateways make: all of it, counters included, is rows. */
export function createSharedClaims(
  writer: WriterClient,
  read: Read,
  now: () => number,
  announce: Announce,
): ActionClaims {
  /** Actions that count for a limit of what is in flight. */
  const flying = new Set<string>();
  return {
    async reserve(reservation): Promise<boolean> {
      const claimed = await writer.call("reserve", { reservation, now: now() }, true);
      if (claimed && fliesWith(reservation.claims.limits ?? [])) flying.add(reservation.action);
      if (claimed) announce(reservation.claims.approvals.map((id) => ({ id, state: "used" })));
      return claimed;
    },
    async release(action): Promise<void> {
      flying.delete(action);
      announce(await writer.call("release", { action }, true));
    },
    settle: (action, used) =>
      writer.call("settle", { action, flies: flying.delete(action), used }, true),
    stopped: (reach) => read(stopped(reach)),
    counts: (agent, time) => read(chargedCounts(agent, time)),
    denied: (agent, time) =>
      writer.call("denied", { id: `denied_${randomUUID()}`, agent, now: time }, true),
    ...grantReader(read),
    ...tallyReader(read),
    limitGrant: (id, uses) => writer.call("limitGrant", { id, uses }, true),
    revokeGrant: (id) => writer.call("revokeGrant", { id }, true),
  };
}
