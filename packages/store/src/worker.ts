import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { BATCH_WRITES_MAX, CHECKPOINT_MS, FLUSH_MS } from "./limits.ts";
import {
  ASLEEP,
  type FromWorker,
  type Request,
  SENT,
  type ToWorker,
  type WorkerInput,
} from "./protocol.ts";
import { ensureReserve, releaseReserve } from "./reserve.ts";
import { gapCode, storeError } from "./trouble.ts";
import { openWriter, type Write, type Writer } from "./writer.ts";

type Port = NonNullable<typeof parentPort>;

const CHECKPOINT: Write = { op: "checkpoint", input: null, sync: true };
const FLUSH: Write = { op: "flush", input: null, sync: true };

/**
 * The writing thread: a slow fsync stalls only the callers that wait for it. It writes as soon as
 * something arrives; whatever arrives during a commit forms the next transaction, so load alone
 * makes the groups and an idle store adds no delay.
 */
async function main(port: Port, input: WorkerInput): Promise<void> {
  const send = (message: FromWorker): void => port.postMessage(message);
  let writer: Writer;
  try {
    writer = await openWriter(input.folder, input.signingKey);
  } catch (error) {
    return send(failed(input.folder, error));
  }
  let last: FromWorker = { kind: "closed" };
  try {
    if (input.resume !== null) await writer.resume(input.resume);
    ensureReserve(input.folder);
    // A crash before the last second's checkpoint leaves entries that nothing has signed.
    if (writer.unsigned()) writer.commit([CHECKPOINT]);
    send({ kind: "ready" });
    serve(port, writer, new Int32Array(input.signal));
  } catch (error) {
    // Never retried on this connection: after a failed fsync the kernel may have dropped the pages.
    last = failed(input.folder, error);
  }
  try {
    if (last.kind === "closed") writer.close();
    else writer.abandon();
  } catch {
    // The last message says why already, and what was committed is in the write-ahead log.
  }
  send(last);
}

/**
 * Commits what arrives until it is told to close. Throws when a commit fails. The thread waits on a
 * futex that each sender wakes: waking an event loop would cost as much as a fast fsync.
 */
function serve(port: Port, writer: Writer, signal: Int32Array): void {
  const housekeeping = createHousekeeping(writer);
  for (;;) {
    // Read before the port is: whoever posts after that changes it, and the wait ends at once.
    const seen = Atomics.load(signal, SENT);
    const { batch, closing } = collect(port);
    for (let at = 0; at < batch.length; at += BATCH_WRITES_MAX) {
      const part = batch.slice(at, at + BATCH_WRITES_MAX);
      const results = writer.commit(part);
      const answer = part.map(({ id }, index) => [id, results[index]] as const);
      port.postMessage({ kind: "done", results: answer } satisfies FromWorker);
    }
    if (closing) break;
    const wait_ms = housekeeping(performance.now());
    if (batch.length === 0) sleep(signal, seen, wait_ms);
  }
  if (writer.unsigned()) writer.commit([CHECKPOINT]);
  else if (writer.unsynced()) writer.commit([FLUSH]);
}

/** Until something is sent. Said before the wait looks: who sends after that either wakes it or is seen. */
function sleep(signal: Int32Array, seen: number, wait_ms: number): void {
  Atomics.store(signal, ASLEEP, 1);
  Atomics.wait(signal, SENT, seen, wait_ms);
  Atomics.store(signal, ASLEEP, 0);
}

/** Everything that has arrived, up to one full batch and what came in the same message. */
function collect(port: Port): { readonly batch: readonly Request[]; readonly closing: boolean } {
  const batch: Request[] = [];
  while (batch.length < BATCH_WRITES_MAX) {
    const message = receiveMessageOnPort(port)?.message as ToWorker | undefined;
    if (message === undefined) break;
    if (message === "close") return { batch, closing: true };
    batch.push(...message);
  }
  return { batch, closing: false };
}

/** Signs and syncs what is due; returns the milliseconds until something will be. */
function createHousekeeping(writer: Writer): (now: number) => number {
  let sign: number | null = null;
  let sync: number | null = null;
  return (now) => {
    sign = writer.unsigned() ? (sign ?? now + CHECKPOINT_MS) : null;
    sync = writer.unsynced() ? (sync ?? now + FLUSH_MS) : null;
    if (sign !== null && sign <= now) {
      writer.commit([CHECKPOINT]);
      sign = null;
      sync = null;
    } else if (sync !== null && sync <= now) {
      writer.commit([FLUSH]);
      sync = null;
    }
    return Math.min(sign ?? Number.POSITIVE_INFINITY, sync ?? Number.POSITIVE_INFINITY) - now;
  };
}

/** The last words of a thread; on a full disk it leaves room for the next one. */
function failed(folder: string, error: unknown): FromWorker {
  const gap = gapCode(error);
  if (gap === "disk.full") releaseReserve(folder);
  const { code, message } = storeError(error);
  return { kind: "failed", code, gap, message };
}

if (parentPort === null) throw new Error("the writer runs in a worker thread");
await main(parentPort, workerData as WorkerInput);
