import { canonicalTime, type ErasureRecord } from "@bylaw/core";
import type { Erasure } from "./bodies.ts";
import {
  digestKeyCheck,
  digestKeyId,
  loadDigestKey,
  nextDigestKey,
  pendingDigestKey,
  replaceDigestKey,
} from "./keys.ts";
import type { Log } from "./log.ts";

export interface Shredded {
  /** Ids of the key that is gone and of the one in its place. */
  readonly before: string;
  readonly after: string;
}

/** The digest key in use, and its end. */
export interface DigestKeys {
  current(): Uint8Array;
  /** Destroys the current key once the log says so, and goes on with a new one. */
  shred(erasure: Erasure): Promise<Shredded>;
}

/** Others that use the same key. */
export interface KeySharing {
  /** Runs a step while nobody else uses the key; `publish` tells them what to check the next by. */
  alone<T>(step: (publish: (check: string) => Promise<void>) => Promise<T>): Promise<T>;
}

/** A data folder that no other gateway knows. */
const NOT_SHARED: KeySharing = { alone: (step) => step(async () => undefined) };

/** Finishes first what an earlier process has begun: its next key is there, the old one is too. */
export async function openDigestKeys(
  folder: string,
  log: Log,
  now: () => number,
  sharing: KeySharing = NOT_SHARED,
): Promise<DigestKeys> {
  let key = loadDigestKey(folder);
  let last: Promise<unknown> = Promise.resolve();

  async function replace(
    { by, reason }: Erasure,
    publish: (check: string) => Promise<void>,
  ): Promise<Shredded> {
    const next = nextDigestKey(folder);
    const [before, after] = [digestKeyId(key), digestKeyId(next)];
    const record: ErasureRecord = {
      v: 1,
      kind: "change",
      at: canonicalTime(now()),
      subject: "key",
      id: "digest.key",
      before,
      after,
      by,
      reason,
    };
    // A key that is gone without a record would be a loss that nobody can explain.
    await log.append(record, "sync", null);
    await log.checkpoint();
    await publish(digestKeyCheck(next));
    replaceDigestKey(folder);
    key.fill(0);
    key = next;
    return { before, after };
  }

  /** One after the other: two at once would name the same next key. */
  function shred(erasure: Erasure): Promise<Shredded> {
    const shredded = last.then(() => sharing.alone((publish) => replace(erasure, publish)));
    last = shredded.catch(() => undefined);
    return shredded;
  }

  if (pendingDigestKey(folder) === null) return { current: () => key, shred };
  if (key.every((byte) => byte === 0)) {
    replaceDigestKey(folder); // it was recorded before it was overwritten
    key = loadDigestKey(folder);
  } else await shred({ by: "bylaw", reason: "finishes an erasure that was interrupted" });
  return { current: () => key, shred };
}
