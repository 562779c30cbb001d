import { fail, ok, type Result } from "@bylaw/core";
import { type LedgerError, ledgerError } from "./errors.ts";
import { HASH_BYTES } from "./hash.ts";
import type { NoteSigner, NoteVerifier } from "./key.ts";
import { openNote, signNote } from "./note.ts";

/** What a log commits to when it signs: all of its first `size` entries. */
export interface Checkpoint {
  /** Names the log; also the name of its signing key. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** Three lines: origin, size, base64 root (C2SP tlog-checkpoint). Bylaw writes no extension lines. */
export function encodeCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString("base64")}\n`;
}

/** Reads a checkpoint text; anything but the canonical spelling without extension lines is refused. */
export function parseCheckpoint(text: string): Result<Checkpoint, LedgerError> {
  const [origin = "", sizeText = "", rootText = ""] = text.split("\n");
  const checkpoint: Checkpoint = {
    origin,
    size: Number(sizeText),
    root: Buffer.from(rootText, "base64"),
  };
  const canonical =
    origin !== "" &&
    Number.isSafeInteger(checkpoint.size) &&
    checkpoint.size >= 0 &&
    checkpoint.root.length === HASH_BYTES &&
    encodeCheckpoint(checkpoint) === text;
  return canonical
    ? ok(checkpoint)
    : fail(ledgerError("checkpoint.malformed", "not a checkpoint of origin, size and root"));
}

export function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): string {
  if (signer.name !== checkpoint.origin)
    throw new RangeError("a checkpoint is signed by the key that bears the log's origin");
  return signNote(encodeCheckpoint(checkpoint), [signer]);
}

/**
 * Opens a signed checkpoint of the log `origin`: the log's own key must have signed it, whoever
 * else has.
 */
export function openCheckpoint(
  note: string,
  origin: string,
  verifiers: readonly NoteVerifier[],
): Result<Checkpoint, LedgerError> {
  const opened = openNote(note, verifiers);
  if (!opened.ok) return opened;
  const checkpoint = parseCheckpoint(opened.value.text);
  if (!checkpoint.ok) return checkpoint;
  if (checkpoint.value.origin !== origin)
    return fail(
      ledgerError("checkpoint.malformed", `checkpoint of \`${checkpoint.value.origin}\``),
    );
  if (!opened.value.verified.some(({ name }) => name === origin))
    return fail(ledgerError("note.unsigned", "the log itself has not signed the checkpoint"));
  return checkpoint;
}
