import { createTree, leafHash } from "@bylaw/ledger";
import { describe, expect, it } from "vitest";
import { onEachBackend } from "../testing/backends.ts";
import { NOW } from "../testing/folders.ts";
import { intentOf, REACH, STOP } from "../testing/records.ts";
import { claim } from "../testing/shared.ts";
import { DELEGATIONS_MAX } from "./delegations.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

onEachBackend(({ createFolder, open }) => {
  describe("log", () => {
    it("numbers records in the order of the calls and has the RFC's root", async () => {
      const { log } = await open(createFolder());
      const receipts = await Promise.all(
        Array.from({ length: 600 }, (_, at) =>
          log.append(intentOf(`a${at}`), at % 3 === 0 ? "sync" : "write", null),
        ),
      );
      expect(receipts.map(({ index }) => index)).toEqual(
        Array.from({ length: 600 }, (_, at) => at),
      );
      const tree = createTree();
      for await (const { bytes } of log.entries(0, 600)) tree.append(leafHash(bytes));
      expect(await log.size()).toBe(600);
      expect(hex(await log.root())).toBe(hex(tree.root()));
      expect(Buffer.from((await log.entry(7)) ?? []).toString()).toContain('"id":"a7"');
      expect(await log.entry(600)).toBeNull();
    });

    it("signs on demand, and the same size once", async () => {
      const { log } = await open(createFolder());
      const empty = await log.checkpoint();
      expect(empty.startsWith("test\n0\n")).toBe(true);
      await log.append(STOP, "sync", null);
      const signed = await log.checkpoint();
      expect(signed.startsWith("test\n1\n")).toBe(true);
      expect(await log.checkpoint()).toBe(signed);
      expect(await log.archive().checkpoint()).toBe(signed);
    });

    it("signs by itself after a thousand entries", async () => {
      const { log } = await open(createFolder());
      await Promise.all(Array.from({ length: 1_100 }, () => log.append(STOP, "write", null)));
      const note = await log.archive().checkpoint();
      expect(Number(note?.split("\n")[1])).toBeGreaterThanOrEqual(1_000);
    });

    it("refuses a record that no tile can carry, and a body under a wrong name", async () => {
      const store = await open(createFolder());
      const { log } = store;
      const large = intentOf("x".repeat(65_535));
      await expect(log.append(large, "sync", null)).rejects.toMatchObject({
        code: "entry.too_large",
      });
      const body = { digest: "sha256:00", bytes: new Uint8Array() };
      await expect(log.append(STOP, "sync", body)).rejects.toMatchObject({ code: "body.digest" });
      expect(await log.size()).toBe(0);
      expect(store.healthy()).toBe(true);
    });
  });

  describe("sessions", () => {
    it("are one per credential for 24 hours, across restarts", async () => {
      const folder = createFolder();
      const store = await open(folder);
      const began = [store.session("c", NOW), store.session("c", NOW)];
      const [first, again] = (await Promise.all(began)).map(({ id }) => id);
      expect(again).toBe(first);
      expect((await store.session("other", NOW)).id).not.toBe(first);
      await store.close();
      const later = await open(folder);
      const day = 86_400_000;
      expect((await later.session("c", NOW + day - 1)).id).toBe(first);
      expect((await later.session("c", NOW - day)).id).toBe(first);
      expect((await later.session("c", NOW + day)).id).not.toBe(first);
    });
  });

  describe("single uses", () => {
    const use = { key: "ab".repeat(32), until: NOW + 61_000 };

    it("are new once, whoever asks at once, and across restarts", async () => {
      const folder = createFolder();
      const store = await open(folder);
      const racing = Array.from({ length: 50 }, () => store.useOnce(use, NOW));
      const answers = await Promise.all(racing);
      expect(answers.filter((answer) => answer === "new")).toHaveLength(1);
      expect(answers.filter((answer) => answer === "used")).toHaveLength(49);
      await store.close();
      const later = await open(folder);
      expect(await later.useOnce(use, NOW + 61_000)).toBe("used");
      expect(await later.useOnce({ ...use, key: "cd".repeat(32) }, NOW)).toBe("new");
    });

    it("are forgotten when they are too old to be used again", async () => {
      const store = await open(createFolder());
      await store.useOnce(use, NOW);
      expect(await store.useOnce(use, NOW + 60_999)).toBe("used");
      expect(await store.useOnce(use, NOW + 130_000)).toBe("new");
    });
  });

  describe("factors", () => {
    const factor = {
      id: "fac_1",
      person: "maria",
      kind: "totp" as const,
      material: "m",
      created: NOW,
      addedBy: "maria",
      last: 7,
    };
    const another = (at: number) => ({ ...factor, id: `fac_${at}`, material: `m${at}` });

    it("of two that are the first at once, one is", async () => {
      const { factors } = await open(createFolder());
      const added = await Promise.all(
        [1, 2, 3].map((at) => factors.add({ ...another(at), first: true })),
      );
      expect([...added].sort()).toEqual(["added", "factor.not_first", "factor.not_first"]);
    });

    it("belong to their person, who has 16 at most, each once", async () => {
      const { factors } = await open(createFolder());
      for (let at = 0; at < 16; at += 1)
        expect(await factors.add({ ...another(at), first: false })).toBe("added");
      expect(await factors.add({ ...another(16), first: false })).toBe("factor.too_many");
      const same = { ...another(3), id: "other", person: "dana", first: false };
      expect(await factors.add(same)).toBe("factor.exists");
      expect(await factors.list("maria")).toHaveLength(16);
      expect(await factors.list("dana")).toEqual([]);
      expect(await factors.remove("dana", "fac_3")).toBe(0);
      expect(await factors.remove("maria", "fac_3")).toBe(1);
      expect(await factors.remove("maria", "")).toBe(15);
      expect(await factors.list()).toEqual([]);
    });

    it("take five attempts in 15 minutes, however many come at once", async () => {
      const { factors } = await open(createFolder());
      await factors.add({ ...factor, first: true });
      const attempt = (nonce: string, now = NOW) =>
        factors.attempt({ factor: "fac_1", nonce, now });
      const all = await Promise.all(Array.from({ length: 20 }, (_, at) => attempt(`n${at}`)));
      expect(all.filter((good) => good)).toHaveLength(5);
      expect(await attempt("later", NOW + 899_999)).toBe(false);
      expect(await attempt("later", NOW + 900_000)).toBe(true);
    });

    it("forget bad attempts after a good one, and take each step once", async () => {
      const { factors } = await open(createFolder());
      await factors.add({ ...factor, first: true });
      for (const nonce of ["a", "b", "c", "d", "e"])
        expect(await factors.attempt({ factor: "fac_1", nonce, now: NOW })).toBe(true);
      expect(await factors.pass({ factor: "fac_1", last: 7 })).toBe(false);
      expect(await factors.attempt({ factor: "fac_1", nonce: "f", now: NOW })).toBe(false);
      const same = await Promise.all(
        [8, 8, 8].map((last) => factors.pass({ factor: "fac_1", last })),
      );
      expect(same.filter((good) => good)).toHaveLength(1);
      expect(await factors.attempt({ factor: "fac_1", nonce: "g", now: NOW })).toBe(true);
      await factors.remove("maria", "fac_1");
      expect(await factors.pass({ factor: "fac_1", last: 0 })).toBe(false);
    });
  });

  describe("delegations", () => {
    const delegation = {
      id: "del_1",
      from: "coder",
      to: "helper",
      by: "agent:coder",
      expires: NOW + 60_000,
    };
    const resting = (...delegations: readonly string[]) => ({ reach: { ...REACH, delegations } });

    it("are in force until they are revoked; what was never made is not", async () => {
      const { delegations, reserve } = await open(createFolder());
      expect(await delegations.add(delegation, NOW)).toBe(true);
      expect(await delegations.add(delegation, NOW)).toBe(false);
      expect(await delegations.ended(["del_1"])).toEqual([]);
      expect(await reserve(claim("a", resting("del_1")))).toBe(true);
      expect(await reserve(claim("b", resting("del_1", "del_2")))).toBe(false);
      expect(await delegations.revoke("del_1")).toBe(true);
      expect(await delegations.revoke("del_2")).toBe(false);
      expect(await delegations.ended(["del_1", "del_2"])).toEqual(["del_1", "del_2"]);
      expect(await reserve(claim("c", resting("del_1")))).toBe(false);
      expect(await delegations.list(NOW)).toEqual([{ ...delegation, revoked: true }]);
    });

    it("are forgotten when they have expired, and few enough to count", async () => {
      const { delegations } = await open(createFolder());
      const added = await Promise.all(
        Array.from({ length: DELEGATIONS_MAX + 3 }, (_, at) =>
          delegations.add({ ...delegation, id: `del_${at}` }, NOW),
        ),
      );
      expect(added.filter((one) => one)).toHaveLength(DELEGATIONS_MAX);
      const later = NOW + 60_000;
      expect(await delegations.list(later)).toEqual([]);
      expect(await delegations.add({ ...delegation, id: "later", expires: later + 1 }, later)).toBe(
        true,
      );
      expect(await delegations.ended(["del_0"])).toEqual(["del_0"]);
    });
  });

  describe("agents", () => {
    it("that are suspended take every claim with them", async () => {
      const { agents, reserve } = await open(createFolder());
      const agent = {
        id: "agent",
        token: "h",
        user: "",
        groups: [],
        suspended: false,
        created: NOW,
      };
      await agents.add(agent);
      const charge = { calls: 1, deletes: 1, sends: 0, spend: 0 };
      expect(await reserve(claim("a"))).toBe(true);
      await agents.suspend("agent", true);
      expect(await reserve(claim("b"))).toBe(false);
      expect(await reserve(claim("c", { charge }))).toBe(false);
    });

    const agent = {
      id: "a",
      token: "hash-a",
      user: "ann",
      groups: ["dba", "Größe"],
      suspended: false,
      created: NOW,
    };

    it("are found by id and by the hash of their token", async () => {
      const folder = createFolder();
      const store = await open(folder);
      expect(await store.agents.add(agent)).toBe(true);
      expect(await store.agents.add({ ...agent, token: "hash-b" })).toBe(false);
      expect(await store.agents.add({ ...agent, id: "b" })).toBe(false);
      expect(await store.agents.get("a")).toEqual(agent);
      expect(await store.agents.byToken("hash-a")).toEqual(agent);
      expect(await store.agents.byToken("hash-b")).toBeNull();
      await store.close();
      expect(await (await open(folder)).agents.list()).toEqual([agent]);
    });

    it("get another token, and the one before is nobody's", async () => {
      const { agents } = await open(createFolder());
      await agents.add(agent);
      expect(await agents.rotate("a", "hash-new")).toBe(true);
      expect(await agents.byToken("hash-a")).toBeNull();
      expect(await agents.byToken("hash-new")).toEqual({ ...agent, token: "hash-new" });
      expect(await agents.rotate("nobody", "hash-c")).toBe(false);
    });

    it("are removed for good, and nobody gets their name", async () => {
      const { agents, reserve } = await open(createFolder());
      await agents.add(agent);
      const reach = { agents: ["a"], user: null, upstream: "u", delegations: [] };
      expect(await reserve(claim("before", { reach }))).toBe(true);
      expect(await agents.remove("a")).toBe(true);
      for (const found of [agents.get("a"), agents.byToken("hash-a"), agents.byToken("removed:a")])
        expect(await found).toBeNull();
      expect(await agents.list()).toEqual([]);
      expect(await agents.removed("a")).toBe(true);
      expect(await agents.add(agent)).toBe(false);
      for (const change of [
        agents.remove("a"),
        agents.rotate("a", "h"),
        agents.suspend("a", false),
      ])
        expect(await change).toBe(false);
      expect(await agents.suspendedAmong(["b", "a"])).toBe("a");
      expect(await reserve(claim("after", { reach }))).toBe(false);
    });

    it("can be suspended", async () => {
      const { agents } = await open(createFolder());
      await agents.add(agent);
      expect(await agents.suspend("a", true)).toBe(true);
      expect((await agents.byToken("hash-a"))?.suspended).toBe(true);
      expect(await agents.suspend("nobody", true)).toBe(false);
    });
  });

  describe("definitions", () => {
    const NAME = { server: "s", kind: "tool", name: "t" } as const;
    const seen = (digest: string, parts: object = {}) => ({
      ...NAME,
      digest,
      content: `{"v":"${digest}"}`,
      findings: "[]",
      at: NOW,
      ...parts,
    });
    const judged = (digest: string, verdict: "accepted" | "rejected", by = "ann") => ({
      ...NAME,
      digest,
      verdict,
      by,
    });

    it("wait until somebody accepts them, and every change waits, also back to what was", async () => {
      const folder = createFolder();
      const { definitions, close } = await open(folder);
      const waiting = { state: "waiting", current: null, news: true, first: true };
      expect(await definitions.see(seen("a"))).toEqual(waiting);
      expect(await definitions.judge(judged("a", "accepted"))).toEqual({ before: null });
      const accepted = { state: "accepted", current: "a", news: false, first: false };
      expect(await definitions.see(seen("a"))).toEqual(accepted);
      const changed = { state: "waiting", current: "a", news: true, first: false };
      expect(await definitions.see(seen("b"))).toEqual(changed);
      expect(await definitions.judge(judged("b", "accepted"))).toEqual({ before: "a" });
      expect(await definitions.see(seen("b"))).toEqual({ ...accepted, current: "b" });
      expect(await definitions.see(seen("a"))).toEqual({ ...changed, current: "b" });
      await close();
      const again = await open(folder);
      expect(
        (await again.definitions.list("s")).map(({ digest, state, by }) => [digest, state, by]),
      ).toEqual([
        ["a", "waiting", null],
        ["b", "accepted", "ann"],
      ]);
    });

    it("that wait give way to the newest", async () => {
      const { definitions } = await open(createFolder());
      await definitions.see(seen("a"));
      expect(await definitions.see(seen("b"))).toMatchObject({ state: "waiting", first: false });
      expect((await definitions.list()).map(({ digest }) => digest)).toEqual(["b"]);
      expect(await definitions.content(NAME, "a")).toBeNull();
      expect(await definitions.content(NAME, "b")).toBe('{"v":"b"}');
    });

    it("stay rejected however often they are shown, until a person changes that", async () => {
      const { definitions } = await open(createFolder());
      await definitions.see(seen("a"));
      await definitions.judge(judged("a", "accepted"));
      expect(await definitions.judge(judged("a", "rejected"))).toEqual({ before: "a" });
      expect(await definitions.see(seen("a"))).toMatchObject({ state: "rejected", current: null });
      expect(await definitions.see(seen("b"))).toMatchObject({ state: "waiting" });
      expect(await definitions.judge(judged("a", "accepted"))).toEqual({ before: null });
      expect(await definitions.see(seen("a"))).toMatchObject({ state: "accepted" });
    });

    it("are judged by somebody, and only when they were seen", async () => {
      const { definitions } = await open(createFolder());
      await definitions.see(seen("a"));
      expect(await definitions.judge(judged("a", "accepted", ""))).toBeNull();
      expect(await definitions.judge(judged("b", "accepted"))).toBeNull();
      expect(await definitions.list("other")).toEqual([]);
    });

    it("are kept apart by server, kind and name", async () => {
      const { definitions } = await open(createFolder());
      await definitions.see(seen("a"));
      for (const parts of [{ server: "r" }, { kind: "instructions" }, { name: "u" }])
        expect(await definitions.see(seen("b", parts))).toMatchObject({ first: true });
    });

    it("race for first sight: one is the first, and the newest waits", async () => {
      const { definitions } = await open(createFolder());
      const sightings = await Promise.all(
        ["a", "b", "c", "d"].map((digest) => definitions.see(seen(digest))),
      );
      expect(sightings.filter(({ first }) => first)).toHaveLength(1);
      expect(await definitions.list()).toHaveLength(1);
    });
  });
});
