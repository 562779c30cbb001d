import { canonicalTime, type Gateway } from "@bylaw/core";
import type { PipelineOps } from "./ops.ts";
import { wireBytes } from "./wire-bytes.ts";

/** A message that could not become an action. */
export interface Rejected {
  readonly upstream: string | null;
  /** Null for somebody unknown; such records are limited in rate. */
  readonly credential: string | null;
  readonly code: string;
  readonly bytes: Uint8Array;
}

/** Records it. Out: its index; null when not recorded. Never rejects: it goes nowhere either way. */
export type Reject = (rejected: Rejected) => Promise<number | null>;

export interface RejectOptions {
  readonly gateway: Gateway;
  /** Reject records per second for messages of nobody known, so that strangers cannot fill the disk. */
  readonly strangersPerSecond: number;
  /** Names the rejected message in its record. */
  readonly newId: () => string;
  /** Told of what is only counted. */
  readonly unrecorded: (upstream: string | null, code: string) => void;
}

const SECOND_MS = 1_000;

/** The writer of one gateway's reject records. */
export function createRejects(
  ops: Pick<PipelineOps, "now" | "record">,
  { gateway, strangersPerSecond, newId, unrecorded }: RejectOptions,
): Reject {
  let second = 0;
  let written = 0;
  const allowed = (now: number): boolean => {
    const current = Math.floor(now / SECOND_MS);
    if (current !== second) {
      second = current;
      written = 0;
    }
    written += 1;
    return written <= strangersPerSecond;
  };
  return async ({ upstream, credential, code, bytes }) => {
    const now = ops.now();
    if (credential === null && !allowed(now)) {
      unrecorded(upstream, code);
      return null;
    }
    const record = {
      v: 1,
      kind: "reject",
      at: canonicalTime(now),
      id: newId(),
      gateway,
      upstream,
      credential,
      code,
      bytes: wireBytes(bytes),
    } as const;
    try {
      return (await ops.record(record, "write", null)).index;
    } catch {
      unrecorded(upstream, code);
      return null;
    }
  };
}
