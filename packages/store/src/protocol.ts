import type { GapCode } from "@bylaw/core";
import type { StoreErrorCode } from "./errors.ts";
import type { Write } from "./writer.ts";

/** Counts the messages to the worker, so that it can sleep until there is one more. */
export const SENT = 0;
/** 1 while the worker sleeps, or is about to: only then has it to be woken. */
export const ASLEEP = 1;

/** What the worker is started with. */
export interface WorkerInput {
  readonly folder: string;
  readonly signingKey: string;
  /** Two integers: `SENT` and `ASLEEP`. */
  readonly signal: SharedArrayBuffer;
  /** After a failure: what must still be there. Null when the store is opened. */
  readonly resume: Resume | null;
}

/** What a thread that goes on after a failure starts from. */
export interface Resume {
  /** The last entry that was acknowledged; null when none was. */
  readonly acknowledged: { readonly index: number; readonly entry: Uint8Array } | null;
}

export interface Request extends Write {
  readonly id: number;
}

/** From the store to its worker: writes in order, or the end. */
export type ToWorker = readonly Request[] | "close";

/** From the worker. `failed` is its last message: nothing after the last `done` has happened. */
export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly results: readonly (readonly [id: number, value: unknown])[] }
  | {
      readonly kind: "failed";
      readonly code: StoreErrorCode;
      readonly gap: GapCode;
      readonly message: string;
    }
  | { readonly kind: "closed" };
