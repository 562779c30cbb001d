import { cpSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { onPostgres } from "../../testing/backends.ts";
import { startCutter } from "../../testing/cut.ts";
import { createFolder, keep, NOW } from "../../testing/folders.ts";
import { intentOf, STOP } from "../../testing/records.ts";
import { claim, held, pair, verified } from "../../testing/shared.ts";
import { type ApprovalChange, openStore, type Store } from "../index.ts";

const WAIT = { timeout: 20_000, interval: 50 };

onPostgres("two gateways on one database", (backend) => {
  const { open, urlOf, peerOf, server } = backend;

  describe("claim exactly what there is", () => {
    it("of a grant that both race for", async () => {
      const stores = await pair(backend);
      await Promise.all(stores.map((store) => store.limitGrant("g", 10)));
      const won = await Promise.all(
        Array.from({ length: 100 }, (_, at) =>
          stores[at % 2]?.reserve(claim(`a${at}`, { claims: { approvals: [], grants: ["g"] } })),
        ),
      );
      expect(won.filter(Boolean)).toHaveLength(10);
      expect(await stores[1].grants()).toEqual({ g: { uses: 10, revoked: false } });
    });

    it("of grants that they claim in different orders", async () => {
      const stores = await pair(backend);
      for (const id of ["g", "h"]) await stores[0].limitGrant(id, 25);
      const won = await Promise.all(
        Array.from({ length: 60 }, (_, at) => {
          const grants = at % 2 === 0 ? ["g", "h"] : ["h", "g"];
          return stores[at % 2]?.reserve(claim(`a${at}`, { claims: { approvals: [], grants } }));
        }),
      );
      expect(won.filter(Boolean)).toHaveLength(25);
    });

    it("of an approval that fifty replays race for", async () => {
      const stores = await pair(backend);
      await stores[0].approvals.hold(held("a"));
      await stores[1].approvals.advance("a", "waiting", "approved", NOW);
      const won = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          stores[at % 2]?.reserve(claim(`a${at}`, { claims: { approvals: ["a"], grants: [] } })),
        ),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
    });

    it("under a limit on what an agent did lately", async () => {
      const stores = await pair(backend);
      const limit = 10;
      const deletes = { calls: 1, deletes: 1, sends: 0, spend: 0 };
      async function attempt(store: Store, action: string): Promise<boolean> {
        const counts = await store.counts("agent", NOW);
        if (counts.deletes_1h >= limit) return false;
        const seen = { at: NOW, counts };
        return store.reserve(claim(action, { charge: deletes, seen }));
      }
      const won = await Promise.all(
        Array.from({ length: 40 }, (_, at) => {
          const store = stores[at % 2] as Store;
          return store.alone("agent", () => attempt(store, `a${at}`));
        }),
      );
      expect(won.filter(Boolean)).toHaveLength(limit);
      expect((await stores[1].counts("agent", NOW)).deletes_1h).toBe(limit);
    });

    it("also when nobody waits for a turn: a claim on old counters is refused", async () => {
      const [first, second] = await pair(backend);
      const seen = { at: NOW, counts: await first.counts("agent", NOW) };
      expect(await second.reserve(claim("a"))).toBe(true);
      expect(await first.reserve(claim("b", { seen }))).toBe(false);
      await second.denied("other", NOW);
      const others = { at: NOW, counts: await first.counts("agent", NOW) };
      expect(await first.reserve(claim("c", { seen: others }))).toBe(true);
    });
  });

  it("take turns for one agent", async () => {
    const stores = await pair(backend);
    let inside = 0;
    let most = 0;
    await Promise.all(
      stores.flatMap((store) =>
        [1, 2, 3].map(() =>
          store.alone("agent", async () => {
            inside += 1;
            most = Math.max(most, inside);
            await store.counts("agent", NOW);
            inside -= 1;
          }),
        ),
      ),
    );
    expect(most).toBe(1);
  });

  it("hear of each other's approvals, and which were the other's", async () => {
    const [first, second] = await pair(backend);
    const heard: (readonly [ApprovalChange, boolean])[] = [];
    first.approvals.onChange((change, elsewhere) => heard.push([change, elsewhere]));
    await first.approvals.hold(held("a"));
    // Whoever listens is told of the first change that comes after it has begun to.
    await vi.waitFor(async () => {
      const id = `b${Math.floor(performance.now())}`;
      await second.approvals.hold(held(id));
      await second.approvals.advance(id, "waiting", "approved", NOW);
      const told = heard.filter(([{ state }, elsewhere]) => elsewhere && state === "approved");
      expect(told.length).toBeGreaterThan(0);
    }, WAIT);
    await first.approvals.advance("a", "waiting", "withdrawn", NOW);
    expect(heard).toContainEqual([{ id: "a", state: "withdrawn" }, false]);
  });

  it("share sessions, agents and suspensions", async () => {
    const [first, second] = await pair(backend);
    const ids = await Promise.all(
      [first, second].map(async (store) => (await store.session("c", NOW)).id),
    );
    expect(ids[0]).toBe(ids[1]);
    const agent = { id: "a", token: "t", user: "", groups: [], suspended: false, created: NOW };
    expect(await first.agents.add(agent)).toBe(true);
    expect(await second.agents.add({ ...agent, token: "u" })).toBe(false);
    await second.agents.suspend("a", true);
    expect((await first.agents.byToken("t"))?.suspended).toBe(true);
  });

  it("keep their logs and claims apart", async () => {
    const folder = createFolder();
    const first = await open(folder);
    const peer = await peerOf(folder);
    const second = await open(peer);
    await Promise.all(
      [first, second].map(({ log }, at) => log.append(intentOf(`${at}`), "sync", null)),
    );
    await second.log.append(STOP, "sync", null);
    expect([await first.log.size(), await second.log.size()]).toEqual([1, 2]);
    await first.reserve(claim("x"));
    await second.close();
    const again = await open(peer);
    expect(await again.log.size()).toBe(2);
    await first.release("x");
    expect((await first.counts("agent", NOW)).calls_1m).toBe(0);
    const url = await urlOf(folder);
    await Promise.all([first.close(), again.close()]);
    for (const [at, log] of [first.log, again.log].entries())
      expect(await verified(at === 0 ? folder : peer, url, log.vkey)).toMatchObject({
        ok: true,
        size: at + 1,
        signed: at + 1,
      });
  });

  it("may start at once on an empty database", async () => {
    const url = await urlOf(createFolder());
    const opened = await Promise.allSettled(
      [1, 2, 3].map(async () =>
        keep(
          await openStore({ folder: createFolder(), origin: null, now: () => NOW, postgres: url }),
        ),
      ),
    );
    // One makes the tables and sets the digest key; the others' key is not that one.
    const reasons = opened.map((one) => (one.status === "rejected" ? one.reason.code : "open"));
    expect(reasons.toSorted((a, b) => a.localeCompare(b))).toEqual([
      "open",
      "store.digest_key",
      "store.digest_key",
    ]);
  });

  describe("are refused", () => {
    const start = (postgres: string, folder = createFolder()): Promise<Store> =>
      openStore({ folder, origin: null, now: () => NOW, postgres });

    it("with one log written by two: a copied folder", async () => {
      const folder = createFolder();
      await open(folder);
      const copy = createFolder();
      cpSync(folder, copy, { recursive: true });
      await expect(start(await urlOf(folder), copy)).rejects.toMatchObject({ code: "store.owned" });
    });

    it("with a log that the database has lost, or that was in the folder", async () => {
      const folder = createFolder();
      await (await open(folder)).close();
      const empty = await urlOf(createFolder());
      await expect(start(empty, folder)).rejects.toMatchObject({ code: "ledger.corrupt" });
      const embedded = createFolder();
      await (await openStore({ folder: embedded, origin: null, now: () => NOW })).close();
      await expect(start(empty, embedded)).rejects.toMatchObject({ code: "ledger.corrupt" });
      const back = openStore({ folder, origin: null, now: () => NOW });
      await expect(back).rejects.toMatchObject({ code: "ledger.corrupt" });
    });

    it("with tables of a later version, or without a sound disk", async () => {
      const folder = createFolder();
      await (await open(folder)).close();
      const url = await urlOf(folder);
      await server().query(url, "update bylaw.meta set value = '99' where key = 'schema_version'");
      await expect(start(url)).rejects.toMatchObject({ code: "store.schema" });
    });

    it("with a wrong address, password, database or user, and none is repeated", async () => {
      const folder = createFolder();
      await (await open(folder)).close();
      const url = await urlOf(folder);
      const name = new URL(url).pathname.slice(1);
      await server().query(url, "create user guest password 'guest-secret'");
      const cases = [
        ["store.postgres_url", "mysql://root:wrong-secret@127.0.0.1/x"],
        ["store.unreachable", "postgres://owner:wrong-secret@127.0.0.1:1/x"],
        ["store.credentials", server().url(name, "owner", "wrong-secret")],
        ["store.database", server().url("nowhere")],
        ["store.rights", server().url(name, "guest", "guest-secret")],
      ] as const;
      for (const [code, address] of cases) {
        const failed = await start(address).then(
          () => null,
          (error: unknown) => error as Error,
        );
        expect(failed).toMatchObject({ code });
        expect(String(failed?.message)).not.toMatch(/secret|not-a-secret/);
      }
    });
  });

  describe("when the connection dies during COMMIT", () => {
    it("continue the log from what the database has, without a fork", async () => {
      const folder = createFolder();
      const url = new URL(await urlOf(folder));
      const wire = await startCutter(server().port);
      const direct = url.href;
      url.port = String(wire.port);
      const store = keep(
        await openStore({ folder, origin: "test", now: () => NOW, postgres: url.href }),
      );
      await store.log.append(intentOf("a"), "sync", null);
      const cut = wire.cutNextCommit();
      const lost = store.log.append(intentOf("b"), "sync", null);
      await cut;
      await expect(lost).rejects.toMatchObject({ code: "ledger.unavailable" });
      await vi.waitFor(() => expect(store.healthy()).toBe(true), WAIT);
      // It did happen; nobody was told so, and what comes next, behind the gap, comes after it.
      expect(await store.log.append(intentOf("c"), "sync", null)).toMatchObject({ index: 3 });
      await store.close();
      await wire.close();
      expect(await verified(folder, direct, store.log.vkey)).toMatchObject({
        ok: true,
        size: 4,
      });
    });

    it("lose a claim and never make it twice", async () => {
      const folder = createFolder();
      const url = new URL(await urlOf(folder));
      const wire = await startCutter(server().port);
      url.port = String(wire.port);
      const store = keep(
        await openStore({ folder, origin: "test", now: () => NOW, postgres: url.href }),
      );
      await store.limitGrant("g", 2);
      const grants = { claims: { approvals: [], grants: ["g"] } };
      const cut = wire.cutNextCommit();
      const lost = store.reserve(claim("a", grants));
      await cut;
      await expect(lost).rejects.toMatchObject({ code: "ledger.unavailable" });
      expect(await store.grants()).toEqual({ g: { uses: 1, revoked: false } });
      const won = [];
      for (const action of ["a", "b", "c"]) won.push(await store.reserve(claim(action, grants)));
      expect(won).toEqual([false, true, false]);
      await store.close();
      await wire.close();
    });
  });
});
