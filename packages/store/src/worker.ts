import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { StoreError } from "./errors.ts";
import { BATCH_WRITES_MAX, CHECKPOINT_MS, FLUSH_MS } from "./limits.ts";
import type { FromWorker, Request, ToWorker, WorkerInput } from "./protocol.ts";
import { openWriter, type Write, type Writer } from "./writer.ts";

const CHECKPOINT: Write = { op: "checkpoint", input: null, sync: true };
const FLUSH: Write = { op: "flush", input: null, sync: true };

/**
 * The writing thread: a slow fsync stalls only the callers that wait for it. It writes as soon as
 * something arrives; whatever arrives during a commit forms the next transaction, so load alone
 * makes the groups and an idle store adds no delay.
 */
async function main(): Promise<void> {
  if (parentPort === null) throw new Error("the writer runs in a worker thread");
  const port = parentPort;
  const send = (message: FromWorker): void => port.postMessage(message);
  const input = workerData as WorkerInput;
  let writer: Writer;
  try {
    writer = await openWriter(input.folder, input.signingKey);
    // A crash before the last second's checkpoint leaves entries that nothing has signed.
    if (writer.unsigned()) writer.commit([CHECKPOINT]);
  } catch (error) {
    send(failure(error));
    return;
  }
  let timers: { checkpoint: NodeJS.Timeout | null; flush: NodeJS.Timeout | null } = {
    checkpoint: null,
    flush: null,
  };

  function stop(last: FromWorker): void {
    if (timers.checkpoint !== null) clearTimeout(timers.checkpoint);
    if (timers.flush !== null) clearTimeout(timers.flush);
    timers = { checkpoint: null, flush: null };
    port.off("message", receive);
    port.unref();
    try {
      writer.close();
    } catch {
      // The last message says why already; the rest is in the write-ahead log.
    }
    send(last);
  }

  /** Commits a batch; false when the writer had to stop. */
  function commit(batch: readonly Request[]): boolean {
    try {
      const results = writer.commit(batch);
      send({ kind: "done", results: batch.map(({ id }, at) => [id, results[at]] as const) });
      schedule();
      return true;
    } catch (error) {
      // Never retried on this connection: after a failed fsync the kernel may have dropped the pages.
      stop(failure(error));
      return false;
    }
  }

  function alone(write: Write): void {
    try {
      writer.commit([write]);
      schedule();
    } catch (error) {
      stop(failure(error));
    }
  }

  function schedule(): void {
    if (writer.unsigned())
      timers.checkpoint ??= setTimeout(() => {
        timers.checkpoint = null;
        if (writer.unsigned()) alone(CHECKPOINT);
      }, CHECKPOINT_MS);
    if (writer.unsynced())
      timers.flush ??= setTimeout(() => {
        timers.flush = null;
        if (writer.unsynced()) alone(FLUSH);
      }, FLUSH_MS);
  }

  function receive(first: ToWorker): void {
    const waiting: Request[] = [];
    let closing = false;
    for (let next: ToWorker | undefined = first; next !== undefined; next = poll()) {
      if (next === "close") {
        closing = true;
        break;
      }
      waiting.push(...next);
      while (waiting.length >= BATCH_WRITES_MAX)
        if (!commit(waiting.splice(0, BATCH_WRITES_MAX))) return;
    }
    if (waiting.length > 0 && !commit(waiting)) return;
    if (closing) close();
  }

  function poll(): ToWorker | undefined {
    return receiveMessageOnPort(port)?.message as ToWorker | undefined;
  }

  function close(): void {
    try {
      if (writer.unsigned()) writer.commit([CHECKPOINT]);
      else if (writer.unsynced()) writer.commit([FLUSH]);
      stop({ kind: "closed" });
    } catch (error) {
      stop(failure(error));
    }
  }

  send({ kind: "ready" });
  port.on("message", receive);
}

function failure(error: unknown): FromWorker {
  const code = error instanceof StoreError ? error.code : "ledger.unavailable";
  return { kind: "failed", code, message: error instanceof Error ? error.message : String(error) };
}

await main();
