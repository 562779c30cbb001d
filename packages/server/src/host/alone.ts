import type { FactsParts } from "@bylaw/facts";

/** An action that is judged by itself: nobody has counted, approved, granted or halted anything. */
export const ALONE: Pick<
  FactsParts,
  "counts" | "approvals" | "grants" | "halts" | "revoked" | "limits" | "paused"
> = {
  counts: { calls_1m: 0, deletes_1h: 0, sends_1h: 0, spend_1d: 0, denials_10m: 0 },
  approvals: [],
  grants: {},
  halts: [],
  revoked: new Set<string>(),
  limits: {},
  paused: null,
};
