import type { LimitClaim, Used } from "@bylaw/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { onEachBackend, onPostgres } from "../testing/backends.ts";
import { NOW } from "../testing/folders.ts";
import { claim, pair } from "../testing/shared.ts";
import type { Reservation, Store } from "./index.ts";

const DAY = 86_400_000;

const budget = (unit: "usd" | "tokens" | "items", parts: Partial<LimitClaim> = {}): LimitClaim => ({
  policy: unit,
  subject: JSON.stringify([unit, "agent", "coder"]),
  windowMs: DAY,
  amount: 10,
  most: 100,
  ...parts,
});

function reserved(action: string, ...limits: readonly LimitClaim[]): Reservation {
  const spend = limits.find(({ policy }) => policy === "usd")?.amount ?? 0;
  return claim(action, {
    claims: { approvals: [], grants: [], limits },
    charge: { calls: 1, deletes: 0, sends: 0, spend },
  });
}

async function usedOf(store: Store, now = NOW): Promise<readonly number[]> {
  return store.used([budget("usd"), budget("tokens"), budget("items")], now);
}

onEachBackend(({ createFolder, open }) => {
  describe("a budget", () => {
    it("gets back what was reserved and not used, of the units that were told", async () => {
      const store = await open(createFolder());
      await store.reserve(reserved("a", budget("usd"), budget("tokens"), budget("items")));
      await store.settle("a", { usd: 4 });
      expect(await usedOf(store)).toEqual([4, 10, 10]);
      expect(await store.counts("agent", NOW)).toMatchObject({ spend_1d: 4, calls_1m: 1 });
    });

    it("keeps the bound where nobody told, and where an outcome is told without amounts", async () => {
      const store = await open(createFolder());
      await store.reserve(reserved("a", budget("usd")));
      await store.reserve(reserved("b", budget("usd")));
      await store.settle("a", null);
      await store.settle("b", {});
      expect(await usedOf(store)).toEqual([20, 0, 0]);
    });

    it("is settled once, whatever is told later and whether it is released", async () => {
      const store = await open(createFolder());
      await store.reserve(reserved("a", budget("usd")));
      await store.reserve(reserved("b", budget("usd")));
      await Promise.all([3, 3, 3].map((usd) => store.settle("a", { usd })));
      await store.settle("a", { usd: 0 });
      await store.release("a");
      expect(await usedOf(store)).toEqual([13, 0, 0]);
      expect(await store.counts("agent", NOW)).toMatchObject({ spend_1d: 13 });
    });

    it("charges what was used beyond the bound, and holds the next action to it", async () => {
      const store = await open(createFolder());
      await store.reserve(reserved("a", budget("tokens")));
      await store.settle("a", { tokens: 95 });
      expect(await usedOf(store)).toEqual([0, 95, 0]);
      expect(await store.reserve(reserved("b", budget("tokens")))).toBe(false);
      expect(await store.reserve(reserved("c", budget("tokens", { amount: 5 })))).toBe(true);
    });

    it("stays exact when more is told than any limit allows", async () => {
      const store = await open(createFolder());
      for (const action of ["a", "b", "c"]) {
        await store.reserve(reserved(action, budget("tokens", { most: null })));
        await store.settle(action, { tokens: Number.MAX_SAFE_INTEGER });
      }
      expect(await usedOf(store)).toEqual([0, 3_000_000_000_003, 0]);
    });

    it("leaves what is in flight to the end of the action", async () => {
      const store = await open(createFolder());
      const flying = budget("usd", { windowMs: null, amount: 1 });
      await store.reserve(reserved("a", flying));
      await store.reserve(reserved("b", flying));
      await store.settle("a", { usd: 0 });
      expect(await store.used([flying], NOW)).toEqual([1]);
    });

    it("lets others have at once what one did not need", async () => {
      const store = await open(createFolder());
      const whole = (action: string): Reservation =>
        reserved(action, budget("usd", { amount: 100 }));
      expect(await store.reserve(whole("a"))).toBe(true);
      expect(await store.reserve(whole("b"))).toBe(false);
      await store.settle("a", { usd: 0 });
      expect(await store.reserve(whole("c"))).toBe(true);
    });

    it("is as it was settled after a restart, and at its bound where nothing was settled", async () => {
      const folder = createFolder();
      const store = await open(folder);
      await store.reserve(reserved("told", budget("usd")));
      await store.reserve(reserved("open", budget("usd")));
      await store.settle("told", { usd: 1 });
      await store.close();
      const later = await open(folder);
      expect(await usedOf(later)).toEqual([11, 0, 0]);
      expect(await later.counts("agent", NOW)).toMatchObject({ spend_1d: 11 });
      // Nobody can settle for an earlier run.
      await later.settle("open", { usd: 0 });
      expect(await usedOf(later)).toEqual([11, 0, 0]);
    });

    it("takes nothing from a window that the settled amount has left", async () => {
      let now = NOW;
      const store = await open(createFolder(), () => now);
      await store.reserve(reserved("a", budget("usd", { amount: 50 })));
      now = NOW + 2 * DAY;
      await store.reserve(reserved("b", budget("usd", { amount: 7 })));
      await store.settle("a", { usd: 0 });
      expect(await usedOf(store, now)).toEqual([7, 0, 0]);
      expect(await store.counts("agent", now)).toMatchObject({ spend_1d: 7 });
    });

    it("comes to what was used and is still reserved, however calls end and interleave", async () => {
      const store = await open(createFolder());
      let run = 0;
      const call = fc.record({
        amount: fc.integer({ min: 1, max: 60 }),
        end: fc.oneof(
          fc.constant("open" as const),
          fc.constant("released" as const),
          fc.record({ usd: fc.option(fc.integer({ min: 0, max: 90 }), { nil: undefined }) }),
        ),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(call, { maxLength: 12 }), async (calls) => {
          run += 1;
          const of = (amount: number): LimitClaim =>
            budget("usd", { amount, subject: JSON.stringify(["usd", "run", run]) });
          const left = await Promise.all(
            calls.map(async ({ amount, end }, at) => {
              const action = `run-${run}-${at}`;
              if (!(await store.reserve(reserved(action, of(amount))))) return 0;
              if (end === "open") return amount;
              if (end === "released") {
                await store.release(action);
                return 0;
              }
              const told: Used = end.usd === undefined ? {} : { usd: end.usd };
              await Promise.all([1, 2].map(() => store.settle(action, told)));
              return end.usd ?? amount;
            }),
          );
          const sum = left.reduce<number>((total, one) => total + one, 0);
          expect(await store.used([of(1)], NOW)).toEqual([sum]);
        }),
        { numRuns: 40 },
      );
    });
  });
});

onPostgres("a budget of two gateways", (backend) => {
  it("is never overdrawn by calls that reserve while others settle", async () => {
    const gateways = await pair(backend);
    const spent = await Promise.all(
      Array.from({ length: 60 }, async (_, at): Promise<number> => {
        const store = gateways[at % 2] as Store;
        // Every call reserves 30 and uses 2: of a hundred, at most three may be under way at once.
        if (!(await store.reserve(reserved(`a${at}`, budget("usd", { amount: 30 }))))) return 0;
        expect((await usedOf(store))[0]).toBeLessThanOrEqual(100);
        await store.settle(`a${at}`, { usd: 2 });
        return 2;
      }),
    );
    const sum = spent.reduce((total, one) => total + one, 0);
    expect(sum).toBeGreaterThan(0);
    for (const store of gateways) expect((await usedOf(store))[0]).toBe(sum);
  });
});
