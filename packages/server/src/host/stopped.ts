import { openStore, type Store } from "@bylaw/store";

/**
 * Opens the data folder of a gateway that does not run, for administration; the folder belongs to
 * this process until the store is closed. Throws like `openStore`.
 */
export function openStopped(folder: string): Promise<Store> {
  return openStore({ folder, origin: null, now: Date.now });
}
