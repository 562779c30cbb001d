import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { PolicyFile } from "./source.ts";

/** Policy packs that come with Bylaw; `base` belongs to every set. */
export const PACKS = ["base", "starter", "coding-agent", "data-agent", "assistant"] as const;
export type Pack = (typeof PACKS)[number];

/** The text of a pack, from the file next to this package. */
export async function readPack(pack: Pack): Promise<PolicyFile> {
  const url = new URL(`../packs/${pack}.cedar`, import.meta.url);
  return { file: `packs/${pack}.cedar`, text: await readFile(url, "utf8") };
}

/** The policy tests that come with a pack. */
export function packTestFile(pack: Pack): string {
  return fileURLToPath(new URL(`../packs/${pack}.test.yaml`, import.meta.url));
}
