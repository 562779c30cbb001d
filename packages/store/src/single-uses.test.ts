import { describe, expect, it } from "vitest";
import { createSingleUses, type SingleUses } from "./single-uses.ts";
import type { WriterClient } from "./writes.ts";

const NOW = 1_770_000_000_000;

/** A memory of three, over a writer that keeps what it is given. */
function memory(): SingleUses {
  const kept = new Map<string, number>();
  const call = (async (op: string, input: { key: string; until: number; now: number }) => {
    if (op === "useOnce") return !kept.has(input.key) && kept.set(input.key, input.until).size > 0;
    for (const [key, until] of kept) if (until < input.now) kept.delete(key);
    return kept.size;
  }) as unknown as WriterClient["call"];
  return createSingleUses({ call }, 3);
}

describe("single uses", () => {
  it("take in no more than they can remember, until something is too old", async () => {
    const uses = memory();
    const use = (key: string, now: number): Promise<string> =>
      uses.useOnce({ key, until: now + 60_000 }, now);
    for (const key of ["a", "b", "c"]) expect(await use(key, NOW)).toBe("new");
    expect(await use("d", NOW)).toBe("full");
    expect(await use("a", NOW + 30_000)).toBe("full");
    expect(await use("d", NOW + 60_001)).toBe("new");
  });
});
