import { fail, ok, type Result } from "@bylaw/core";
import { type Checkpoint, openCheckpoint, parseCheckpoint } from "./checkpoint.ts";
import { type LedgerError, ledgerError } from "./errors.ts";
import { HASH_BYTES, sameBytes } from "./hash.ts";
import type { NoteVerifier } from "./key.ts";
import { SUBMISSION_HASHES_MAX } from "./limits.ts";
import { parseNote } from "./note.ts";
import { verifyConsistency } from "./proof.ts";

/** What a log, or anybody for it, submits to a witness (C2SP tlog-witness `add-checkpoint`). */
export interface Submission {
  /** Size of the last checkpoint that the sender believes the witness to have cosigned. */
  readonly old: number;
  /** Consistency proof from `old` to the checkpoint. */
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint. */
  readonly note: string;
}

export function encodeSubmission({ old, proof, note }: Submission): string {
  const hashes = proof.map((hash) => `${Buffer.from(hash).toString("base64")}\n`);
  return `old ${old}\n${hashes.join("")}\n${note}`;
}

/** Reads a submission; anything but the canonical spelling is `note.malformed`. */
export function parseSubmission(body: string): Result<Submission, LedgerError> {
  const malformed = fail(ledgerError("note.malformed", "not an add-checkpoint request"));
  // The first empty line ends the proof; the checkpoint has one of its own.
  const end = body.indexOf("\n\n");
  if (end < 0) return malformed;
  const [first = "", ...lines] = body.slice(0, end).split("\n");
  const old = Number(/^old (0|[1-9]\d{0,15})$/.exec(first)?.[1] ?? Number.NaN);
  if (!Number.isSafeInteger(old) || lines.length > SUBMISSION_HASHES_MAX) return malformed;
  const proof = lines.map((line) => Buffer.from(line, "base64"));
  const spelled = proof.every(
    (hash, at) => hash.length === HASH_BYTES && hash.toString("base64") === lines[at],
  );
  return spelled ? ok({ old, proof, note: body.slice(end + 2) }) : malformed;
}

/** A log that a witness follows, and the last checkpoint that it cosigned for it. */
export interface Followed {
  readonly verifier: NoteVerifier;
  readonly last: { readonly size: number; readonly root: Uint8Array; readonly note: string } | null;
}

/** Whether a refused checkpoint, which the log did sign, speaks against the log. */
export type Suspicion =
  | "none"
  /** Nobody has shown that it continues the last one: the log's doing, or the sender's. */
  | "unproven"
  /** It has the size of the last one and another root: the log signed two histories. */
  | "forked";

/** What becomes of a submission; the codes are the protocol's HTTP status codes. */
export type Ruling =
  | { readonly status: 200; readonly checkpoint: Checkpoint; readonly text: string }
  /** `old` is not the last size, which the answer names. */
  | { readonly status: 409; readonly size: number; readonly suspicion: Suspicion }
  | {
      readonly status: 400 | 403 | 404 | 422;
      readonly reason: string;
      readonly suspicion: Suspicion;
    };

/**
 * Decides on a submission, in the order of the specification: known origin, signature, sizes,
 * proof. Only 200 permits a cosignature, and only once `checkpoint` has replaced `last` on disk.
 */
export function ruleOn(
  submission: Submission,
  followed: (origin: string) => Followed | null,
): Ruling {
  const { old, proof, note } = submission;
  const parsed = parseNote(note);
  if (!parsed.ok) return refuse(400, "the checkpoint is not a signed note");
  const origin = parsed.value.text.split("\n", 1)[0] ?? "";
  const log = followed(origin);
  if (log === null) return refuse(404, "the origin is not followed here");
  const opened = openCheckpoint(note, origin, [log.verifier]);
  if (!opened.ok) {
    // Only a text that the log did sign can be malformed; everything else is a signature's fault.
    const signed = opened.error.code === "checkpoint.malformed";
    return signed
      ? refuse(400, opened.error.message)
      : refuse(403, "no signature of the log's key verifies");
  }
  const checkpoint = opened.value;
  if (old > checkpoint.size) return refuse(400, "the old size is larger than the checkpoint's");
  const { last } = log;
  const size = last?.size ?? 0;
  const forked = last !== null && isFork(checkpoint, last);
  if (old !== size) return { status: 409, size, suspicion: forked ? "forked" : "none" };
  if (forked) return { status: 422, reason: "another root at the same size", suspicion: "forked" };
  if (last === null || size === 0)
    return proof.length === 0
      ? { status: 200, checkpoint, text: parsed.value.text }
      : refuse(422, "a proof from nothing is empty");
  if (!verifyConsistency(old, checkpoint.size, proof, last.root, checkpoint.root))
    return {
      status: 422,
      reason: "the checkpoint is not shown to continue the last one",
      suspicion: "unproven",
    };
  return { status: 200, checkpoint, text: parsed.value.text };
}

/** Whether two checkpoints of one log commit to other entries at the same size. */
export function isFork(
  a: Pick<Checkpoint, "size" | "root">,
  b: Pick<Checkpoint, "size" | "root">,
): boolean {
  return a.size === b.size && !sameBytes(a.root, b.root);
}

function refuse(status: 400 | 403 | 404 | 422, reason: string): Ruling {
  return { status, reason, suspicion: "none" };
}

/** The checkpoint in a note that was opened before; null for text that is none. */
export function checkpointIn(note: string): Checkpoint | null {
  const parsed = parseNote(note);
  const checkpoint = parsed.ok ? parseCheckpoint(parsed.value.text) : parsed;
  return checkpoint.ok ? checkpoint.value : null;
}
