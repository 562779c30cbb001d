import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Breakers, createBreakers } from "./breaker.ts";

const NOW = 1_770_000_000_000;
const CONFIG = { failures: 3, withinMs: 10_000, pauseMs: 30_000 };
const create = (): Breakers => createBreakers(new Map([["db", CONFIG]]));

/** Sends one call and says what came of it; false when it was not let through. */
function call(breakers: Breakers, code: string | null, now: number, upstream = "db"): boolean {
  const action = `${now}`;
  if (!breakers.enter(action, upstream, now)) return false;
  breakers.outcome(action, code, now);
  return true;
}

function opened(): Breakers {
  const breakers = create();
  for (const at of [0, 1, 2]) expect(call(breakers, "upstream.timeout", NOW + at)).toBe(true);
  return breakers;
}

describe("a circuit breaker", () => {
  it("opens at its last failure, for the pause", () => {
    const breakers = opened();
    const end = NOW + 2 + CONFIG.pauseMs;
    expect(breakers.state("db", end - 1)).toEqual({
      failures: 3,
      until: new Date(end).toISOString(),
    });
    expect(call(breakers, null, end - 1)).toBe(false);
    expect(breakers.state("db", end)).toBeNull();
  });

  it("lets one call try after the pause, and closes when that goes well", () => {
    const breakers = opened();
    const later = NOW + 40_000;
    expect(breakers.enter("probe", "db", later)).toBe(true);
    expect(breakers.enter("second", "db", later)).toBe(false);
    expect(breakers.state("db", later)).not.toBeNull();
    breakers.outcome("probe", null, later);
    for (const at of [1, 2, 3]) expect(call(breakers, null, later + at)).toBe(true);
    // The failures before are forgotten.
    expect(call(breakers, "upstream.timeout", later + 4)).toBe(true);
    expect(breakers.state("db", later + 5)).toBeNull();
  });

  it("opens anew when the call that tries fails", () => {
    const breakers = opened();
    const later = NOW + 40_000;
    expect(call(breakers, "upstream.unreachable", later)).toBe(true);
    expect(call(breakers, null, later + CONFIG.pauseMs - 1)).toBe(false);
    expect(call(breakers, null, later + CONFIG.pauseMs)).toBe(true);
  });

  it("lets another call try when the first was given up", () => {
    const breakers = opened();
    expect(breakers.enter("probe", "db", NOW + 40_000)).toBe(true);
    breakers.leave("probe");
    expect(breakers.enter("next", "db", NOW + 40_000)).toBe(true);
  });

  it("does not listen to calls that were under way when it opened", () => {
    const breakers = create();
    for (const id of ["a", "b", "c", "slow"]) breakers.enter(id, "db", NOW);
    for (const id of ["a", "b", "c"]) breakers.outcome(id, "upstream.closed", NOW);
    breakers.outcome("slow", "upstream.timeout", NOW + 20_000);
    expect(breakers.state("db", NOW + CONFIG.pauseMs)).toBeNull();
    expect(breakers.enter("probe", "db", NOW + CONFIG.pauseMs)).toBe(true);
  });

  it.each([
    "tool.error",
    "upstream.error",
    "upstream.cancelled",
    "client.cancelled",
    "gateway.error",
    "obligation.unmet",
  ])("takes %s for no failure of the upstream", (code) => {
    const breakers = create();
    for (let at = 0; at < 10; at += 1) expect(call(breakers, code, NOW + at)).toBe(true);
  });

  it("is of one upstream, and of none that has no breaker", () => {
    const breakers = opened();
    for (let at = 0; at < 10; at += 1)
      expect(call(breakers, "upstream.timeout", NOW + at, "files")).toBe(true);
    expect(call(breakers, null, NOW + 10)).toBe(false);
  });

  it("is open exactly while so many failures were within the time, whatever comes between", () => {
    const steps = fc.array(
      fc.record({ gap: fc.integer({ min: 0, max: 8_000 }), failed: fc.boolean() }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        const breakers = create();
        const failures: number[] = [];
        let now = NOW;
        for (const { gap, failed } of list) {
          now += gap;
          expect(call(breakers, failed ? "upstream.timeout" : null, now)).toBe(true);
          if (failed) failures.push(now);
          const within = failures.filter((at) => now - at < CONFIG.withinMs);
          const open = failed && within.length >= CONFIG.failures;
          expect(breakers.state("db", now) !== null).toBe(open);
          if (open) return;
        }
      }),
    );
  });
});
