import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { openStore, type Store } from "../src/index.ts";

/** A new folder that does not outlive the test. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "bylaw-store-"));
  folders.push(folder);
  return folder;
}

/** Opens a store that the test closes or the end of the test does. */
export async function open(folder: string, now: () => number = () => NOW): Promise<Store> {
  return keep(await openStore({ folder, origin: "test", now }));
}

/** Closes the store at the end of the test, if the test has not. */
export function keep(store: Store): Store {
  stores.push(store);
  return store;
}

export const NOW: number = Date.UTC(2026, 1, 3, 9);

const folders: string[] = [];
const stores: Store[] = [];

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  for (const folder of folders.splice(0))
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});
