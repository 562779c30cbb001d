import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { createJournal } from "./journal-files.ts";
import { followJournal } from "./journal-reader.ts";
import { BATCH_WRITES_MAX } from "./limits.ts";
import type { FromWorker, Request, ToWorker, WorkerInput } from "./protocol.ts";
import { recover } from "./recover.ts";
import { ensureReserve, releaseReserve } from "./reserve.ts";
import { READABLE, STORED, SYNCED, WRITTEN } from "./signal.ts";
import { CHECKPOINT, createThread, type Thread } from "./thread.ts";
import { gapCode, storeError } from "./trouble.ts";
import { openWriter, type Writer } from "./writer.ts";

type Port = NonNullable<typeof parentPort>;

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
    await recover(writer, input.folder, input.resume);
    if (input.resume !== null) await writer.resume(input.resume);
    createJournal(input.folder);
    ensureReserve(input.folder);
    // A crash before the last second's checkpoint leaves entries that nothing has signed.
    if (writer.unsigned()) writer.commit([CHECKPOINT]);
    const size = writer.size();
    for (const slot of [WRITTEN, SYNCED, STORED, READABLE]) Atomics.store(input.signal, slot, size);
    const journal = followJournal(input.folder, size);
    send({ kind: "ready", size });
    serve(port, createThread(writer, journal, input.signal));
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
function serve(port: Port, thread: Thread): void {
  for (;;) {
    // Read before anything is looked at: whoever sends after that changes it, and the wait ends at once.
    const seen = thread.sent();
    const { batch, closing } = collect(port);
    thread.takeJournal();
    for (let at = 0; at < batch.length; at += BATCH_WRITES_MAX) {
      const part = batch.slice(at, at + BATCH_WRITES_MAX);
      const results = thread.commit(part);
      const answer = part.map(({ id }, index) => [id, results[index]] as const);
      port.postMessage({ kind: "done", results: answer } satisfies FromWorker);
    }
    if (closing) return thread.finish();
    const wait_ms = thread.keepHouse(performance.now());
    if (batch.length === 0) thread.wait(seen, wait_ms);
  }
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

/** The last words of a thread; on a full disk it leaves room for the next one. */
function failed(folder: string, error: unknown): FromWorker {
  const gap = gapCode(error);
  if (gap === "disk.full") releaseReserve(folder);
  const { code, message } = storeError(error);
  return { kind: "failed", code, gap, message };
}

if (parentPort === null) throw new Error("the writer runs in a worker thread");
await main(parentPort, workerData as WorkerInput);
