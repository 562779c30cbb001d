import { fail, ok, type Result } from "@bylaw/core";
import { type Checkpoint, openCheckpoint } from "./checkpoint.ts";
import type { LedgerErrorCode } from "./errors.ts";
import { HASH_BYTES, leafHash } from "./hash.ts";
import { parseVerifierKey } from "./key.ts";
import { ENTRY_BYTES_MAX, PROOF_BYTES_MAX, PROOF_HASHES_MAX } from "./limits.ts";
import { verifyInclusion } from "./proof.ts";

const HEADER = "c2sp.org/tlog-proof@v1";

/** One entry with everything that shows it in a log. */
export interface EntryProof {
  readonly index: number;
  readonly entry: Uint8Array;
  /** From the leaf's sibling to the root's child. */
  readonly hashes: readonly Uint8Array[];
  /** The signed note, with whatever cosignatures it carries. */
  readonly checkpoint: string;
}

/** What a proof has shown to hold. */
export interface ProvenEntry {
  readonly index: number;
  readonly entry: Uint8Array;
  readonly checkpoint: Checkpoint;
}

/** Why a proof shows nothing. */
export type ProofErrorCode = LedgerErrorCode | "proof.malformed" | "proof.index" | "proof.mismatch";

export interface ProofError {
  readonly code: ProofErrorCode;
  readonly message: string;
}

/**
 * Writes a proof in the form of C2SP tlog-proof. The entry travels in the `extra` line: whoever
 * checks hashes it, so that a changed one does not fit the proof.
 */
export function encodeProof({ index, entry, hashes, checkpoint }: EntryProof): string {
  const lines = [
    HEADER,
    `extra ${base64(entry)}`,
    `index ${index}`,
    ...hashes.map((hash) => base64(hash)),
  ];
  return `${lines.join("\n")}\n\n${checkpoint}`;
}

/** Reads what `encodeProof` wrote; any other spelling is `proof.malformed`. Nothing is verified yet. */
export function parseProof(text: string): Result<EntryProof, ProofError> {
  if (text.length > PROOF_BYTES_MAX) return wrong("proof.malformed", "larger than any proof");
  const end = text.indexOf("\n\n");
  const [header, extra = "", position = "", ...hashes] = text
    .slice(0, Math.max(0, end))
    .split("\n");
  if (header !== HEADER) return wrong("proof.malformed", `the first line is not \`${HEADER}\``);
  const entry = extra.startsWith("extra ") ? decoded(extra.slice(6)) : null;
  if (entry === null || entry.length > ENTRY_BYTES_MAX)
    return wrong("proof.malformed", "the second line is not `extra` and the entry in base64");
  const number = /^index (0|[1-9]\d{0,15})$/.exec(position)?.[1];
  if (number === undefined || !Number.isSafeInteger(Number(number)))
    return wrong("proof.malformed", "the third line is not `index` and a number");
  const path = hashes.map(decoded);
  if (path.length > PROOF_HASHES_MAX || path.some((hash) => hash?.length !== HASH_BYTES))
    return wrong("proof.malformed", "a hash of the proof is not 32 bytes in base64");
  return ok({
    index: Number(number),
    entry,
    hashes: path as readonly Uint8Array[],
    checkpoint: text.slice(end + 2),
  });
}

/**
 * Checks a proof file with nothing but the log's public key.
 *
 * In: the file's text, the verifier key. Out: the entry, its index and the checkpoint it is under;
 * else what is wrong: the file, the key, the checkpoint's signature, the index, or, where every part
 * is well-formed and the entry is not the one the log committed to, `proof.mismatch`.
 */
export function checkProof(text: string, vkey: string): Result<ProvenEntry, ProofError> {
  const key = parseVerifierKey(vkey);
  if (!key.ok) return key;
  const proof = parseProof(text);
  if (!proof.ok) return proof;
  const { index, entry, hashes, checkpoint: note } = proof.value;
  const opened = openCheckpoint(note, key.value.name, [key.value]);
  if (!opened.ok) return opened;
  const checkpoint = opened.value;
  if (index >= checkpoint.size)
    return wrong("proof.index", `entry ${index} of a checkpoint of ${checkpoint.size} entries`);
  if (!verifyInclusion(index, checkpoint.size, leafHash(entry), hashes, checkpoint.root))
    return wrong(
      "proof.mismatch",
      `the entry, its index or a hash is not what the log committed to at ${checkpoint.size} entries`,
    );
  return ok({ index, entry, checkpoint });
}

function wrong(code: ProofErrorCode, message: string): Result<never, ProofError> {
  return fail({ code, message });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

/** Node's decoder is lenient; only the canonical spelling is read. */
function decoded(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : null;
}
