import { openStore, type Store } from "@bylaw/store";

/**
 * Opens the data folder of a gateway that does not run, for administration; the folder belongs to
 * this process until the store is closed. In: the address of a shared
 * database, where it has one. Throws like `openStore`.
 */
export function openStopped(folder: string, postgres: string | null = null): Promise<Store> {
  return openStore({ folder, origin: null, now: Date.now, postgres });
}
