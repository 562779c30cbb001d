import { type Json, ok, type Result } from "@bylaw/core";
import { type Checkpoint, openCheckpoint } from "./checkpoint.ts";
import { type Claim, claimsOf, type Invalid, type Source } from "./claims.ts";
import { decodeCanonical } from "./entry.ts";
import type { LedgerError } from "./errors.ts";
import { bodyDigest, leafHash } from "./hash.ts";
import { type NoteVerifier, parseVerifierKey } from "./key.ts";
import { TILE_WIDTH, UNSIGNED_ENTRIES_MAX } from "./limits.ts";
import { bodyOf, createRecordChecker, erasedBy } from "./records.ts";
import { createProblems, type VerifyReport } from "./report.ts";
import { createRootCheck } from "./roots.ts";
import { decodeBundle, splitTile } from "./tiles.ts";
import { createUpperTiles } from "./upper-tiles.ts";

/** What the verifier believes beforehand; everything else it works out from the log's bytes. */
export interface Trust {
  readonly origin: string;
  /** Public keys as vkeys; the log's own must be among them. */
  readonly vkeys: readonly string[];
  /** Checkpoints of this log that were kept elsewhere: receipts, exports, a witness's copies. */
  readonly checkpoints: readonly string[];
  /** False leaves out what is written in the entries: canonical form, links, bodies. */
  readonly records: boolean;
}

/**
 * Verifies a whole log without believing anything it derived for itself: every leaf and every tile
 * is computed anew and compared, every checkpoint on file is held against the tree at its size,
 * and every record is read.
 *
 * Out: a report, with the problems of the log in it. An error only when `trust` itself does not
 * parse or verify. Throws what reading the source throws.
 */
export async function verify(
  source: Source,
  trust: Trust,
): Promise<Result<VerifyReport, LedgerError>> {
  const verifiers: NoteVerifier[] = [];
  for (const vkey of trust.vkeys) {
    const key = parseVerifierKey(vkey);
    if (!key.ok) return key;
    verifiers.push(key.value);
  }
  const outside: Checkpoint[] = [];
  for (const note of trust.checkpoints) {
    const opened = openCheckpoint(note, trust.origin, verifiers);
    if (!opened.ok) return opened;
    outside.push(opened.value);
  }
  return ok(await verifyLog(source, trust, verifiers, outside));
}

async function verifyLog(
  source: Source,
  trust: Trust,
  verifiers: readonly NoteVerifier[],
  outside: readonly Checkpoint[],
): Promise<VerifyReport> {
  const problems = createProblems();
  const head = (await source.head?.()) ?? null;
  const size = head?.size ?? (await publishedSize(source, trust.origin, verifiers));
  const roots = createRootCheck(problems);
  const upper = createUpperTiles(source, size, problems);
  const records = createRecordReader(source, problems);
  const claims = claimsOf(source, trust.origin, verifiers, outside, head);
  let claim = await claims.next();

  /** Settles every claim about the tree as it is now; entries are only added in between. */
  async function settle(): Promise<void> {
    while (!claim.done && !isAhead(claim.value, roots.size())) {
      if (claim.value.by === "nobody")
        problems.add("checkpoint.invalid", roots.size(), roots.size(), claim.value.reason);
      else roots.compare(claim.value);
      claim = await claims.next();
    }
  }

  await settle();
  for (let bundle = 0; bundle * TILE_WIDTH < size; bundle += 1) {
    const first = bundle * TILE_WIDTH;
    const width = Math.min(TILE_WIDTH, size - first);
    const entries = await readBundle(source, bundle, width, roots.settled(), problems);
    if (entries === null) break;
    const filed = await readLeaves(source, bundle, entries.length, problems);
    for (const [at, entry] of entries.entries()) {
      const leaf = leafHash(entry);
      for (const hash of roots.append(leaf, filed?.[at] ?? leaf)) await upper.check(hash);
      if (trust.records) await records.read(first + at, entry);
      if (!claim.done && !isAhead(claim.value, roots.size())) await settle();
    }
  }

  const reached = roots.size();
  for (; !claim.done; claim = await claims.next()) {
    if (claim.value.by === "nobody")
      problems.add("checkpoint.invalid", reached, reached, claim.value.reason);
    else if (reached === size)
      problems.add("log.truncated", reached, claim.value.size, "a checkpoint has more entries");
  }
  if (reached === size && ((await source.last?.()) ?? -1) >= size)
    problems.add("entry.excess", size, size + 1, "an entry that the log does not count");
  const judged = roots.finish();
  upper.finish(judged.sound);
  records.finish();
  // A published log without a checkpoint commits to nothing, not even to being empty.
  if (head === null && judged.matched === 0 && problems.count() === 0)
    problems.add("checkpoint.missing", 0, 0, "the log has published no checkpoint");
  const unsigned = reached - judged.signed;
  if (
    problems.count() === 0 &&
    (unsigned === reached ? reached > 0 : unsigned > UNSIGNED_ENTRIES_MAX)
  )
    problems.add(
      "checkpoint.missing",
      judged.signed,
      reached,
      "no checkpoint of the log covers them",
    );

  const list = problems.list();
  return {
    ok: list.length === 0,
    origin: trust.origin,
    size: reached,
    root: Buffer.from(roots.root()).toString("base64"),
    signed: judged.signed,
    checkpoints: judged.matched,
    bodies: records.bodies(),
    open: records.open(),
    heldAgainst: judged.outside,
    first: list[0] ?? null,
    problems: list,
    problemCount: problems.count(),
  };
}

function isAhead(claim: Claim | Invalid, size: number): boolean {
  return claim.by !== "nobody" && claim.size > size;
}

/** Size that the newest checkpoint commits to; 0 when there is none that verifies. */
async function publishedSize(
  source: Source,
  origin: string,
  verifiers: readonly NoteVerifier[],
): Promise<number> {
  const note = await source.checkpoint();
  const opened = note === null ? null : openCheckpoint(note, origin, verifiers);
  return opened?.ok ? opened.value.size : 0;
}

type Problems = ReturnType<typeof createProblems>;

/** The entries of a bundle, or null with the problem reported. In: entries confirmed so far. */
async function readBundle(
  source: Source,
  bundle: number,
  width: number,
  settled: number,
  problems: Problems,
): Promise<readonly Uint8Array[] | null> {
  const first = bundle * TILE_WIDTH;
  const bytes = await source.bundle(bundle, width);
  if (bytes === null) {
    const missing = first + (await presentIn(source, bundle, width));
    // A gap names the entry. Where nothing comes after it, an earlier one may have been taken out
    // and the others moved up.
    const gap = ((await source.last?.()) ?? missing) >= missing;
    const detail = gap ? "the entry is not there" : "the log has fewer entries than it says";
    problems.add("entry.missing", gap ? missing : settled, missing + 1, detail);
    return null;
  }
  const entries = decodeBundle(bytes, width);
  if (entries.ok) return entries.value;
  problems.add("entry.malformed", first, first + width, entries.error.message);
  return null;
}

/** How many entries of an incomplete bundle there are before the first one that is missing. */
async function presentIn(source: Source, bundle: number, width: number): Promise<number> {
  let [present, missing] = [0, width];
  while (missing - present > 1) {
    const middle = Math.floor((present + missing) / 2);
    if ((await source.bundle(bundle, middle)) === null) missing = middle;
    else present = middle;
  }
  return present;
}

/** The leaf hashes on file, or null with the problem reported. */
async function readLeaves(
  source: Source,
  tile: number,
  width: number,
  problems: Problems,
): Promise<readonly Uint8Array[] | null> {
  const bytes = await source.tile(0, tile, width);
  const split = bytes === null ? null : splitTile(bytes, width);
  if (split?.ok) return split.value;
  const first = tile * TILE_WIDTH;
  problems.add("tile.missing", first, first + width, `no tile 0/${tile} of width ${width}`);
  return null;
}

/** Reads what is written in the entries: canonical form, links between records, bodies. */
function createRecordReader(
  source: Source,
  problems: Problems,
): {
  read(index: number, entry: Uint8Array): Promise<void>;
  /** Reports the bodies that are gone although no record says so. */
  finish(): void;
  bodies(): VerifyReport["bodies"];
  open(): readonly number[];
} {
  const checker = createRecordChecker();
  const bodies = { verified: 0, pruned: 0 };
  /** Entries whose body is gone; the record that says so comes after them. */
  let missing: number[] = [];
  let erased = 0;

  async function readBody(index: number, record: Json): Promise<void> {
    const digest = bodyOf(record);
    if (digest === null || source.body === undefined) return;
    const body = await source.body(digest);
    if (body === null) missing.push(index);
    else if (bodyDigest(body) === digest) bodies.verified += 1;
    else problems.add("body.hash", index, index + 1, `the body is not what \`${digest}\` names`);
  }

  return {
    async read(index, entry): Promise<void> {
      const decoded = decodeCanonical(entry);
      if (decoded === null)
        return problems.add("entry.canonical", index, index + 1, "not a canonical record");
      const wrong = checker.check(index, decoded.value);
      if (wrong !== null)
        problems.add(wrong, index, index + 1, "the record does not fit those before it");
      erased = Math.max(erased, erasedBy(index, decoded.value) ?? 0);
      await readBody(index, decoded.value);
    },
    finish(): void {
      const unexplained = missing.filter((index) => index >= erased);
      bodies.pruned = missing.length - unexplained.length;
      missing = [];
      for (const index of unexplained)
        problems.add(
          "body.missing",
          index,
          index + 1,
          "the body is gone, and no record says who erased it",
        );
    },
    bodies: () => bodies,
    open: () => checker.open(),
  };
}
