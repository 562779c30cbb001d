import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { GapCode } from "@bylaw/core";
import { StoreError, type StoreErrorCode } from "./errors.ts";
import { type Journal, openJournal } from "./journal.ts";
import type { FromWorker, Resume, ToWorker, WorkerInput } from "./protocol.ts";
import { ASLEEP, AWAKE, createSignal, READABLE, reached, SENT, WAITS } from "./signal.ts";
import { gapCode } from "./trouble.ts";

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export type Input = Pick<WorkerInput, "folder" | "signingKey">;
/** Told of a failure: why, and how many of the records in flight it refused. */
type Lost = (code: GapCode, message: string, refused: number) => void;

/** The writing thread and the journal that it reads, from their start to the first failure. */
export interface Run {
  readonly journal: Journal;
  readonly waiting: Map<number, Waiting>;
  send(message: ToWorker): void;
  /** Whether the database has every entry that was written. */
  readable(): boolean;
  over(): boolean;
  /** Lets the thread finish what it was sent. */
  close(): Promise<void>;
}

/** Resolves when the thread has opened the store; `lost` is called once if either fails after that. */
export function startRun(input: Input, resume: Resume | null, lost: Lost): Promise<Run> {
  return new Promise((resolve, reject) => {
    const signal = createSignal();
    const waiting = new Map<number, Waiting>();
    let journal: Journal | null = null;
    let over = false;
    let closed: (() => void) | null = null;
    // Always the built file: a worker gets neither a test runner's transforms nor the conditions
    // that point at sources.
    const worker = new Worker(createRequire(import.meta.url).resolve("@bylaw/store/worker"), {
      workerData: { ...input, signal, resume } satisfies WorkerInput,
      execArgv: [],
    });

    /** Waking costs more than sending, and a thread that is at work looks again by itself. */
    function wake(): void {
      Atomics.add(signal, SENT, 1);
      if (Atomics.load(signal, WAITS) !== AWAKE) Atomics.notify(signal, SENT);
    }

    function send(message: ToWorker): void {
      worker.postMessage(message);
      wake();
    }

    function end(code: StoreErrorCode, message: string, gap: GapCode = "writer.ended"): void {
      if (over) return;
      over = true;
      const terminated = worker.terminate();
      const error = unavailable(message);
      const refused = journal?.end(error) ?? 0;
      if (journal !== null) lost(gap, message, refused);
      else reject(new StoreError(code, message));
      for (const { reject: refuse } of waiting.values()) refuse(error);
      waiting.clear();
      void terminated.then(() => closed?.());
    }

    function open(first: number): Run {
      journal = openJournal({
        folder: input.folder,
        first,
        signal,
        wake: () => {
          if (Atomics.load(signal, WAITS) === ASLEEP) wake();
        },
        failed: (error) => end("ledger.unavailable", (error as Error).message, gapCode(error)),
      });
      const { drain, written } = journal;
      return {
        journal,
        waiting,
        send,
        readable: () => reached(written(), Atomics.load(signal, READABLE)),
        over: () => over,
        close: async () => {
          await drain();
          if (over) return;
          const done = new Promise<void>((resolve) => {
            closed = resolve;
          });
          send("close");
          await done;
        },
      };
    }

    worker.on("message", (message: FromWorker) => {
      switch (message.kind) {
        case "ready":
          try {
            return resolve(open(message.size));
          } catch (error) {
            return end("ledger.unavailable", (error as Error).message);
          }
        case "done":
          for (const [id, value] of message.results) {
            waiting.get(id)?.resolve(value as never);
            waiting.delete(id);
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

export function unavailable(message: string): StoreError {
  return new StoreError("ledger.unavailable", message);
}
