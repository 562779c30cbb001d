import { createTree, leafHash } from "@bylaw/ledger";
import { describe, expect, it } from "vitest";
import { onEachBackend } from "../testing/backends.ts";
import { NOW } from "../testing/folders.ts";
import { intentOf, STOP } from "../testing/records.ts";

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

  describe("agents", () => {
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

    it("can be suspended", async () => {
      const { agents } = await open(createFolder());
      await agents.add(agent);
      expect(await agents.suspend("a", true)).toBe(true);
      expect((await agents.byToken("hash-a"))?.suspended).toBe(true);
      expect(await agents.suspend("nobody", true)).toBe(false);
    });
  });

  describe("definitions", () => {
    it("keep when they were first seen and who accepted them", async () => {
      const { definitions } = await open(createFolder());
      const seen = { server: "s", tool: "t", digest: "sha256:1", firstSeen: NOW };
      await definitions.see(seen);
      expect(await definitions.accept("s", "t", "sha256:2", "ann")).toBe(false);
      expect(await definitions.accept("s", "t", "sha256:1", "")).toBe(false);
      expect(await definitions.list()).toEqual([{ ...seen, acceptedBy: null }]);
      expect(await definitions.accept("s", "t", "sha256:1", "ann")).toBe(true);
      await definitions.see({ ...seen, firstSeen: NOW + 1 });
      expect(await definitions.list("s")).toEqual([{ ...seen, acceptedBy: "ann" }]);
      expect(await definitions.list("other")).toEqual([]);
    });
  });
});
