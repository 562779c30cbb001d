import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bodyDigest, createTree, leafHash, type VerifyReport, verify } from "@bylaw/ledger";
import { DatabaseSync } from "@photostructure/sqlite";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFolder, NOW, open } from "../testing/folders.ts";
import { intentOf, outcomeOf, startOf } from "../testing/records.ts";
import { openArchive, openStore } from "./index.ts";

const SIZE = 601;
const EVERY = 100;
const original = mkdtempSync(join(tmpdir(), "bylaw-tamper-"));
let vkey = "";
/** The last checkpoint, kept where the owner of the folder cannot reach it. */
let kept = "";

type Database = InstanceType<typeof DatabaseSync>;

beforeAll(async () => {
  const store = await openStore({ folder: original, origin: "test", now: () => NOW });
  const { log } = store;
  vkey = log.vkey;
  await log.append(startOf(0), "sync", null);
  for (let at = 1; at < SIZE; at += 2) {
    const bytes = Buffer.from(`{"facts":${at}}`);
    const body = { digest: bodyDigest(bytes), bytes };
    await log.append(intentOf(`a${at}`, body.digest), "write", body);
    await log.append(outcomeOf(`a${at}`, at), "write", null);
    if ((at + 1) % EVERY === 0) await log.checkpoint();
  }
  kept = await log.checkpoint();
  await store.close();
});

afterAll(() => rmSync(original, { recursive: true, force: true }));

/** Verifies a copy of the log after somebody with the file, and without the key, has edited it. */
async function edited(
  edit: (db: Database) => void,
  checkpoints: readonly string[] = [],
): Promise<VerifyReport> {
  const folder = createFolder();
  cpSync(join(original, "bylaw.db"), join(folder, "bylaw.db"));
  const db = new DatabaseSync(join(folder, "bylaw.db"));
  edit(db);
  db.close();
  const archive = openArchive(folder);
  try {
    const result = await verify(archive, {
      origin: "test",
      vkeys: [vkey],
      checkpoints,
      records: true,
    });
    if (!result.ok) throw new Error(result.error.code);
    return result.value;
  } finally {
    archive.close();
  }
}

function entryOf(db: Database, index: number): Uint8Array {
  return db.prepare("SELECT bytes FROM entry WHERE idx = ?").get(index).bytes as Uint8Array;
}

function replace(db: Database, index: number, bytes: Uint8Array): void {
  db.prepare("UPDATE entry SET bytes = ? WHERE idx = ?").run(bytes, index);
}

/** Moves rows to other indices by way of negative ones, so that no two collide on the way. */
function renumber(db: Database, from: number, to: number, by: number): void {
  db.prepare("UPDATE entry SET idx = -1 - idx - ? WHERE idx >= ? AND idx < ?").run(by, from, to);
  db.exec("UPDATE entry SET idx = -1 - idx WHERE idx < 0");
}

/** Computes everything anew that can be computed without the key, as a thorough forger would. */
function rehash(db: Database): void {
  const tree = createTree();
  db.exec("DELETE FROM node");
  for (const { idx, bytes } of db.prepare("SELECT idx, bytes FROM entry ORDER BY idx").all()) {
    const leaf = leafHash(bytes as Uint8Array);
    db.prepare("UPDATE entry SET leaf = ? WHERE idx = ?").run(leaf, idx);
    for (const { level, index, hash } of tree.append(leaf))
      db.prepare("INSERT INTO node (level, idx, hash) VALUES (?, ?, ?)").run(level, index, hash);
  }
  db.prepare("UPDATE head SET size = ?, root = ?").run(tree.size(), tree.root());
}

/** That the first problem covers the entry, within the two signed roots around it at most. */
function expectAround(report: VerifyReport, index: number): void {
  const signedBefore = Math.floor((index - 1) / EVERY) * EVERY + 1;
  expect(report.ok).toBe(false);
  expect(report.first?.index).toBeLessThanOrEqual(index);
  expect(report.first?.until).toBeGreaterThan(index);
  expect(report.first?.index).toBeGreaterThanOrEqual(Math.max(0, signedBefore));
}

describe("a log that nobody touched", () => {
  it("verifies", async () => {
    const report = await edited(() => undefined, [kept]);
    expect(report).toMatchObject({ ok: true, size: SIZE, signed: SIZE, heldAgainst: SIZE });
    expect(report.bodies).toEqual({ verified: 300, pruned: 0 });
  });
});

describe("an entry", () => {
  it("of which any byte is flipped is named", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(SIZE - 1),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (index, position, flip) => {
          const report = await edited((db) => {
            const bytes = Uint8Array.from(entryOf(db, index));
            const at = position % bytes.length;
            bytes[at] = (bytes[at] ?? 0) ^ flip;
            replace(db, index, bytes);
          });
          expect(report.first).toMatchObject({ code: "entry.hash", index, until: index + 1 });
        },
      ),
      { numRuns: 25 },
    );
  });

  it.each([0, 100, 256, 599])("number %d that is deleted is named", async (index) => {
    const report = await edited((db) => db.exec(`DELETE FROM entry WHERE idx = ${index}`));
    expect(report.first).toMatchObject({ code: "entry.missing", index });
  });

  it.each([0, 150, 300, 599, 600])("number %d that leaves no gap is found", async (index) => {
    const report = await edited((db) => {
      db.exec(`DELETE FROM entry WHERE idx = ${index}`);
      renumber(db, index + 1, SIZE, -1);
    });
    expectAround(report, index);
  });

  it("that is inserted is found", async () => {
    const report = await edited((db) => {
      renumber(db, 300, SIZE, 1);
      db.exec("INSERT INTO entry SELECT 300, leaf, bytes, log FROM entry WHERE idx = 5");
      rehash(db);
    });
    expectAround(report, 300);
  });

  it("that is appended without the key is never taken for signed", async () => {
    const append = "INSERT INTO entry SELECT 601, leaf, bytes, log FROM entry WHERE idx = 0";
    expect((await edited((db) => db.exec(append))).first).toMatchObject({
      code: "entry.excess",
      index: SIZE,
    });
    const counted = await edited((db) => {
      db.exec(append);
      rehash(db);
    });
    expect(counted.signed).toBe(SIZE);
  });

  it("that changed places with another is named", async () => {
    const report = await edited((db) => {
      const [a, b] = [entryOf(db, 210), entryOf(db, 407)];
      replace(db, 210, b);
      replace(db, 407, a);
    });
    expect(report.first).toMatchObject({ code: "entry.hash", index: 210 });
    const rows = await edited((db) => {
      db.exec("UPDATE entry SET idx = -1 WHERE idx = 210");
      db.exec("UPDATE entry SET idx = 210 WHERE idx = 407");
      db.exec("UPDATE entry SET idx = 407 WHERE idx = -1");
    });
    expectAround(rows, 210);
  });

  it("whose decision is flipped and everything hashed anew is found", async () => {
    const report = await edited((db) => {
      const text = Buffer.from(entryOf(db, 333)).toString();
      replace(db, 333, Buffer.from(text.replaceAll('"allow"', '"block"')));
      rehash(db);
    });
    expect(report.first).toMatchObject({ code: "root.mismatch" });
    expectAround(report, 333);
  });
});

describe("what is derived", () => {
  it("is blamed where the entries are as they were signed", async () => {
    const leaf = await edited((db) =>
      db.exec("UPDATE entry SET leaf = zeroblob(32) WHERE idx = 300"),
    );
    expect(leaf).toMatchObject({ problemCount: 1, first: { code: "tile.hash", index: 300 } });
    const swapped = await edited((db) => {
      db.exec("UPDATE node SET idx = -1 WHERE idx = 0; UPDATE node SET idx = 0 WHERE idx = 1");
      db.exec("UPDATE node SET idx = 1 WHERE idx = -1");
    });
    expect(swapped.first).toMatchObject({ code: "tile.hash", index: 0, until: 256 });
    const missing = await edited((db) => db.exec("DELETE FROM node WHERE idx = 1"));
    expect(missing.first).toMatchObject({ code: "tile.missing" });
    const head = await edited((db) => db.exec("UPDATE head SET root = zeroblob(32)"));
    expect(head.first).toMatchObject({ code: "head.mismatch" });
  });

  it("includes bodies, which must not change, nor go without a record", async () => {
    const changed = await edited((db) =>
      db
        .prepare("UPDATE body SET bytes = ? WHERE digest = ?")
        .run(Buffer.from("{}"), bodyDigest(Buffer.from('{"facts":99}'))),
    );
    expect(changed.first).toMatchObject({ code: "body.hash", index: 99 });
    const gone = await edited((db) => db.exec("DELETE FROM body"));
    expect(gone.first).toMatchObject({ code: "body.missing", index: 1 });
    expect(gone).toMatchObject({ bodies: { verified: 0, pruned: 0 } });
  });
});

describe("a rollback", () => {
  function truncate(db: Database, size: number): void {
    db.exec(`DELETE FROM entry WHERE idx >= ${size}; DELETE FROM checkpoint WHERE size > ${size}`);
    rehash(db);
  }

  it("is not excluded, and says so, without a checkpoint from elsewhere", async () => {
    const report = await edited((db) => truncate(db, 401));
    expect(report).toMatchObject({ size: 401, heldAgainst: null });
  });

  it("is caught against a checkpoint from elsewhere", async () => {
    const report = await edited((db) => truncate(db, 401), [kept]);
    expect(report.first).toMatchObject({ code: "log.truncated", index: 401, until: SIZE });
  });

  it("that leaves a newer checkpoint behind is caught", async () => {
    const report = await edited((db) => {
      db.exec("DELETE FROM entry WHERE idx >= 401");
      rehash(db);
    });
    expect(report.problems.map(({ code }) => code)).toContain("log.truncated");
  });

  it("to an old checkpoint under a new number is caught", async () => {
    const report = await edited((db) =>
      db.exec(
        `UPDATE checkpoint SET note = (SELECT note FROM checkpoint ORDER BY size LIMIT 1)
         WHERE size = ${SIZE}`,
      ),
    );
    expect(report.first?.code).toBe("checkpoint.invalid");
  });

  it("of the checkpoints alone is caught", async () => {
    const report = await edited((db) => db.exec("DELETE FROM checkpoint"));
    expect(report.first?.code).toBe("checkpoint.missing");
  });
});

describe("a checkpoint", () => {
  it("of which any character is changed is refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(kept.length - 1), async (at) => {
        const changed = `${kept.slice(0, at)}#${kept.slice(at + 1)}`;
        const report = await edited((db) =>
          db.prepare("UPDATE checkpoint SET note = ? WHERE size = ?").run(changed, SIZE),
        );
        expect(report.problems.map(({ code }) => code)).toContain("checkpoint.invalid");
      }),
      { numRuns: 15 },
    );
  });
});

describe("a store", () => {
  async function reopened(edit: (db: Database) => void): Promise<string> {
    const folder = createFolder();
    cpSync(original, folder, { recursive: true });
    const db = new DatabaseSync(join(folder, "bylaw.db"));
    edit(db);
    db.close();
    return open(folder).then(
      () => "opened",
      (error: { code: string }) => error.code,
    );
  }

  it("signs nothing on top of a log that was changed where it goes on", async () => {
    expect(await reopened(() => undefined)).toBe("opened");
    const edits = [
      "UPDATE entry SET bytes = x'7b7d' WHERE idx = 600",
      "DELETE FROM entry WHERE idx = 600",
      "INSERT INTO entry SELECT 601, leaf, bytes, log FROM entry WHERE idx = 0",
      "UPDATE head SET size = 600",
      "UPDATE head SET root = zeroblob(32)",
      "UPDATE node SET hash = zeroblob(32) WHERE idx = 0",
      "UPDATE checkpoint SET note = 'x' WHERE size = 601",
    ];
    for (const edit of edits)
      expect([edit, await reopened((db) => db.exec(edit))]).toEqual([edit, "ledger.corrupt"]);
  });

  it("does not go on from a truncation that its newest checkpoint contradicts", async () => {
    const code = await reopened((db) => {
      db.exec("DELETE FROM entry WHERE idx >= 401");
      rehash(db);
    });
    expect(code).toBe("ledger.corrupt");
  });
});
