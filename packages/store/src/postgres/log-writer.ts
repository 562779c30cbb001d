import type { NoteSigner } from "@bylaw/ledger";
import type { Client } from "pg";
import { StoreError } from "../errors.ts";
import { createGap } from "../gap.ts";
import {
  BATCH_WRITES_MAX,
  CHECKPOINT_ENTRIES,
  CHECKPOINT_MS,
  REOPEN_MS,
  REOPEN_MS_MAX,
} from "../limits.ts";
import { logRows } from "../log-rows.ts";
import { type Append, type LogWriter, openLogWriter } from "../log-writer.ts";
import { runAsync } from "../work.ts";
import type { Driver } from "./connect.ts";
import { type CollectingSink, collectingSink } from "./log-sink.ts";
import { unavailable } from "./problems.ts";
import { ask, commit } from "./session.ts";
import { requireDigestKey, tryOwn } from "./shared-key.ts";

/** How long a starting gateway waits for the last one's connection to be over. */
const OWNED_MAX_MS = 10_000;
const OWNED_POLL_MS = 100;

/** Appends to this gateway's log over a connection of its own, in groups. */
export interface GroupWriter {
  append(input: Append): Promise<number>;
  checkpoint(): Promise<string>;
  healthy(): boolean;
  /** Finishes what was called and signs a last checkpoint. */
  close(): Promise<void>;
}

interface Waiting {
  readonly run: (writer: LogWriter) => unknown;
  /** Whether it is a record that is refused when this fails. */
  readonly appends: boolean;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** One connection that owns the log, from its start to the first failure. */
interface Run {
  readonly client: Client;
  readonly writer: LogWriter;
  readonly sink: CollectingSink;
}

export interface OwnLog {
  readonly folder: string;
  readonly log: number;
  readonly signer: NoteSigner;
}

/**
 * Takes the log for this process and checks its tail. Later failures make every call reject at once,
 * while the connection is made anew until that succeeds; the first record after that says what
 * happened. Throws `store.owned`, `store.digest_key` or `ledger.corrupt`.
 *
 * In: the data folder, whose digest key must be the database's each time; `now`, milliseconds since
 * the epoch.
 */
export async function startLogWriter(
  driver: Driver,
  { folder, log, signer }: OwnLog,
  now: () => number,
): Promise<GroupWriter> {
  const gap = createGap(now);
  let run: Run | null = null;
  let queue: Waiting[] = [];
  let busy: Promise<void> | null = null;
  let ended = false;
  let pause_ms = REOPEN_MS;
  let retry: NodeJS.Timeout | null = null;
  let reopening: Promise<void> | null = null;
  let signing: NodeJS.Timeout | null = null;

  function lost(failed: Run | null, error: unknown, batch: readonly Waiting[] = []): void {
    const refused = [...batch, ...(run === failed ? queue.splice(0) : [])];
    for (const { reject } of refused) reject(unavailable(error));
    if (failed === null || run !== failed) return;
    run = null;
    void failed.client.end().catch(() => undefined);
    gap.open("database.lost", refused.filter(({ appends }) => appends).length);
    pause_ms = REOPEN_MS;
    again();
  }

  function again(): void {
    if (ended) return;
    retry = setTimeout(() => {
      reopening = reopen();
    }, pause_ms);
  }

  async function reopen(): Promise<void> {
    try {
      await begin();
    } catch {
      pause_ms = Math.min(pause_ms * 2, REOPEN_MS_MAX);
      again();
    }
  }

  async function begin(): Promise<void> {
    const opened = await openRun(driver, { folder, log, signer });
    const over = (error?: unknown): void => lost(opened, error);
    opened.client.on("error", over).on("end", over);
    run = opened;
    const record = gap.record();
    if (record !== null)
      append(record).then(
        () => gap.close(record),
        () => undefined, // failed again: the gap goes on
      );
    if (opened.writer.size() > Math.max(0, opened.writer.signed())) sign();
  }

  function sign(): void {
    signing ??= setTimeout(() => {
      signing = null;
      void call((writer) => writer.checkpoint()).catch(() => undefined); // the next run signs
    }, CHECKPOINT_MS);
  }

  function call<T>(step: (writer: LogWriter) => T, appends = false): Promise<T> {
    if (ended) return Promise.reject(new StoreError("store.closed", "the store is closed"));
    if (run === null) {
      if (appends) gap.refuse();
      return Promise.reject(unavailable(null));
    }
    return new Promise((resolve, reject) => {
      queue.push({ run: step, appends, resolve, reject });
      busy ??= pump();
    });
  }

  const append = (input: Append): Promise<number> => call((writer) => writer.append(input), true);

  /** What arrives during a commit forms the next transaction. */
  async function pump(): Promise<void> {
    await Promise.resolve(); // what this turn of the event loop calls belongs together
    while (queue.length > 0 && run !== null) {
      const batch = queue.slice(0, BATCH_WRITES_MAX);
      queue = queue.slice(BATCH_WRITES_MAX);
      const current = run;
      try {
        const results = await commitBatch(current, batch);
        for (const [at, { resolve }] of batch.entries()) resolve(results[at] as never);
        const unsigned = current.writer.size() > Math.max(0, current.writer.signed());
        if (unsigned && !ended) sign();
      } catch (error) {
        // Whether it was committed is open. The tree in memory is ahead of what is known, so the
        // next run reads the head anew; the owner's lock makes it wait for this one's end.
        lost(current, error, batch);
      }
    }
    busy = null;
  }

  async function close(): Promise<void> {
    if (ended) return;
    const last = call((writer) => writer.checkpoint()).catch(() => undefined);
    ended = true;
    if (retry !== null) clearTimeout(retry);
    if (signing !== null) clearTimeout(signing);
    await last;
    await busy;
    await reopening;
    const current = run;
    run = null;
    await current?.client.end().catch(() => undefined);
  }

  await begin();
  return {
    append,
    checkpoint: () => call((writer) => writer.checkpoint()),
    healthy: () => run !== null,
    close,
  };
}

async function commitBatch(
  { client, writer, sink }: Run,
  batch: readonly Waiting[],
): Promise<readonly unknown[]> {
  const before = writer.size();
  const results = batch.map(({ run }) => run(writer));
  if (writer.size() !== before) writer.seal();
  if (writer.size() - writer.signed() >= CHECKPOINT_ENTRIES) writer.checkpoint();
  await client.query("BEGIN");
  await sink.flush(client, before);
  await commit(client);
  return results;
}

async function openRun(driver: Driver, { folder, log, signer }: OwnLog): Promise<Run> {
  const client = driver.client();
  const ignore = (): void => undefined;
  client.on("error", ignore);
  try {
    await client.connect();
    await own(client, log);
    // Only now: whoever replaced the key has waited until no log was anybody's.
    await requireDigestKey(client, folder);
    const sink = collectingSink(log);
    const rows = logRows((work) => runAsync(work, (asked) => ask(client, asked)), log);
    const writer = await openLogWriter(rows, sink, signer);
    return { client, writer, sink };
  } catch (error) {
    void client.end().catch(ignore);
    throw error;
  }
}

/**
 * Held by the connection, so it goes with it: a commit that was under way when the last connection
 * died is over, one way or the other, before this one reads the head.
 */
async function own(client: Client, log: number): Promise<void> {
  for (let waited = 0; ; waited += OWNED_POLL_MS) {
    if (await tryOwn(client, log)) return;
    if (waited >= OWNED_MAX_MS)
      throw new StoreError("store.owned", "another process writes to this gateway's log");
    await new Promise((resolve) => setTimeout(resolve, OWNED_POLL_MS));
  }
}
