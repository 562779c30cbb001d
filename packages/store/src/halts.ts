import { canonicalTime, type Halt } from "@bylaw/core";
import { suspendedAmong } from "./agents.ts";
import { endedDelegations } from "./delegations.ts";
import { query } from "./query.ts";
import type { Tables } from "./tables.ts";
import { all, allOften, change, lock, type Read, type Work } from "./work.ts";

/** Halts that may be in force at once: every action reads them all. */
const HALTS_MAX = 256;

/** What a halt can be about, for one action. */
export interface Reach {
  readonly agents: readonly string[];
  readonly user: string | null;
  readonly upstream: string;
  /** Ids of what its agents were delegated. */
  readonly delegations: readonly string[];
}

export interface HaltTarget {
  readonly scope: Halt["scope"];
  /** Empty for `all`. */
  readonly subject: string;
}

export interface HaltInput extends HaltTarget {
  readonly by: string;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface ResumeInput extends HaltTarget {
  readonly by: string;
  /** Whether somebody else than who halted has to resume. */
  readonly another: boolean;
}

export type HaltResult = "halted" | "already" | "halt.too_many";
export type ResumeResult = "resumed" | "halt.not_found" | "halt.same_person";

export interface HaltReader {
  /** Everything that is halted, in the order of scope and subject. */
  list(): Promise<readonly Halt[]>;
  /** The halts that an action falls under. */
  on(reach: Reach): Promise<readonly Halt[]>;
}

const ALL = query()((db) => db.selectFrom("halt").selectAll().orderBy("scope").orderBy("subject"));
const INSERT = query<Tables["halt"]>()((db, p) =>
  db
    .insertInto("halt")
    .values({ scope: p.scope, subject: p.subject, person: p.person, reason: p.reason, at: p.at })
    .onConflict((conflict) => conflict.doNothing()),
);
const REMOVE = query<{ scope: string; subject: string }>()((db, p) =>
  db.deleteFrom("halt").where("scope", "=", p.scope).where("subject", "=", p.subject),
);

const LOCK = "halts";

/** A second halt of the same leaves the first one as it is: with two people, whose it was matters. */
export function* halt({ scope, subject, by, reason, at }: HaltInput): Work<HaltResult> {
  yield* lock(LOCK);
  const made = yield* change(INSERT, { scope, subject, person: by, reason, at });
  if (made !== 1) return "already";
  if ((yield* all(ALL, {})).length <= HALTS_MAX) return "halted";
  yield* change(REMOVE, { scope, subject });
  return "halt.too_many";
}

export function* resume({ scope, subject, by, another }: ResumeInput): Work<ResumeResult> {
  yield* lock(LOCK);
  const found = (yield* all(ALL, {})).find((row) => row.scope === scope && row.subject === subject);
  if (found === undefined) return "halt.not_found";
  if (another && found.person === by) return "halt.same_person";
  yield* change(REMOVE, { scope, subject });
  return "resumed";
}

function* haltsOn(reach: Reach): Work<readonly Halt[]> {
  return (yield* allOften(ALL, {})).filter((row) => concerns(row, reach)).map(decode);
}

/**
 * Whether nothing of such an action may go on: halted, an agent of it suspended or removed, or
 * something that was delegated to them taken back.
 */
export function* stopped(reach: Reach): Work<boolean> {
  if ((yield* haltsOn(reach)).length > 0) return true;
  if ((yield* suspendedAmong(reach.agents)) !== null) return true;
  return (yield* endedDelegations(reach.delegations)).length > 0;
}

function concerns({ scope, subject }: Tables["halt"], { agents, user, upstream }: Reach): boolean {
  switch (scope) {
    case "agent":
      return agents.includes(subject);
    case "user":
      return user === subject;
    case "upstream":
      return upstream === subject;
    default:
      return true; // `all`, and whatever a later version may halt
  }
}

export function haltReader(read: Read): HaltReader {
  return {
    list: async () => (await read(all(ALL, {}))).map(decode),
    on: (reach) => read(haltsOn(reach)),
  };
}

function decode({ scope, subject, person, reason, at }: Tables["halt"]): Halt {
  return { scope: scope as Halt["scope"], subject, by: person, at: canonicalTime(at), reason };
}
