import type { Counts } from "@bylaw/core";
import { type RawBuilder, sql } from "kysely";
import { DAY_MS, WINDOW_MS } from "./counters.ts";
import { query } from "./query.ts";
import type { Tables } from "./tables.ts";
import { all, first, type Work } from "./work.ts";

/** A sum that two databases agree on: at most 2^53 - 1, as a number, 0 when nothing is there. */
function capped(column: keyof Tables["charge"], after: number): RawBuilder<number> {
  const sum = sql`coalesce(sum(case when at > ${after} then ${sql.ref(column)} else 0 end), 0)`;
  return sql<number>`cast(least(${sum}, 9007199254740991) as bigint)`;
}

/** PostgreSQL alone: an embedded store keeps these sums in memory. */
const COUNTS = query<{ agent: string; day: number } & Record<keyof Counts, number>>()((db, p) =>
  db
    .selectFrom("charge")
    .select([
      capped("calls", p.calls_1m).as("calls_1m"),
      capped("deletes", p.deletes_1h).as("deletes_1h"),
      capped("sends", p.sends_1h).as("sends_1h"),
      capped("spend", p.spend_1d).as("spend_1d"),
      capped("denials", p.denials_10m).as("denials_10m"),
    ])
    .where("agent", "=", p.agent)
    .where("at", ">", p.day),
);
const RECENT = query<{ after: number }>()((db, p) =>
  db
    .selectFrom("charge")
    .select(["agent", "at", "deletes", "sends", "spend"])
    .where("at", ">", p.after)
    .orderBy("at"),
);

/** What an agent did in each window that ends at `now`, from the rows that charged it. */
export function* chargedCounts(agent: string, now: number): Work<Counts> {
  const after = Object.fromEntries(
    Object.entries(WINDOW_MS).map(([name, span]) => [name, now - span]),
  ) as Record<keyof Counts, number>;
  const row = yield* first(COUNTS, { ...after, agent, day: now - DAY_MS });
  if (row === null) throw new Error("no row of sums");
  return row;
}

/** The charges of the day before `now`, oldest first. */
export function* recentCharges(
  now: number,
): Work<readonly Pick<Tables["charge"], "agent" | "at" | "deletes" | "sends" | "spend">[]> {
  return yield* all(RECENT, { after: now - DAY_MS });
}
