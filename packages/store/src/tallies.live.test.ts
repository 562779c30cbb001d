import type { LimitClaim } from "@bylaw/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { onEachBackend } from "../testing/backends.ts";
import { NOW } from "../testing/folders.ts";
import { claim } from "../testing/shared.ts";
import type { Reservation, Store } from "./index.ts";
import { firstSlice, sliceOf } from "./tallies.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;

const counted = (parts: Partial<LimitClaim> = {}): LimitClaim => ({
  policy: "ten",
  subject: '["items","agent","coder"]',
  windowMs: HOUR,
  amount: 1,
  most: 10,
  ...parts,
});

function limited(action: string, ...limits: readonly LimitClaim[]): Reservation {
  return claim(action, { claims: { approvals: [], grants: [], limits } });
}

async function usedOf(store: Store, now: number, parts: Partial<LimitClaim> = {}) {
  return (await store.used([counted(parts)], now))[0];
}

onEachBackend(({ createFolder, open }) => {
  describe("a limit", () => {
    it("is kept exactly by 40 actions at once", async () => {
      const store = await open(createFolder());
      const made = await Promise.all(
        Array.from({ length: 40 }, (_, at) => store.reserve(limited(`a${at}`, counted()))),
      );
      expect(made.filter(Boolean)).toHaveLength(10);
      expect(await usedOf(store, NOW)).toBe(10);
    });

    it("refuses the eleventh of the hour, and lets it through when the hour is over", async () => {
      const folder = createFolder();
      let now = NOW;
      const store = await open(folder, () => now);
      for (let at = 0; at < 10; at += 1)
        expect(await store.reserve(limited(`a${at}`, counted()))).toBe(true);
      now = NOW + HOUR - 1;
      expect(await store.reserve(limited("early", counted()))).toBe(false);
      await store.close();
      const later = await open(folder, () => now);
      expect(await later.reserve(limited("restarted", counted()))).toBe(false);
      now = NOW + HOUR + MINUTE;
      expect(await later.reserve(limited("late", counted()))).toBe(true);
    });

    it("is refused as a whole, and what it would have added is not counted", async () => {
      const store = await open(createFolder());
      const other = { policy: "other" };
      expect(await store.reserve(limited("a", counted({ amount: 9 })))).toBe(true);
      expect(await store.reserve(limited("b", counted({ amount: 2 }), counted(other)))).toBe(false);
      expect(await store.used([counted(), counted(other)], NOW)).toEqual([9, 0]);
      expect(await store.reserve(limited("c", counted({ amount: 1 }), counted(other)))).toBe(true);
      expect(await store.used([counted(), counted(other)], NOW)).toEqual([10, 1]);
    });

    it("counts for each subject on its own", async () => {
      const store = await open(createFolder());
      await store.reserve(limited("a", counted({ amount: 10 })));
      const subject = '["items","agent","other"]';
      expect(await store.reserve(limited("b", counted({ subject, amount: 10 })))).toBe(true);
    });

    it("counts what was approved beyond it", async () => {
      const store = await open(createFolder());
      expect(await store.reserve(limited("a", counted({ amount: 11, most: null })))).toBe(true);
      expect(await usedOf(store, NOW)).toBe(11);
      expect(await store.reserve(limited("b", counted()))).toBe(false);
    });

    it("gets back what was not forwarded, once, and keeps what was", async () => {
      const store = await open(createFolder());
      await store.reserve(limited("a", counted({ amount: 4 })));
      await store.reserve(limited("b", counted({ amount: 5 })));
      await store.release("a");
      await store.release("a");
      expect(await usedOf(store, NOW)).toBe(5);
      await store.settle("b", null);
      await store.release("b");
      expect(await usedOf(store, NOW)).toBe(5);
    });

    it("does not let an amount expire early when the clock goes back", async () => {
      let now = NOW;
      const store = await open(createFolder(), () => now);
      await store.reserve(limited("a", counted({ amount: 10 })));
      now = NOW - 2 * HOUR;
      expect(await store.reserve(limited("b", counted()))).toBe(false);
    });
  });

  describe("a limit of what is in flight", () => {
    const flying = counted({ policy: "three", windowMs: null, most: 3 });

    it("is free again when a call ends, however it ends", async () => {
      const store = await open(createFolder());
      const ids = ["a", "b", "c"];
      for (const id of ids) expect(await store.reserve(limited(id, flying))).toBe(true);
      expect(await store.reserve(limited("d", flying))).toBe(false);
      await store.settle("a", null);
      await store.settle("a", null);
      expect(await store.used([flying], NOW)).toEqual([2]);
      await store.release("b");
      expect(await store.used([flying], NOW)).toEqual([1]);
      expect(await store.reserve(limited("e", flying))).toBe(true);
    });

    it("is free again after a restart, and a window is not", async () => {
      const folder = createFolder();
      const store = await open(folder);
      await store.reserve(limited("a", flying, counted()));
      await store.close();
      const later = await open(folder);
      expect(await later.used([flying, counted()], NOW)).toEqual([0, 1]);
    });
  });

  it("forgets slices that nothing looks back to", async () => {
    const store = await open(createFolder());
    await store.reserve(limited("a", counted()));
    await store.approvals.expire(NOW + 31 * 24 * HOUR);
    expect(await usedOf(store, NOW)).toBe(1);
    await store.approvals.expire(NOW + 33 * 24 * HOUR);
    expect(await usedOf(store, NOW)).toBe(0);
  });
});

describe("a window", () => {
  const window = fc.integer({ min: 1_000, max: 31 * 24 * HOUR });
  const time = fc.integer({ min: NOW, max: NOW + 365 * 24 * HOUR });

  it("counts everything of its length, and nothing older than a sixtieth more", () => {
    fc.assert(
      fc.property(window, time, fc.integer({ min: 0, max: 62 * 24 * HOUR }), (span, at, age) => {
        const now = at + age;
        const counts = sliceOf(at, span) >= firstSlice(now, span);
        if (age < span) expect(counts).toBe(true);
        if (age >= 61 * Math.ceil(span / 60)) expect(counts).toBe(false);
      }),
    );
  });

  it("never lets more than the limit pass in any time of its length", () => {
    const steps = fc.array(
      fc.record({
        gap: fc.integer({ min: 0, max: 20 * MINUTE }),
        amount: fc.integer({ min: 1, max: 4 }),
      }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 12 }), (list, most) => {
        const passed: { at: number; amount: number }[] = [];
        let now = NOW;
        for (const { gap, amount } of list) {
          now += gap;
          const used = passed
            .filter(({ at }) => sliceOf(at, HOUR) >= firstSlice(now, HOUR))
            .reduce((sum, one) => sum + one.amount, 0);
          if (used + amount <= most) passed.push({ at: now, amount });
          const within = passed.filter(({ at }) => at > now - HOUR);
          expect(within.reduce((sum, one) => sum + one.amount, 0)).toBeLessThanOrEqual(most);
        }
      }),
    );
  });
});
