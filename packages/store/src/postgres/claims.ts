import { randomUUID } from "node:crypto";
import { chargedCounts } from "../charges.ts";
import type { ActionClaims } from "../claims.ts";
import type { Announce } from "../held.ts";
import { grantReader } from "../reservations.ts";
import type { Read } from "../work.ts";
import type { WriterClient } from "../writes.ts";

/** Claims that several gateways make: all of it, counters included, is rows. */
export function createSharedClaims(
  writer: WriterClient,
  read: Read,
  now: () => number,
  announce: Announce,
): ActionClaims {
  return {
    async reserve(reservation): Promise<boolean> {
      const claimed = await writer.call("reserve", { reservation, now: now() }, true);
      if (claimed) announce(reservation.claims.approvals.map((id) => ({ id, state: "used" })));
      return claimed;
    },
    release: async (action) => announce(await writer.call("release", { action }, true)),
    settle: (action, completion) => writer.call("settle", { action, completion }, true),
    counts: (agent, time) => read(chargedCounts(agent, time)),
    denied: (agent, time) =>
      writer.call("denied", { id: `denied_${randomUUID()}`, agent, now: time }, true),
    ...grantReader(read),
    limitGrant: (id, uses) => writer.call("limitGrant", { id, uses }, true),
    revokeGrant: (id) => writer.call("revokeGrant", { id }, true),
  };
}
