import type { StoreErrorCode } from "./errors.ts";
import type { Write } from "./writer.ts";

/** What the worker is started with. */
export interface WorkerInput {
  readonly folder: string;
  readonly signingKey: string;
  /** Counts the messages to the worker, so that it can sleep until there is one more. */
  readonly signal: SharedArrayBuffer;
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
  | { readonly kind: "failed"; readonly code: StoreErrorCode; readonly message: string }
  | { readonly kind: "closed" };
