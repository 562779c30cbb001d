import type { Claims, Completion, GrantState } from "@bylaw/core";
import type { ApprovalChange, ApprovalWriter } from "./approvals.ts";
import { DAY_MS } from "./counters.ts";
import { flag, integer, type SqliteDriver, text } from "./driver.ts";

/** What an action adds to its agent's rolling counters. */
export interface Charge {
  readonly calls: number;
  readonly deletes: number;
  readonly sends: number;
  /** Millionths of a US dollar. */
  readonly spend: number;
}

/** What one action uses up, claimed as a whole before its intent is recorded. */
export interface Reservation {
  readonly action: string;
  readonly agent: string;
  readonly claims: Claims;
  readonly charge: Charge;
}

/** Changes to claims, each within the caller's transaction. */
export interface ReservationWriter {
  /**
   * Claims everything or nothing: each approval must be approved and unexpired, each grant known,
   * unrevoked and below its uses. False when any is not. Needs a savepoint of its own.
   */
  reserve(reservation: Reservation, now: number): boolean;
  /** Gives back what an action claimed and never used. */
  release(action: string): readonly ApprovalChange[];
  /** Closes the claim: what was forwarded stays used, whatever came back. */
  settle(action: string, completion: Completion): void;
  /** Drops the claims of an earlier run, which nobody can give back or settle any more. */
  forget(): void;
  /** Sets how often a grant may be used; uses so far stay. */
  limitGrant(id: string, uses: number): void;
  /** False when there is no such limited grant. */
  revokeGrant(id: string): boolean;
}

export function reservationWriter(db: SqliteDriver, approvals: ApprovalWriter): ReservationWriter {
  const useGrant = db.prepare(
    "UPDATE grant_use SET uses = uses + 1 WHERE id = ? AND uses < uses_max AND revoked = 0",
  );
  const returnGrant = db.prepare("UPDATE grant_use SET uses = uses - 1 WHERE id = ? AND uses > 0");
  const limitGrant = db.prepare(
    `INSERT INTO grant_use (id, uses, uses_max, revoked) VALUES (?, 0, ?, 0)
     ON CONFLICT (id) DO UPDATE SET uses_max = max(excluded.uses_max, uses)`,
  );
  const revokeGrant = db.prepare("UPDATE grant_use SET revoked = 1 WHERE id = ?");
  const insert = db.prepare(
    "INSERT INTO reservation (action, grants) VALUES (?, ?) ON CONFLICT DO NOTHING",
  );
  const find = db.prepare("SELECT grants FROM reservation WHERE action = ?");
  const remove = db.prepare("DELETE FROM reservation WHERE action = ?");
  const charge = db.prepare(
    `INSERT INTO charge (action, agent, at, deletes, sends, spend) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  const forget = db.prepare("DELETE FROM reservation");
  const expired = db.prepare("DELETE FROM charge WHERE at <= ?");
  const refund = db.prepare("DELETE FROM charge WHERE action = ?");

  function claim({ action, agent, claims, charge: costs }: Reservation, now: number): boolean {
    if (!claims.approvals.every((id) => approvals.use(id, action, now))) return false;
    if (!claims.grants.every((id) => useGrant.run(id) === 1)) return false;
    if (insert.run(action, JSON.stringify(claims.grants)) !== 1) return false;
    if (costs.deletes + costs.sends + costs.spend === 0) return true;
    expired.run(now - DAY_MS);
    // An action that was charged before is not a new one.
    return charge.run(action, agent, now, costs.deletes, costs.sends, costs.spend) === 1;
  }

  return {
    reserve(reservation, now): boolean {
      db.exec("SAVEPOINT reserve");
      const claimed = claim(reservation, now);
      if (!claimed) db.exec("ROLLBACK TO reserve");
      db.exec("RELEASE reserve");
      return claimed;
    },
    release(action): readonly ApprovalChange[] {
      const row = find.get(action);
      if (row === null) return [];
      for (const id of JSON.parse(text(row, "grants")) as string[]) returnGrant.run(id);
      refund.run(action);
      remove.run(action);
      return approvals.unuse(action);
    },
    settle: (action) => void remove.run(action),
    forget: () => void forget.run(),
    limitGrant: (id, uses) => void limitGrant.run(id, uses),
    revokeGrant: (id) => revokeGrant.run(id) === 1,
  };
}

export interface GrantReader {
  /** Limited grants by policy id. */
  grants(): Readonly<Record<string, GrantState>>;
}

export function grantReader(db: SqliteDriver): GrantReader {
  const all = db.prepare("SELECT id, uses, revoked FROM grant_use ORDER BY id");
  return {
    grants: () =>
      Object.fromEntries(
        all
          .all()
          .map((row) => [
            text(row, "id"),
            { uses: integer(row, "uses"), revoked: flag(row, "revoked") },
          ]),
      ),
  };
}
