import type { GapCode } from "@bylaw/core";
import type { StoreErrorCode } from "./errors.ts";
import type { Signal } from "./signal.ts";
import type { Write } from "./writer.ts";

/** What the worker is started with. */
export interface WorkerInput {
  readonly folder: string;
  readonly signingKey: string;
  readonly signal: Signal;
  /** After a failure: what must still be there. Null when the store is opened. */
  readonly resume: Resume | null;
}

/** An entry that somebody was told is recorded. */
export interface Acknowledged {
  readonly index: number;
  readonly entry: Uint8Array;
}

/** What a thread that goes on after a failure starts from. */
export interface Resume {
  /** The last entry that was acknowledged; null when none was. */
  readonly acknowledged: Acknowledged | null;
}

export interface Request extends Write {
  readonly id: number;
}

/** From the store to its worker: writes in order, or the end. */
export type ToWorker = readonly Request[] | "close";

/** From the worker. `failed` is its last message: no write after the last `done` has happened. */
export type FromWorker =
  /** The journal is empty, and the next entry has this number. */
  | { readonly kind: "ready"; readonly size: number }
  | { readonly kind: "done"; readonly results: readonly (readonly [id: number, value: unknown])[] }
  | {
      readonly kind: "failed";
      readonly code: StoreErrorCode;
      readonly gap: GapCode;
      readonly message: string;
    }
  | { readonly kind: "closed" };
