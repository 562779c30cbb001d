import { describe, expect, it } from "vitest";
import { onEachBackend, onPostgres } from "../testing/backends.ts";
import { createFolder, NOW } from "../testing/folders.ts";
import { claim } from "../testing/shared.ts";
import type { HaltInput, Reach } from "./index.ts";

const halt = (scope: HaltInput["scope"], subject: string): HaltInput => ({
  scope,
  subject,
  by: "maria",
  reason: "incident",
  at: NOW,
});
const reach = (parts: Partial<Reach> = {}): Reach => ({
  agents: ["coder", "coder/sub"],
  user: "olga",
  upstream: "db",
  delegations: [],
  ...parts,
});
/** A charge makes the claim a write of its own in SQLite; without one it is decided in memory. */
const CHARGE = { calls: 1, deletes: 1, sends: 0, spend: 0 };

onEachBackend(({ createFolder, open }) => {
  describe("a halt", () => {
    it.each([
      ["all", "", reach({ agents: [], user: null })],
      ["agent", "coder", reach({ user: null })],
      ["agent", "coder/sub", reach()],
      ["user", "olga", reach({ agents: ["other"] })],
      ["upstream", "db", reach({ agents: ["other"], user: null })],
    ] as const)("of %s %s refuses every claim that it covers", async (scope, subject, covered) => {
      const { halts, reserve } = await open(createFolder());
      expect(await reserve(claim("a", { reach: covered }))).toBe(true);
      expect(await halts.halt(halt(scope, subject))).toBe("halted");
      expect(await reserve(claim("b", { reach: covered }))).toBe(false);
      expect(await reserve(claim("c", { reach: covered, charge: CHARGE }))).toBe(false);
      expect(await halts.on(covered)).toEqual([
        { scope, subject, by: "maria", reason: "incident", at: "2026-02-03T09:00:00.000Z" },
      ]);
    });

    it.each([
      ["agent", "olga"],
      ["agent", "cod"],
      ["user", "coder"],
      ["upstream", "coder"],
    ] as const)("of %s %s covers nobody else", async (scope, subject) => {
      const { halts, reserve } = await open(createFolder());
      await halts.halt(halt(scope, subject));
      expect(await halts.on(reach())).toEqual([]);
      expect(await reserve(claim("a", { reach: reach(), charge: CHARGE }))).toBe(true);
    });

    it("uses nothing up", async () => {
      const store = await open(createFolder());
      await store.limitGrant("g", 5);
      await store.halts.halt(halt("all", ""));
      const claims = { approvals: [], grants: ["g"] };
      expect(await store.reserve(claim("a", { claims, charge: CHARGE }))).toBe(false);
      expect(await store.grants()).toEqual({ g: { uses: 0, revoked: false } });
      expect(await store.counts("agent", NOW)).toMatchObject({ calls_1m: 0, deletes_1h: 0 });
    });

    it("stays the first one's, also after a restart", async () => {
      const folder = createFolder();
      const store = await open(folder);
      await store.halts.halt(halt("agent", "coder"));
      const again = { ...halt("agent", "coder"), by: "dana", reason: "other" };
      expect(await store.halts.halt(again)).toBe("already");
      await store.close();
      const later = await open(folder);
      expect((await later.halts.list()).map(({ by, reason }) => [by, reason])).toEqual([
        ["maria", "incident"],
      ]);
      expect(await later.reserve(claim("a", { reach: reach() }))).toBe(false);
    });

    it("ends by another person where that is asked for", async () => {
      const { halts, reserve } = await open(createFolder());
      await halts.halt(halt("agent", "coder"));
      const resume = { scope: "agent", subject: "coder" } as const;
      expect(await halts.resume({ ...resume, by: "maria", another: true })).toBe(
        "halt.same_person",
      );
      expect(await reserve(claim("a", { reach: reach() }))).toBe(false);
      expect(await halts.resume({ ...resume, by: "dana", another: true })).toBe("resumed");
      expect(await halts.resume({ ...resume, by: "dana", another: true })).toBe("halt.not_found");
      expect(await reserve(claim("b", { reach: reach() }))).toBe(true);
    });

    it("is one of 256 at most", async () => {
      const { halts } = await open(createFolder());
      for (let at = 0; at < 256; at += 1)
        expect(await halts.halt(halt("agent", `a${at}`))).toBe("halted");
      expect(await halts.halt(halt("agent", "one more"))).toBe("halt.too_many");
      expect(await halts.list()).toHaveLength(256);
      expect(await halts.halt(halt("agent", "a7"))).toBe("already");
    });
  });
});

onPostgres("two gateways", ({ open, peerOf, server }) => {
  it("a halt of one stops the next claim of the other", async () => {
    const folder = createFolder();
    const first = await open(folder);
    const second = await open(await peerOf(folder));
    expect(await second.reserve(claim("a", { reach: reach() }))).toBe(true);
    await first.halts.halt(halt("agent", "coder"));
    expect(await second.reserve(claim("b", { reach: reach() }))).toBe(false);
    expect(await second.halts.on(reach())).toHaveLength(1);
  });

  it("nothing is claimed and nothing said to run while the database is away", async () => {
    const store = await open(createFolder());
    await server().crash();
    try {
      await expect(store.halts.on(reach())).rejects.toMatchObject({ code: "ledger.unavailable" });
      await expect(store.reserve(claim("a"))).rejects.toMatchObject({ code: "ledger.unavailable" });
    } finally {
      await server().start();
    }
  });
});
