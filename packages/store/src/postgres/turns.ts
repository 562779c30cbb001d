import type { Pool } from "pg";
import type { Store } from "../compose.ts";
import { unavailable } from "./problems.ts";

const LOCK = "select pg_advisory_lock(hashtextextended($1, 0))";
const UNLOCK = "select pg_advisory_unlock(hashtextextended($1, 0))";

/**
 * Lets one gateway at a time decide for an agent whose counters matter. This keeps decisions from
 * racing; that none of them rests on old counters is for the reservation to check, since a lock goes
 * with its connection while the step it was for goes on.
 */
export function createTurns(pool: Pool): Store["alone"] {
  return async (key, step) => {
    const client = await pool.connect().catch((error: unknown) => {
      throw unavailable(error);
    });
    const ignore = (): void => undefined;
    client.on("error", ignore);
    let held = true;
    try {
      await client.query({ name: "bylaw_turn", text: LOCK, values: [`turn:${key}`] });
      const result = await step();
      return result;
    } finally {
      // A connection that does not answer is closed, which ends the turn as well.
      held = await client
        .query({ name: "bylaw_turn_end", text: UNLOCK, values: [`turn:${key}`] })
        .then(
          () => false,
          () => true,
        );
      client.off("error", ignore);
      client.release(held);
    }
  };
}
