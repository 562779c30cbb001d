import { describe, expect, it } from "vitest";
import { publish, publishedLog } from "./files.ts";
import { encodeSigningKey, parseSigningKey } from "./key.ts";
import { createMemoryLog, type MemoryLog } from "./memory.ts";
import { verify } from "./verify.ts";

const key = parseSigningKey(encodeSigningKey("log", new Uint8Array(32)));
if (!key.ok) throw new Error(key.error.code);
const signer = key.value;
const trust = { origin: "log", vkeys: [signer.vkey], checkpoints: [], records: false };

function logOf(size: number): MemoryLog {
  const log = createMemoryLog(signer);
  for (let at = 0; at < size; at += 1) log.append(Buffer.from(`entry ${at}`));
  log.sign();
  return log;
}

async function filesOf(log: MemoryLog): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { path, bytes } of publish(log)) files.set(path, bytes);
  return files;
}

describe("a published log", () => {
  it("has the files of the layout, the checkpoint last", async () => {
    expect([...(await filesOf(logOf(513))).keys()]).toEqual([
      "tile/entries/000",
      "tile/entries/001",
      "tile/entries/002.p/1",
      "tile/0/000",
      "tile/0/001",
      "tile/0/002.p/1",
      "tile/1/000.p/2",
      "checkpoint",
    ]);
    expect([...(await filesOf(logOf(0))).keys()]).toEqual(["checkpoint"]);
    expect((await filesOf(createMemoryLog(signer))).size).toBe(0);
  });

  it("stops at the checkpoint, however far the log has grown", async () => {
    const log = logOf(10);
    log.append(Buffer.from("later"));
    expect([...(await filesOf(log)).keys()]).toContain("tile/0/000.p/10");
  });

  it.each([0, 1, 255, 256, 257, 513])(
    "of %d entries verifies from its files alone",
    async (size) => {
      const files = await filesOf(logOf(size));
      const result = await verify(
        publishedLog(async (path) => files.get(path) ?? null),
        trust,
      );
      expect(result).toMatchObject({ value: { ok: true, size, signed: size } });
    },
  );

  it("falls back to full tiles where partial ones are gone", async () => {
    const [old, grown] = [await filesOf(logOf(300)), await filesOf(logOf(600))];
    const files = new Map([...grown, ["checkpoint", old.get("checkpoint") as Uint8Array]]);
    files.delete("tile/1/000.p/1");
    files.set("tile/1/000.p/1", old.get("tile/1/000.p/1") as Uint8Array);
    const result = await verify(
      publishedLog(async (path) => files.get(path) ?? null),
      trust,
    );
    expect(result).toMatchObject({ value: { ok: true, size: 300 } });
  });

  it("with any file cut, changed or missing does not verify", async () => {
    const files = await filesOf(logOf(513));
    for (const [path, bytes] of files) {
      const changed = Uint8Array.from(bytes);
      changed[bytes.length - 2] = (changed[bytes.length - 2] ?? 0) ^ 1;
      for (const bad of [null, bytes.subarray(0, -1), changed]) {
        const fetch = async (name: string): Promise<Uint8Array | null> =>
          name === path ? bad : (files.get(name) ?? null);
        const result = await verify(publishedLog(fetch), trust);
        expect([path, result.ok && result.value.ok]).toEqual([path, false]);
      }
    }
  });
});
