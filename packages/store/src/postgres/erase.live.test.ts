import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LedgerRecord } from "@bylaw/core";
import { bodyDigest } from "@bylaw/ledger";
import { describe, expect, it } from "vitest";
import { onPostgres } from "../../testing/backends.ts";
import { createFolder, NOW } from "../../testing/folders.ts";
import { intentOf, outcomeOf } from "../../testing/records.ts";
import { verified } from "../../testing/shared.ts";
import type { Store } from "../index.ts";
import { digestKeyId } from "../keys.ts";

const WHO = { by: "maria", reason: "asked to be forgotten" };
const keyIn = (folder: string): Buffer => readFileSync(join(folder, "digest.key"));

async function records({ log }: Store): Promise<readonly LedgerRecord[]> {
  const entries = Array.from({ length: await log.size() }, (_, at) => log.entry(at));
  return (await Promise.all(entries)).map(
    (entry) => JSON.parse(Buffer.from(entry ?? []).toString()) as LedgerRecord,
  );
}

onPostgres("erasing on a shared database", ({ open, peerOf, urlOf }) => {
  describe("the digest key", () => {
    it("stays while another gateway runs", async () => {
      const folder = createFolder();
      const first = await open(folder);
      const old = Buffer.from(first.digestKey());
      const other = await open(await peerOf(folder));
      await expect(first.shred(WHO)).rejects.toMatchObject({ code: "store.shared_key" });
      expect(keyIn(folder)).toEqual(old);
      expect(existsSync(join(folder, "digest.key.next"))).toBe(false);
      expect(await records(first)).toEqual([]);
      await other.close();
      expect(await first.shred(WHO)).toMatchObject({ before: digestKeyId(old) });
    });

    it("is destroyed, and nobody goes on with the old one", async () => {
      const folder = createFolder();
      const first = await open(folder);
      const peer = await peerOf(folder);
      await (await open(peer)).close();
      const { before, after } = await first.shred(WHO);
      expect(before).toBe(digestKeyId(keyIn(peer)));
      expect(after).toBe(digestKeyId(first.digestKey()));
      expect(await records(first)).toEqual([
        expect.objectContaining({ subject: "key", before, after, ...WHO }),
      ]);
      await expect(open(peer)).rejects.toMatchObject({ code: "store.digest_key" });
      copyFileSync(join(folder, "digest.key"), join(peer, "digest.key"));
      expect(digestKeyId((await open(peer)).digestKey())).toBe(after);
      await first.close();
      const again = await open(folder);
      expect(digestKeyId(again.digestKey())).toBe(after);
    });

    it.each([
      ["before the database knew the next", false],
      ["before the old one was overwritten", true],
    ])("is destroyed at the next start when the process ended %s", async (_, known) => {
      const folder = createFolder();
      const first = await open(folder);
      const old = Buffer.from(first.digestKey());
      await first.shred(WHO);
      const next = keyIn(folder);
      await first.close();
      if (known) {
        writeFileSync(join(folder, "digest.key"), old);
        writeFileSync(join(folder, "digest.key.next"), next);
      } else writeFileSync(join(folder, "digest.key.next"), new Uint8Array(32).fill(7));
      const again = await open(folder);
      expect(digestKeyId(again.digestKey())).toBe(
        digestKeyId(known ? next : new Uint8Array(32).fill(7)),
      );
      expect(existsSync(join(folder, "digest.key.next"))).toBe(false);
      expect(await records(again)).toHaveLength(known ? 1 : 2);
    });
  });

  it("deletes the old bodies of its own log, which still verifies", async () => {
    const folder = createFolder();
    const [store, other] = [await open(folder), await open(await peerOf(folder))];
    for (const each of [store, other])
      for (let n = 0; n < 20; n += 1) {
        const at = new Date(NOW + n * 1_000).toISOString();
        const bytes = Buffer.from(`{"facts":"${n}"}`);
        const body = { digest: bodyDigest(bytes), bytes };
        const intent = { ...intentOf(`a${n}`, body.digest), at };
        const { index } = await each.log.append(intent, "write", body);
        await each.log.append({ ...outcomeOf(`a${n}`, index), at }, "write", null);
      }
    expect(await store.prune(NOW + 10_000, WHO)).toEqual({ until: 20, bodies: 10 });
    expect((await records(store)).at(-1)).toMatchObject({ subject: "bodies", id: "20", ...WHO });
    const [vkey, vkeyOfOther] = [store.log.vkey, other.log.vkey];
    const url = await urlOf(folder);
    await store.close();
    expect(await verified(folder, url, vkey)).toMatchObject({
      ok: true,
      bodies: { verified: 10, pruned: 10 },
    });
    expect(await other.log.size()).toBe(40);
    await other.close();
    expect(vkeyOfOther).not.toBe(vkey);
  });
});
