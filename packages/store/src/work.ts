import type { Query, Values } from "./query.ts";

/** What a piece of work wants next from whichever database runs it. */
export type Ask =
  | {
      readonly kind: "rows" | "changes";
      readonly query: Query<never, unknown>;
      readonly input: Values;
      /** Asked for again and again: who can tell that nothing has changed may repeat the answer. */
      readonly often?: true;
    }
  /** Alone among all transactions that lock this key, until this one ends. */
  | { readonly kind: "lock"; readonly key: string };

/**
 * Statements in the order of their need, without a word of how they are run: a worker thread runs
 * them one after the other in SQLite, a network client in PostgreSQL.
 */
export type Work<T> = Generator<Ask, T, unknown>;

/** Thrown by work that must leave nothing behind; `result` is its answer nevertheless. */
export class Undo extends Error {
  readonly result: unknown;
  constructor(result: unknown) {
    super("undone");
    this.result = result;
  }
}

export function* all<In extends Values, Out>(
  query: Query<In, Out>,
  input: In,
): Work<readonly Out[]> {
  return (yield { kind: "rows", query, input }) as readonly Out[];
}

/** The same where every action asks, and hardly any change. The caller must not hold on to the rows. */
export function* allOften<In extends Values, Out>(
  query: Query<In, Out>,
  input: In,
): Work<readonly Out[]> {
  return (yield { kind: "rows", query, input, often: true }) as readonly Out[];
}

export function* first<In extends Values, Out>(query: Query<In, Out>, input: In): Work<Out | null> {
  return (yield* all(query, input))[0] ?? null;
}

/** Runs a change; the number of rows it changed. */
export function* change<In extends Values>(query: Query<In, unknown>, input: In): Work<number> {
  return (yield { kind: "changes", query, input }) as number;
}

export function* lock(key: string): Work<void> {
  yield { kind: "lock", key };
}

export function runSync<T>(work: Work<T>, answer: (ask: Ask) => unknown): T {
  let step = work.next();
  while (step.done !== true) step = work.next(answer(step.value));
  return step.value;
}

export async function runAsync<T>(
  work: Work<T>,
  answer: (ask: Ask) => Promise<unknown>,
): Promise<T> {
  let step = work.next();
  while (step.done !== true) step = work.next(await answer(step.value));
  return step.value;
}

/** Runs work that only reads. */
export type Read = <T>(work: Work<T>) => Promise<T>;
