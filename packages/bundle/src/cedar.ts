import type * as Cedar from "@cedar-policy/cedar-wasm/nodejs";

export type { DetailedError } from "@cedar-policy/cedar-wasm/nodejs";

/** The validator's module; it is loaded when the first bundle is. */
export type CedarModule = typeof Cedar;

export async function loadCedar(): Promise<CedarModule> {
  return await import("@cedar-policy/cedar-wasm/nodejs");
}
