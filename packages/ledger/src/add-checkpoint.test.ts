import { describe, expect, it } from "vitest";
import { encodeSubmission, type Followed, parseSubmission, ruleOn } from "./add-checkpoint.ts";
import { type Checkpoint, encodeCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { leafHash } from "./hash.ts";
import { encodeSigningKey, parseSigningKey, parseVerifierKey } from "./key.ts";
import { createMemoryLog } from "./memory.ts";
import { signNote } from "./note.ts";
import { proveConsistency } from "./prove.ts";
import { tileSubtrees } from "./reader.ts";
import { createTree } from "./tree.ts";

const signer = take(parseSigningKey(encodeSigningKey("log", new Uint8Array(32).fill(1))));
const stranger = take(parseSigningKey(encodeSigningKey("log", new Uint8Array(32).fill(9))));
const verifier = take(parseVerifierKey(signer.vkey));

function take<T>(result: { ok: true; value: T } | { ok: false; error: { code: string } }): T {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}

/** The checkpoint of a log of so many entries; another salt is another history. */
function checkpoint(size: number, salt = ""): Checkpoint {
  const tree = createTree();
  for (let at = 0; at < size; at += 1) tree.append(leafHash(Buffer.from(`${at}${salt}`)));
  return { origin: "log", size, root: tree.root() };
}

const note = (size: number, salt = ""): string => signCheckpoint(checkpoint(size, salt), signer);

function followed(size: number | null): (origin: string) => Followed | null {
  const last = size === null ? null : { ...checkpoint(size), note: note(size) };
  return (origin) => (origin === "log" ? { verifier, last } : null);
}

async function proof(old: number, size: number): Promise<readonly Uint8Array[]> {
  const log = createMemoryLog(signer);
  for (let at = 0; at < size; at += 1) log.append(Buffer.from(`${at}`));
  return take(await proveConsistency(tileSubtrees(log, size), old, size));
}

describe("a submission", () => {
  it("reads back as it was written", async () => {
    const submission = { old: 5, proof: await proof(5, 9), note: note(9) };
    const read = take(parseSubmission(encodeSubmission(submission)));
    expect(encodeSubmission(read)).toBe(encodeSubmission(submission));
    expect(read).toMatchObject({ old: 5, note: submission.note });
    const first = { old: 0, proof: [], note: note(0) };
    expect(take(parseSubmission(encodeSubmission(first)))).toEqual(first);
  });

  it.each([
    "",
    "old 1",
    "old 01\n\nx",
    "old -1\n\nx",
    "old 1 \n\nx",
    "Old 1\n\nx",
    "old 99999999999999999\n\nx",
    `old 1\n${"A".repeat(43)}\n\nx`,
    `old 1\n${Buffer.alloc(31).toString("base64")}\n\nx`,
    `old 1\n${`${Buffer.alloc(32).toString("base64")}\n`.repeat(64)}\nx`,
  ])("that is spelled %j is refused", (body) => {
    expect(parseSubmission(body).ok).toBe(false);
  });
});

describe("a ruling", () => {
  const rule = (
    last: number | null,
    old: number,
    signed: string,
    hashes: readonly Uint8Array[] = [],
  ) => ruleOn({ old, proof: hashes, note: signed }, followed(last));

  it("takes a first checkpoint, a continuation and the same again", async () => {
    expect(rule(null, 0, note(9))).toMatchObject({ status: 200, checkpoint: { size: 9 } });
    expect(rule(5, 5, note(9), await proof(5, 9))).toMatchObject({ status: 200 });
    expect(rule(9, 9, note(9))).toMatchObject({ status: 200 });
    expect(rule(0, 0, note(4))).toMatchObject({ status: 200 });
  });

  it("answers 404 for an origin that is not followed, whoever signed", () => {
    const other = signNote(encodeCheckpoint({ ...checkpoint(3), origin: "other" }), [signer]);
    expect(rule(null, 0, other)).toMatchObject({ status: 404 });
  });

  it("answers 403 without a signature of the log's key", () => {
    expect(rule(null, 0, signCheckpoint(checkpoint(3), stranger))).toMatchObject({ status: 403 });
    const forged = note(3).replace(/ ([A-Za-z0-9+/]{8})[A-Za-z0-9+/]/, " $1A");
    expect(rule(null, 0, forged)).toMatchObject({ status: 403 });
  });

  it("answers 400 for an old size above the checkpoint's, and for what is no checkpoint", () => {
    expect(rule(9, 9, note(5))).toMatchObject({ status: 400 });
    expect(rule(null, 0, "x")).toMatchObject({ status: 400 });
    expect(rule(null, 0, signNote("log\n1\nx\n", [signer]))).toMatchObject({ status: 400 });
  });

  it("answers 409 with the last size for a stale or invented old size", async () => {
    expect(rule(5, 3, note(9), await proof(3, 9))).toMatchObject({ status: 409, size: 5 });
    expect(rule(null, 3, note(9), await proof(3, 9))).toMatchObject({ status: 409, size: 0 });
    expect(rule(5, 0, note(9))).toMatchObject({ status: 409, size: 5, suspicion: "none" });
  });

  it("answers 422 for a proof that does not hold, and for one from nothing", async () => {
    const good = await proof(5, 9);
    expect(rule(5, 5, note(9), good.slice(1))).toMatchObject({ status: 422 });
    expect(rule(5, 5, note(9), [])).toMatchObject({ status: 422, suspicion: "unproven" });
    expect(rule(5, 5, note(9, "other"), good)).toMatchObject({
      status: 422,
      suspicion: "unproven",
    });
    expect(rule(null, 0, note(9), good)).toMatchObject({ status: 422 });
  });

  it("knows a fork by two roots at one size, and says so whatever the old size", () => {
    expect(rule(5, 5, note(5, "other"))).toMatchObject({ status: 422, suspicion: "forked" });
    expect(rule(5, 0, note(5, "other"))).toMatchObject({ status: 409, suspicion: "forked" });
  });
});
