import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { onEachBackend } from "../testing/backends.ts";
import { createFolder, NOW, open } from "../testing/folders.ts";
import { REACH } from "../testing/records.ts";
import { createCounters, DAY_MS } from "./counters.ts";
import type { Charge, Reservation } from "./index.ts";

const NOTHING: Charge = { calls: 1, deletes: 0, sends: 0, spend: 0 };
const HOUR = 3_600_000;

function reservation(
  action: string,
  grants: readonly string[],
  charge: Charge = NOTHING,
): Reservation {
  return {
    action,
    agent: "agent",
    claims: { approvals: [], grants },
    charge,
    reach: REACH,
    seen: null,
  };
}

onEachBackend(({ createFolder, open }) => {
  describe("limited grants", () => {
    it("are used exactly as often as allowed by 40 actions at once", async () => {
      const store = await open(createFolder());
      await store.limitGrant("g", 10);
      const won = await Promise.all(
        Array.from({ length: 40 }, (_, at) => store.reserve(reservation(`a${at}`, ["g"]))),
      );
      expect(won.filter(Boolean)).toHaveLength(10);
      expect(await store.grants()).toEqual({ g: { uses: 10, revoked: false } });
    });

    it("that nobody has limited, or that are revoked, cannot be used", async () => {
      const store = await open(createFolder());
      expect(await store.reserve(reservation("a", ["g"]))).toBe(false);
      await store.limitGrant("g", 10);
      expect(await store.revokeGrant("g")).toBe(true);
      expect(await store.revokeGrant("g")).toBe(false);
      expect(await store.reserve(reservation("b", ["g"]))).toBe(false);
      expect(await store.grants()).toEqual({ g: { uses: 0, revoked: true } });
    });

    it("are claimed with everything else or not at all", async () => {
      const store = await open(createFolder());
      await store.limitGrant("g", 1);
      await store.limitGrant("h", 0);
      const charge = { ...NOTHING, deletes: 5 };
      expect(await store.reserve(reservation("a", ["g", "h"], charge))).toBe(false);
      expect((await store.grants())["g"]?.uses).toBe(0);
      expect(await store.counts("agent", NOW)).toMatchObject({ calls_1m: 0, deletes_1h: 0 });
      expect(await store.reserve(reservation("b", ["g"]))).toBe(true);
    });

    it("come back once when the action was not forwarded", async () => {
      const store = await open(createFolder());
      await store.limitGrant("g", 5);
      await store.reserve(reservation("a", ["g", "g"]));
      expect((await store.grants())["g"]?.uses).toBe(2);
      await store.release("a");
      await store.release("a");
      expect((await store.grants())["g"]?.uses).toBe(0);
    });

    it("keep their uses when the limit changes", async () => {
      const store = await open(createFolder());
      await store.limitGrant("g", 2);
      await store.reserve(reservation("a", ["g"]));
      await store.limitGrant("g", 1);
      expect(await store.reserve(reservation("b", ["g"]))).toBe(false);
      await store.limitGrant("g", 2);
      expect(await store.reserve(reservation("c", ["g"]))).toBe(true);
    });
  });

  describe("a reservation", () => {
    it("is made once per action", async () => {
      const store = await open(createFolder());
      const tried = [1, 2, 3].map(() => store.reserve(reservation("a", [])));
      const made = await Promise.all(tried);
      // Connections to a database race: which of the three is first is not said.
      expect(made.filter(Boolean)).toHaveLength(1);
    });

    it("stays charged after it is settled and after a restart", async () => {
      const folder = createFolder();
      let now = NOW;
      const store = await open(folder, () => now);
      await store.reserve(reservation("a", [], { calls: 1, deletes: 7, sends: 2, spend: 9 }));
      await store.settle("a", null);
      await store.release("a");
      await store.denied("agent", NOW);
      const expected = { deletes_1h: 7, sends_1h: 2, spend_1d: 9 };
      expect(await store.counts("agent", NOW)).toEqual({
        ...expected,
        calls_1m: 1,
        denials_10m: 1,
      });
      await store.close();
      now = NOW + HOUR - 1;
      const later = await open(folder, () => now);
      expect(await later.counts("agent", now)).toEqual({
        ...expected,
        calls_1m: 0,
        denials_10m: 0,
      });
      expect(await later.counts("agent", NOW + HOUR)).toMatchObject({ deletes_1h: 0, spend_1d: 9 });
      expect(await later.counts("agent", NOW + DAY_MS)).toMatchObject({ spend_1d: 0 });
      expect(await later.counts("other", now)).toMatchObject({ deletes_1h: 0 });
    });

    it("of an unknown amount uses up every limit and does not overflow", async () => {
      const store = await open(createFolder());
      const unknown = { ...NOTHING, deletes: Number.MAX_SAFE_INTEGER };
      await store.reserve(reservation("a", [], unknown));
      await store.reserve(reservation("b", [], unknown));
      expect((await store.counts("agent", NOW)).deletes_1h).toBe(Number.MAX_SAFE_INTEGER);
      await store.release("b");
      expect((await store.counts("agent", NOW)).deletes_1h).toBe(Number.MAX_SAFE_INTEGER);
      await store.release("a");
      expect((await store.counts("agent", NOW)).deletes_1h).toBe(0);
    });
  });
});

describe("an embedded store", () => {
  it("counts before its write has finished", async () => {
    const store = await open(createFolder());
    const pending = store.reserve(reservation("a", [], { ...NOTHING, deletes: 3 }));
    expect((await store.counts("agent", NOW)).deletes_1h).toBe(3);
    await pending;
    await store.release("a");
    expect(await store.counts("agent", NOW)).toMatchObject({ calls_1m: 0, deletes_1h: 0 });
  });
});

describe("counters", () => {
  it("are exact sums of their windows", () => {
    const events = fc.array(
      fc.record({
        gap: fc.integer({ min: 0, max: 40 * 60_000 }),
        deletes: fc.integer({ min: 0, max: 50 }),
        spend: fc.integer({ min: 0, max: 50 }),
        spent: fc.option(fc.integer({ min: 0, max: 90 }), { nil: null }),
        undone: fc.boolean(),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(events, (list) => {
        const counters = createCounters();
        const kept: { at: number; deletes: number; spend: number }[] = [];
        let now = NOW;
        for (const { gap, deletes, spend, spent, undone } of list) {
          now += gap;
          const charged = counters.charge("a", now, { ...NOTHING, deletes, spend });
          if (spent !== null) charged.spent(spent);
          if (undone) {
            charged.undo();
            charged.undo();
          } else {
            // What was not charged as spent is not settled as such.
            const left = spend === 0 ? 0 : (spent ?? spend);
            kept.push({ at: now, deletes, spend: left });
          }
          const within = (ms: number) => kept.filter(({ at }) => at > now - ms);
          expect(counters.counts("a", now)).toMatchObject({
            calls_1m: within(60_000).length,
            deletes_1h: within(HOUR).reduce((sum, event) => sum + event.deletes, 0),
            spend_1d: within(DAY_MS).reduce((sum, event) => sum + event.spend, 0),
          });
        }
      }),
    );
  });

  it("do not expire early when the clock goes back", () => {
    const counters = createCounters();
    counters.charge("a", NOW, { ...NOTHING, deletes: 1 });
    counters.charge("a", NOW - 2 * HOUR, { ...NOTHING, deletes: 1 });
    expect(counters.counts("a", NOW + HOUR - 1).deletes_1h).toBe(2);
    expect(counters.counts("a", NOW + HOUR).deletes_1h).toBe(0);
  });
});
