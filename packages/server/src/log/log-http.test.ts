import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTree, leafHash, type VerifyReport, verify } from "@bylaw/ledger";
import { openArchive, openStore } from "@bylaw/store";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressOf, closeServer, hostNames, listenOn } from "../host/listening.ts";
import { logListener } from "./log-files.ts";
import { remoteLog } from "./remote.ts";

const SIZE = 601;
const place = mkdtempSync(join(tmpdir(), "bylaw-log-http-"));
const original = join(place, "original");
let vkey = "";
/** A checkpoint of 300 entries, and the last. */
const kept: string[] = [];

type Database = InstanceType<typeof DatabaseSync>;

beforeAll(async () => {
  const store = await openStore({ folder: original, origin: "test", now: Date.now });
  vkey = store.log.vkey;
  for (let at = 0; at < SIZE; at += 1) {
    const time = `2026-01-01T00:00:00.${String(at % 1000).padStart(3, "0")}Z`;
    await store.log.append({ v: 1, kind: "stop", at: time }, "write", null);
    if (at === 299 || at === SIZE - 1) kept.push(await store.log.checkpoint());
  }
  await store.close();
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Serves a copy of the log that somebody with the file, and without the key, has edited. */
async function served<T>(
  edit: (db: Database) => void,
  use: (prefix: string, server: Server) => Promise<T>,
  hosts: ReadonlySet<string> | null = null,
): Promise<T> {
  const folder = mkdtempSync(join(place, "copy-"));
  cpSync(join(original, "bylaw.db"), join(folder, "bylaw.db"));
  const db = new DatabaseSync(join(folder, "bylaw.db"));
  edit(db);
  db.close();
  const archive = openArchive(folder);
  const server = createServer(logListener(archive, () => archive.checkpoint(), hosts));
  try {
    expect(await listenOn(server, 0, "127.0.0.1")).toBeNull();
    return await use(`${addressOf(server)}/log`, server);
  } finally {
    await closeServer(server);
    archive.close();
  }
}

async function verified(
  edit: (db: Database) => void,
  checkpoints: readonly string[] = [],
): Promise<VerifyReport> {
  return await served(edit, async (prefix) => {
    const trust = { origin: "test", vkeys: [vkey], checkpoints, records: true };
    const result = await verify(remoteLog(prefix), trust);
    if (!result.ok) throw new Error(result.error.code);
    return result.value;
  });
}

const untouched = (): void => undefined;

function bytesOf(db: Database, index: number): Uint8Array {
  return db.prepare("SELECT bytes FROM entry WHERE idx = ?").get(index)?.["bytes"] as Uint8Array;
}

/** Computes everything anew that can be computed without the key. */
function rehash(db: Database): void {
  const tree = createTree();
  db.exec("DELETE FROM node");
  for (const { idx, bytes } of db.prepare("SELECT idx, bytes FROM entry ORDER BY idx").all()) {
    const leaf = leafHash(bytes as Uint8Array);
    db.prepare("UPDATE entry SET leaf = ? WHERE idx = ?").run(leaf, idx);
    for (const { level, index, hash } of tree.append(leaf))
      db.prepare("INSERT INTO node (level, idx, hash) VALUES (?, ?, ?)").run(level, index, hash);
  }
}

describe("over HTTP, with the public key alone", () => {
  it("a log that nobody touched verifies", async () => {
    expect(await verified(untouched, kept)).toMatchObject({
      ok: true,
      size: SIZE,
      heldAgainst: SIZE,
    });
    expect(await verified(untouched)).toMatchObject({ ok: true, heldAgainst: null });
  });

  it.each([0, 255, 256, 600])("entry %d with a flipped bit is named", async (index) => {
    const report = await verified((db) => {
      const bytes = Uint8Array.from(bytesOf(db, index));
      bytes[9] = (bytes[9] ?? 0) ^ 1;
      db.prepare("UPDATE entry SET bytes = ? WHERE idx = ?").run(bytes, index);
    });
    expect(report.first).toMatchObject({ code: "entry.hash", index, until: index + 1 });
  });

  it.each([0, 300, 599])("entry %d that is deleted is named", async (index) => {
    const report = await verified((db) => db.exec(`DELETE FROM entry WHERE idx = ${index}`));
    expect(report.first).toMatchObject({ code: "entry.missing" });
    expect(report.first?.until).toBe(index + 1);
  });

  it("an entry that is inserted is found", async () => {
    const report = await verified((db) => {
      db.exec("UPDATE entry SET idx = -2 - idx WHERE idx >= 400");
      db.exec("UPDATE entry SET idx = -1 - idx WHERE idx < 0");
      db.exec(
        "INSERT INTO entry (log, idx, leaf, bytes) SELECT log, 400, leaf, bytes FROM entry WHERE idx = 5",
      );
      rehash(db);
    });
    expect(report.ok).toBe(false);
    expect(report.first?.index).toBeLessThanOrEqual(400);
    expect(report.first?.until).toBeGreaterThan(400);
  });

  it("entries that changed places are named", async () => {
    const report = await verified((db) => {
      const [a, b] = [bytesOf(db, 210), bytesOf(db, 407)];
      db.prepare("UPDATE entry SET bytes = ? WHERE idx = 210").run(b);
      db.prepare("UPDATE entry SET bytes = ? WHERE idx = 407").run(a);
    });
    expect(report.first).toMatchObject({ code: "entry.hash", index: 210, until: 211 });
  });

  it("tiles that changed places are named", async () => {
    const report = await verified((db) => {
      db.exec("UPDATE node SET idx = -1 WHERE idx = 0; UPDATE node SET idx = 0 WHERE idx = 1");
      db.exec("UPDATE node SET idx = 1 WHERE idx = -1");
    });
    expect(report.first).toMatchObject({ code: "tile.hash", index: 0, until: 256 });
    const leaves = await verified((db) => {
      db.exec("UPDATE entry SET leaf = zeroblob(32) WHERE idx = 300");
    });
    expect(leaves.first).toMatchObject({ code: "tile.hash", index: 300, until: 301 });
  });

  it("an older state is found against a checkpoint from elsewhere alone", async () => {
    const truncate = (db: Database): void =>
      db.exec("DELETE FROM entry WHERE idx >= 300; DELETE FROM checkpoint WHERE size > 300");
    expect(await verified(truncate)).toMatchObject({ ok: true, heldAgainst: null });
    const report = await verified(truncate, kept);
    expect(report.first).toMatchObject({ code: "log.truncated", index: 300, until: SIZE });
  });
});

describe("the files of a log", () => {
  const get = (url: string, init: RequestInit = {}): Promise<Response> => fetch(url, init);

  it("say what they are and how long they may be kept", async () => {
    await served(untouched, async (log) => {
      const checkpoint = await get(`${log}/checkpoint`);
      expect(checkpoint.headers.get("content-type")).toBe("text/plain; charset=utf-8");
      expect(checkpoint.headers.get("cache-control")).toBe("public, max-age=1");
      expect(await checkpoint.text()).toBe(kept.at(-1));
      for (const [path, length] of [
        ["tile/0/000", 8_192],
        ["tile/0/002.p/89", 89 * 32],
        ["tile/0/001.p/7", 7 * 32],
        ["tile/1/000.p/2", 64],
      ] as const) {
        const tile = await get(`${log}/${path}`);
        expect([path, tile.status, (await tile.arrayBuffer()).byteLength]).toEqual([
          path,
          200,
          length,
        ]);
        expect(tile.headers.get("content-type")).toBe("application/octet-stream");
        expect(tile.headers.get("cache-control")).toContain("immutable");
      }
    });
  });

  it("answer HEAD and a tag that is known without a body", async () => {
    await served(untouched, async (log) => {
      const head = await get(`${log}/tile/entries/000`, { method: "HEAD" });
      expect(Number(head.headers.get("content-length"))).toBeGreaterThan(256);
      expect((await head.arrayBuffer()).byteLength).toBe(0);
      const tag = head.headers.get("etag") ?? "";
      const again = await get(`${log}/tile/entries/000`, { headers: { "if-none-match": tag } });
      expect(again.status).toBe(304);
    });
  });

  it.each([
    "",
    "checkpoint/",
    "checkpoint?x",
    "Checkpoint",
    "tile/0/0",
    "tile/00/000",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/002",
    "tile/0/002.p/90",
    "tile/0/003.p/1",
    "tile/2/000.p/1",
    "tile/63/000",
    "tile/entries/002",
    "tile/entries/x000/000",
    "tile/0/../0/000",
    "tile/0/000%2e",
    "bylaw.db",
    "../admin.token",
  ])("have no other name: `%s`", async (path) => {
    await served(untouched, async (log) => {
      const { port } = new URL(log);
      // Sent as it is: `fetch` would tidy the path up first.
      const status = await new Promise((resolve, reject) => {
        const sent = request({ port, host: "127.0.0.1", path: `/log/${path}` }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        sent.on("error", reject);
        sent.end();
      });
      expect(status).toBe(404);
    });
  });

  it("hold nothing that is not signed yet", async () => {
    const unsigned = (db: Database): void => db.exec("DELETE FROM checkpoint WHERE size > 300");
    await served(unsigned, async (log) => {
      const status = async (path: string): Promise<number> => (await get(`${log}/${path}`)).status;
      for (const tile of ["tile/0/001", "tile/entries/001"]) {
        expect(await status(`${tile}.p/44`)).toBe(200);
        expect(await status(`${tile}.p/45`)).toBe(404);
        expect(await status(tile)).toBe(404);
      }
    });
  });

  it("cannot be changed", async () => {
    await served(untouched, async (log) => {
      for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
        const answer = await get(`${log}/checkpoint`, { method });
        expect([method, answer.status, answer.headers.get("allow")]).toEqual([
          method,
          405,
          "GET, HEAD",
        ]);
      }
    });
  });

  it("do not go to a web page that gave this machine a name of its own", async () => {
    await served(
      untouched,
      async (log) => {
        const { port } = new URL(log);
        const asked = (host: string): Promise<number | undefined> =>
          new Promise((resolve, reject) => {
            const headers = { host };
            const path = "/log/checkpoint";
            const sent = request({ port, host: "127.0.0.1", path, headers }, (answer) => {
              answer.resume();
              resolve(answer.statusCode);
            });
            sent.on("error", reject);
            sent.end();
          });
        expect(await asked(`attacker.example:${port}`)).toBe(403);
        expect(await asked(`localhost:${port}`)).toBe(200);
      },
      hostNames("127.0.0.1"),
    );
  });
});
