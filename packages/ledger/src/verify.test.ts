import { describe, expect, it } from "vitest";
import type { Source } from "./claims.ts";
import { bodyDigest, leafHash } from "./hash.ts";
import { encodeSigningKey, type NoteSigner, parseSigningKey } from "./key.ts";
import { createMemoryLog, type MemoryLog } from "./memory.ts";
import type { VerifyReport } from "./report.ts";
import { decodeBundle, encodeBundle } from "./tiles.ts";
import { type Trust, verify } from "./verify.ts";

function signerOf(name: string, fill: number): NoteSigner {
  const signer = parseSigningKey(encodeSigningKey(name, new Uint8Array(32).fill(fill)));
  if (!signer.ok) throw new Error(signer.error.message);
  return signer.value;
}

const signer = signerOf("log", 1);
const trust: Trust = { origin: "log", vkeys: [signer.vkey], checkpoints: [], records: true };
const AT = "2026-02-03T09:00:00.000Z";
const FACTS = Buffer.from('{"version":1}');

function encode(record: object): Uint8Array {
  // The test's records have sorted keys already.
  return Buffer.from(JSON.stringify(record));
}

function intent(id: string, facts: Uint8Array = FACTS): Uint8Array {
  const action = { facts: bodyDigest(facts), id };
  return encode({ action, at: AT, decision: {}, kind: "intent", v: 1 });
}

function outcome(action: string, intent: number, completion = "ok"): Uint8Array {
  return encode({ action, at: AT, completion, intent, kind: "outcome", v: 1 });
}

function start(unclosed: number): Uint8Array {
  return encode({ at: AT, kind: "start", unclosed, v: 1, version: "0" });
}

const stop = encode({ at: AT, kind: "stop", v: 1 });

/** Intent and outcome in turn, signed after every `every` entries and at the end. */
function logOf(size: number, every: number): MemoryLog {
  const log = createMemoryLog(signer);
  log.keep(FACTS);
  for (let at = 0; at < size; at += 1) {
    log.append(at % 2 === 0 ? intent(`a${at}`) : outcome(`a${at - 1}`, at - 1));
    if ((at + 1) % every === 0) log.sign();
  }
  log.sign();
  return log;
}

async function report(source: Source, changes: Partial<Trust> = {}): Promise<VerifyReport> {
  const result = await verify(source, { ...trust, ...changes });
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}

/** The log with one entry's bytes replaced, and its leaf hash too if `covered`. */
function withEntry(log: MemoryLog, index: number, entry: Uint8Array, covered: boolean): Source {
  const [bundle, at] = [Math.floor(index / 256), index % 256];
  return {
    ...log,
    async bundle(which, width): Promise<Uint8Array | null> {
      const bytes = await log.bundle(which, width);
      if (bytes === null || which !== bundle || at >= width) return bytes;
      const entries = decodeBundle(bytes, width);
      if (!entries.ok) throw new Error(entries.error.code);
      return encodeBundle(entries.value.with(at, entry));
    },
    async tile(level, which, width): Promise<Uint8Array | null> {
      const bytes = await log.tile(level, which, width);
      if (covered && level === 0 && which === bundle) bytes?.set(leafHash(entry), at * 32);
      return bytes;
    },
  };
}

describe("verify", () => {
  it.each([0, 1, 2, 255, 256, 257, 511, 512, 513, 700])("accepts a log of %d", async (size) => {
    const found = await report(logOf(size, 100));
    expect(found).toMatchObject({ ok: true, size, signed: size, first: null, heldAgainst: null });
    expect(found.bodies).toEqual({ verified: Math.ceil(size / 2), pruned: 0 });
    expect(found.open).toEqual(size % 2 === 1 ? [size - 1] : []);
  });

  it("goes through three levels of tiles", async () => {
    const found = await report(logOf(66_000, 10_000), { records: false });
    expect(found).toMatchObject({ ok: true, size: 66_000, checkpoints: 7 });
  });

  it.each([0, 1, 255, 256, 300, 599])("names entry %d when its bytes change", async (index) => {
    const found = await report(withEntry(logOf(600, 100), index, stop, false));
    expect(found.first).toMatchObject({ code: "entry.hash", index, until: index + 1 });
  });

  it("narrows a change that covers its traces down to the signed roots around it", async () => {
    const found = await report(withEntry(logOf(600, 100), 342, stop, true), { records: false });
    expect(found.first).toMatchObject({ code: "root.mismatch", index: 300, until: 400 });
  });

  it("blames the tile where the entry is as it was signed", async () => {
    const log = logOf(600, 100);
    const tile: Source["tile"] = async (level, index, width) => {
      const bytes = await log.tile(level, index, width);
      if (level === 0 && index === 1) bytes?.set([0, 1, 2], 32 * 5);
      return bytes;
    };
    const found = await report({ ...log, tile });
    expect(found.first).toMatchObject({ code: "tile.hash", index: 261, until: 262 });
    expect(found.problemCount).toBe(1);
  });

  it("finds swapped tiles of a higher level", async () => {
    const log = logOf(1_024, 1_000);
    const tile: Source["tile"] = async (level, index, width) => {
      const bytes = await log.tile(level, index, width);
      if (level === 1 && bytes !== null) {
        const [second, third] = [bytes.slice(32, 64), bytes.slice(64, 96)];
        bytes.set(third, 32);
        bytes.set(second, 64);
      }
      return bytes;
    };
    const found = await report({ ...log, tile });
    expect(found.first).toMatchObject({ code: "tile.hash", index: 256, until: 512 });
    expect(found.problemCount).toBe(2);
  });

  it("finds a missing tile, a missing entry and an entry too many", async () => {
    const log = logOf(600, 100);
    expect((await report({ ...log, tile: async () => null })).first?.code).toBe("tile.missing");
    const gap: Source["bundle"] = (index, width) =>
      index === 1 && width > 44 ? Promise.resolve(null) : log.bundle(index, width);
    expect((await report({ ...log, bundle: gap })).first).toMatchObject({
      code: "entry.missing",
      index: 300,
    });
    const head = { size: 500, root: (await log.head()).root };
    const short = await report({ ...log, head: async () => head });
    expect(short.problems.map(({ code }) => code)).toContain("entry.excess");
    expect(short.problems.map(({ code }) => code)).toContain("log.truncated");
  });

  it("reads a log of which only the published files are known", async () => {
    const log = logOf(300, 100);
    const published: Source = {
      checkpoint: () => log.checkpoint(),
      tile: (level, index, width) => log.tile(level, index, width),
      bundle: (index, width) => log.bundle(index, width),
    };
    expect(await report(published)).toMatchObject({ ok: true, size: 300 });
  });
});

describe("checkpoints", () => {
  it("are needed, and a tail over the limit must be signed too", async () => {
    const log = createMemoryLog(signer);
    log.append(stop);
    expect((await report(log)).first?.code).toBe("checkpoint.missing");
    log.sign();
    for (let at = 0; at < 1_000; at += 1) log.append(stop);
    expect(await report(log)).toMatchObject({ ok: true, size: 1_001, signed: 1 });
    log.append(stop);
    expect((await report(log)).first).toMatchObject({ code: "checkpoint.missing", index: 1 });
  });

  it("of another key or out of order count for nothing", async () => {
    const log = logOf(300, 100);
    const notes: string[] = [];
    for await (const note of log.checkpoints()) notes.push(note);
    const forged = createMemoryLog(signerOf("log", 2));
    const foreign = await report({
      ...log,
      checkpoints: async function* () {
        yield* [forged.sign(), ...notes];
      },
    });
    expect(foreign.first?.code).toBe("checkpoint.invalid");
    const shuffled = await report({
      ...log,
      checkpoints: async function* () {
        yield* [notes[1], notes[0], notes[2]] as string[];
      },
    });
    expect(shuffled.first?.code).toBe("checkpoint.invalid");
  });

  it("kept outside exclude a rollback, and show one", async () => {
    const log = logOf(300, 100);
    const kept = log.sign();
    expect((await report(log)).heldAgainst).toBeNull();
    expect(await report(log, { checkpoints: [kept] })).toMatchObject({
      ok: true,
      heldAgainst: 300,
    });
    const rolledBack = logOf(200, 100);
    expect(await report(rolledBack)).toMatchObject({ ok: true, heldAgainst: null });
    const found = await report(rolledBack, { checkpoints: [kept] });
    expect(found.first).toMatchObject({ code: "log.truncated", index: 200, until: 300 });
  });

  it("kept outside show a second log under the same name", async () => {
    const kept = logOf(150, 100).sign();
    const other = createMemoryLog(signer);
    for (let at = 0; at < 300; at += 1) other.append(stop);
    other.sign();
    const found = await report(other, { checkpoints: [kept] });
    expect(found.first).toMatchObject({ code: "log.forked", until: 150 });
  });

  it("must themselves verify when they are brought along", async () => {
    const forged = createMemoryLog(signerOf("log", 2)).sign();
    const result = await verify(logOf(10, 10), { ...trust, checkpoints: [forged] });
    expect(result).toMatchObject({ error: { code: "note.unsigned" } });
  });
});

describe("records", () => {
  async function found(entries: readonly Uint8Array[]): Promise<readonly [string, number][]> {
    const log = createMemoryLog(signer);
    log.keep(FACTS);
    for (const entry of entries) log.append(entry);
    log.sign();
    return (await report(log)).problems.map(({ code, index }) => [code, index] as const);
  }

  it("link outcomes to intents", async () => {
    expect(await found([intent("a"), intent("b"), outcome("b", 1), outcome("a", 0)])).toEqual([]);
    expect(await found([outcome("a", 0)])).toEqual([["outcome.without_intent", 0]]);
    expect(await found([intent("a"), outcome("b", 0)])).toEqual([["outcome.without_intent", 1]]);
    expect(await found([intent("a"), outcome("a", 0), outcome("a", 0)])).toEqual([
      ["outcome.without_intent", 2],
    ]);
  });

  it("let a start close what the run before it left open", async () => {
    expect(await found([intent("a"), start(0)])).toEqual([]);
    expect(await found([intent("a"), start(0), outcome("a", 0, "unknown")])).toEqual([]);
    expect(await found([intent("a"), start(0), outcome("a", 0)])).toEqual([
      ["outcome.after_close", 2],
    ]);
    expect(await found([intent("a"), intent("b"), start(1)])).toEqual([["start.unclosed", 2]]);
  });

  it("are canonical, of a known kind and complete", async () => {
    expect(
      await found([
        Buffer.from(`{"kind":"stop","at":"${AT}","v":1}`),
        Buffer.from([0xff, 0xfe]),
        Buffer.from("[".repeat(20_000)),
        encode({ at: AT, kind: "party", v: 1 }),
        encode({ at: "yesterday", kind: "stop", v: 1 }),
        encode({ action: { id: 1 }, at: AT, decision: {}, kind: "intent", v: 1 }),
      ]),
    ).toEqual([
      ["entry.canonical", 0],
      ["entry.canonical", 1],
      ["entry.canonical", 2],
      ["record.kind", 3],
      ["record.malformed", 4],
      ["record.malformed", 5],
    ]);
  });

  it("name bodies that may go where a record says so, and must not change", async () => {
    const log = createMemoryLog(signer);
    log.append(intent("a", Buffer.from("gone")));
    log.append(intent("b", Buffer.from("gone too")));
    log.sign();
    const missing = await report(log);
    expect(missing.problems.map(({ code, index }) => [code, index])).toEqual([
      ["body.missing", 0],
      ["body.missing", 1],
    ]);
    log.append(encode({ at: AT, id: "1", kind: "change", subject: "bodies", v: 1 }));
    log.sign();
    const pruned = await report(log);
    expect(pruned).toMatchObject({ bodies: { verified: 0, pruned: 1 }, problemCount: 1 });
    expect(pruned.first).toMatchObject({ code: "body.missing", index: 1 });
    const changed = await report({ ...log, body: async () => Buffer.from("changed") });
    expect(changed.first).toMatchObject({ code: "body.hash", index: 0 });
  });
});
