import type { ClientBase, Pool } from "pg";
import { StoreError } from "../errors.ts";
import type { Work } from "../work.ts";
import { type SharedWrites, sharedWrites, type WriterClient, type Writes } from "../writes.ts";
import { CHANNEL } from "./listener.ts";
import type { GroupWriter } from "./log-writer.ts";
import { transact } from "./session.ts";

/** Changes in transactions of their own; appends through the log's one writer. */
export function createWriter(pool: Pool, log: number, logWriter: GroupWriter): WriterClient {
  const shared = sharedWrites(log) as Readonly<Record<string, (input: never) => Work<unknown>>>;
  let closed: Promise<void> | null = null;

  async function tell(
    op: string,
    input: unknown,
    result: unknown,
    client: ClientBase,
  ): Promise<void> {
    for (const id of changedBy(op as keyof SharedWrites, input, result))
      await client.query("select pg_notify($1, $2)", [CHANNEL, `${log}:${id}`]);
  }

  async function call<K extends keyof Writes>(
    op: K,
    input: Parameters<Writes[K]>[0],
  ): Promise<ReturnType<Writes[K]>> {
    if (closed !== null) throw new StoreError("store.closed", "the store is closed");
    if (op === "checkpoint") return (await logWriter.checkpoint()) as never;
    const work = shared[op];
    if (work === undefined) throw new TypeError(`no write \`${op}\``);
    const done = await transact(
      pool,
      () => work(input as never),
      (result, client) => tell(op, input, result, client),
    );
    return done as ReturnType<Writes[K]>;
  }

  async function end(): Promise<void> {
    await logWriter.close();
    await pool.end();
  }

  return {
    call,
    async append(input): Promise<number> {
      if (closed !== null) throw new StoreError("store.closed", "the store is closed");
      return logWriter.append(input);
    },
    forget: () => Promise.resolve(),
    settled: () => Promise.resolve(),
    healthy: () => logWriter.healthy(),
    close(): Promise<void> {
      closed ??= end();
      return closed;
    },
  };
}

/** Approvals whose state a write changed, as far as anybody waits for that state. */
function changedBy(op: keyof SharedWrites, input: unknown, result: unknown): readonly string[] {
  const ids = (changes: unknown): readonly string[] =>
    (changes as readonly { readonly id: string }[]).map(({ id }) => id);
  switch (op) {
    case "advance":
      return result === true ? [(input as { id: string }).id] : [];
    case "expire":
    case "release":
      return ids(result);
    case "hold":
    case "vote":
      return ids((result as { changes: unknown }).changes);
    default:
      return [];
  }
}
