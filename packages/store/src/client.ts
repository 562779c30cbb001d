import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { GapCode } from "@bylaw/core";
import { StoreError, type StoreErrorCode } from "./errors.ts";
import { createGap } from "./gap.ts";
import { REOPEN_MS, REOPEN_MS_MAX, SOON_MS } from "./limits.ts";
import type { Append } from "./log-writer.ts";
import {
  ASLEEP,
  type FromWorker,
  type Request,
  type Resume,
  SENT,
  type ToWorker,
  type WorkerInput,
} from "./protocol.ts";
import type { WriterClient, Writes } from "./writes.ts";

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  /** The entry that an append carries; null for every other write. */
  readonly entry: Uint8Array | null;
}

type Input = Pick<WorkerInput, "folder" | "signingKey">;
/** Told of a failure: why, and how many of the records in flight it refused. */
type Lost = (code: GapCode, message: string, refused: number) => void;

/** One run of the worker: from its start to the first failure. */
interface Run {
  readonly worker: Worker;
  send(message: ToWorker): void;
  readonly waiting: Map<number, Waiting>;
  acknowledged: Resume["acknowledged"];
  closed: (() => void) | null;
  over: boolean;
}

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
  let posting: "now" | NodeJS.Timeout | null = null;
  let sequence = 0;
  let acknowledged: Resume["acknowledged"] = null;
  let reason = "";
  const gap = createGap(now);

  function lost(code: GapCode, message: string, refused: number): void {
    acknowledged = run?.acknowledged ?? acknowledged;
    run = null;
    // What was not even posted is refused with the rest: its callers wait in `waiting`.
    unqueue();
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
      const started = await start(input, { acknowledged }, lost);
      if (started.over) return;
      run = started;
      // Before anything else can be asked for: the record comes first.
      const record = gap.record();
      if (record !== null)
        call("append", record, true).then(
          () => gap.close(record),
          () => undefined, // failed again: the gap goes on
        );
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
      pause_ms = Math.min(2 * pause_ms, REOPEN_MS_MAX);
      again();
    }
  }

  function unqueue(): readonly Request[] {
    const queued = queue;
    if (posting !== "now" && posting !== null) clearTimeout(posting);
    posting = null;
    queue = [];
    return queued;
  }

  function post(): void {
    const queued = unqueue();
    if (run !== null && queued.length > 0) run.send(queued);
  }

  /** Once per turn of the event loop, however many calls that turn makes. */
  function schedule(soon: boolean): void {
    if (soon) {
      posting ??= setTimeout(post, SOON_MS);
    } else if (posting !== "now") {
      if (posting !== null) clearTimeout(posting);
      posting = "now";
      process.nextTick(post);
    }
  }

  const call: WriterClient["call"] = (op, input, sync) => enqueue(op, input, sync, false);

  function enqueue<K extends keyof Writes>(
    op: K,
    input: Parameters<Writes[K]>[0],
    sync: boolean,
    soon: boolean,
  ): Promise<ReturnType<Writes[K]>> {
    if (ended) return Promise.reject(new StoreError("store.closed", "the store is closed"));
    const current = run;
    if (current === null) {
      if (op === "append") gap.refuse();
      return Promise.reject(unavailable(`the log cannot be written: ${reason}`));
    }
    return new Promise((resolve, reject) => {
      sequence += 1;
      const entry = op === "append" ? (input as Append).entry : null;
      current.waiting.set(sequence, { resolve, reject, entry });
      queue.push({ id: sequence, op, input, sync });
      schedule(soon);
    });
  }

  async function close(): Promise<void> {
    if (ended) return;
    ended = true;
    if (retry !== null) clearTimeout(retry);
    post();
    // A thread that is just starting writes as well, and the folder is given up after this.
    await reopening;
    const last = run;
    if (last === null) return;
    await new Promise<void>((resolve) => {
      last.closed = resolve;
      last.send("close");
    });
  }

  const first = await start(input, null, lost);
  if (!first.over) run = first;
  return {
    call,
    soon: (op, input) => enqueue(op, input, false, true),
    healthy: () => run !== null,
    close,
  };
}

/** Resolves when the worker has opened the store; `lost` is called once if it fails after that. */
function start(input: Input, resume: Resume | null, lost: Lost): Promise<Run> {
  return new Promise((resolve, reject) => {
    const signal = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
    const send = (message: ToWorker): void => {
      worker.postMessage(message);
      Atomics.add(signal, SENT, 1);
      // Waking costs more than sending, and a thread that is at work looks again by itself.
      if (Atomics.load(signal, ASLEEP) === 1) Atomics.notify(signal, SENT);
    };
    // Always the built file: a worker gets neither a test runner's transforms nor the conditions
    // that point at sources.
    const worker = new Worker(createRequire(import.meta.url).resolve("@bylaw/store/worker"), {
      workerData: { ...input, signal: signal.buffer, resume } satisfies WorkerInput,
      execArgv: [],
    });
    const acknowledged = resume?.acknowledged ?? null;
    const run: Run = { worker, send, waiting: new Map(), acknowledged, closed: null, over: false };
    let opened = false;

    function end(code: StoreErrorCode, message: string, gap: GapCode = "writer.ended"): void {
      if (run.over) return;
      run.over = true;
      const ended = worker.terminate();
      const refused = [...run.waiting.values()].filter(({ entry }) => entry !== null).length;
      if (opened) lost(gap, message, refused);
      else reject(new StoreError(code, message));
      for (const { reject: refuse } of run.waiting.values()) refuse(unavailable(message));
      run.waiting.clear();
      void ended.then(() => run.closed?.());
    }

    worker.on("message", (message: FromWorker) => {
      switch (message.kind) {
        case "ready":
          opened = true;
          return resolve(run);
        case "done":
          for (const [id, value] of message.results) {
            const asked = run.waiting.get(id);
            if (asked === undefined) continue;
            if (asked.entry !== null && typeof value === "number")
              run.acknowledged = { index: value, entry: asked.entry };
            asked.resolve(value as never);
            run.waiting.delete(id);
          }
          return;
        case "failed":
          return end(message.code, message.message, message.gap);
        case "closed":
          return end("store.closed", "the store is closed");
      }
    });
    worker.on("error", (error) => end("ledger.unavailable", error.message));
    worker.on("exit", (code) => end("ledger.unavailable", `the writer ended with code ${code}`));
  });
}

function unavailable(message: string): StoreError {
  return new StoreError("ledger.unavailable", message);
}
