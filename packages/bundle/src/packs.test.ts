import { expect, test } from "vitest";
import { renderError } from "./errors.ts";
import { loadBundle } from "./load.ts";
import { PACKS, readPack } from "./packs.ts";

test.each(PACKS)("pack %s loads together with base", async (pack) => {
  const names = pack === "base" ? ([pack] as const) : (["base", pack] as const);
  const loaded = await loadBundle({ sources: await Promise.all(names.map(readPack)) });
  expect(loaded.ok ? [] : loaded.error.map(renderError)).toEqual([]);
});
