import type { GapCode } from "@bylaw/core";
import { StoreError } from "./errors.ts";
import { createGap } from "./gap.ts";
import { JOURNAL_FILES } from "./journal-files.ts";
import { JOURNAL_BACKLOG_BYTES, REOPEN_MS, REOPEN_MS_MAX } from "./limits.ts";
import type { Durability } from "./log.ts";
import type { Append } from "./log-writer.ts";
import type { Acknowledged, Request } from "./protocol.ts";
import { type Input, type Run, startRun, unavailable } from "./run.ts";
import type { ThreadWrites } from "./writer.ts";
import type { WriterClient } from "./writes.ts";

/**
 * Starts the writing thread. Rejects when the store cannot be opened. Later failures make every
 * call reject at once, while the thread is started anew (which checks the tail of the log) until
 * that succeeds. The first record after that says what happened.
 *
 * In: `now`, milliseconds since the epoch.
 */
export async function startWriter(input: Input, now: () => number): Promise<WriterClient> {
  let run: Run | null = null;
  let retry: NodeJS.Timeout | null = null;
  let reopening: Promise<void> | null = null;
  let pause_ms = REOPEN_MS;
  let ended = false;
  let queue: Request[] = [];
  let posting = false;
  let sequence = 0;
  /** The last call whose change may not be on disk yet; 0 when there is none. */
  let loose = 0;
  let acknowledged: Acknowledged | null = null;
  let reason = "";
  const gap = createGap(now);

  function lost(code: GapCode, message: string, refused: number): void {
    acknowledged = run?.journal.acknowledged() ?? acknowledged;
    run = null;
    // What was not even posted is refused with the rest: its callers wait in `waiting`.
    queue = [];
    reason = message;
    gap.open(code, refused);
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
      const started = await startRun(input, { acknowledged }, lost);
      if (started.over()) return;
      run = started;
      // Before anything else can be asked for: the record comes first.
      const record = gap.record();
      if (record !== null)
        append(record, "sync").then(
          () => gap.close(record),
          () => undefined, // failed again: the gap goes on
        );
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
      pause_ms = Math.min(2 * pause_ms, REOPEN_MS_MAX);
      again();
    }
  }

  function post(): void {
    const queued = queue;
    queue = [];
    posting = false;
    if (run !== null && queued.length > 0) run.send(queued);
  }

  function call<K extends keyof ThreadWrites>(
    op: K,
    value: Parameters<ThreadWrites[K]>[0],
    sync: boolean,
  ): Promise<ReturnType<ThreadWrites[K]>> {
    if (ended) return Promise.reject(new StoreError("store.closed", "the store is closed"));
    const current = run;
    if (current === null) return Promise.reject(notWritten());
    sequence += 1;
    const id = sequence;
    const done = new Promise<never>((resolve, reject) => {
      current.waiting.set(id, { resolve, reject });
      queue.push({ id, op, input: value, sync });
      if (!posting) process.nextTick(post);
      posting = true;
    });
    if (!sync) loose = id;
    else
      done.then(
        () => {
          if (loose < id) loose = 0;
        },
        () => undefined,
      );
    return done;
  }

  function append(entry: Append, durability: Durability): Promise<number> {
    if (ended) return Promise.reject(new StoreError("store.closed", "the store is closed"));
    const current = run;
    if (current === null) {
      gap.refuse();
      return Promise.reject(notWritten());
    }
    if (current.journal.backlog() > JOURNAL_BACKLOG_BYTES)
      return call("flush", null, true).then(
        () => append(entry, durability),
        (error) => {
          gap.refuse();
          throw error;
        },
      );
    const appended = current.journal.append(entry, durability);
    if (durability !== "sync" || loose === 0) return appended;
    // What the action has used up is on disk before the action is sent.
    return Promise.all([appended, call("flush", null, true)]).then(([index]) => index);
  }

  const notWritten = (): StoreError => unavailable(`the log cannot be written: ${reason}`);

  async function settled(): Promise<void> {
    if (run === null || run.readable()) return;
    await call("flush", null, false).catch(() => undefined); // nothing more can be read for now
  }

  async function forget(): Promise<void> {
    for (let files = 0; files < JOURNAL_FILES.length; ) {
      await call("flush", null, true);
      if (run?.journal.turnOver() === true) files += 1;
    }
  }

  async function close(): Promise<void> {
    if (ended) return;
    ended = true;
    if (retry !== null) clearTimeout(retry);
    post();
    // A thread that is just starting writes as well, and the folder is given up after this.
    await reopening;
    await run?.close();
  }

  const first = await startRun(input, null, lost);
  if (!first.over()) run = first;
  return { call, append, settled, forget, healthy: () => run !== null, close };
}
