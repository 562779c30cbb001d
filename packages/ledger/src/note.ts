import { fail, ok, type Result } from "@bylaw/core";
import { type LedgerError, ledgerError } from "./errors.ts";
import type { NoteSigner, NoteVerifier } from "./key.ts";
import { NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX } from "./limits.ts";
import { isKeyName } from "./raw-key.ts";

/** A note that at least one known key has signed and no known key contradicts. */
export interface OpenNote {
  /** What was signed, with its last newline. */
  readonly text: string;
  /** Keys whose signatures were checked. */
  readonly verified: readonly { readonly name: string; readonly id: number }[];
}

/** One signature line of a note, as written; nothing of it is checked yet. */
export interface SignatureLine {
  readonly name: string;
  readonly id: number;
  readonly signature: Uint8Array;
}

/** Signs a text (C2SP signed-note v1.0.0). In: text that ends in a newline. Out: the whole note. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  if (!isNoteText(text)) throw new RangeError("not a note text");
  const message = Buffer.from(text, "utf8");
  const lines = signers.map(({ name, id, sign }) =>
    signatureLine({ name, id, signature: sign(message) }),
  );
  return `${text}\n${lines.join("")}`;
}

/** `\u2014 <name> <base64(id || signature)>` with its newline. */
export function signatureLine({ name, id, signature }: SignatureLine): string {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(id);
  return `\u2014 ${name} ${Buffer.concat([number, signature]).toString("base64")}\n`;
}

/**
 * Opens a signed note: signatures of unknown keys are ignored, one known key that does not verify
 * rejects the note, and so does the absence of any known key.
 */
export function openNote(
  note: string,
  verifiers: readonly NoteVerifier[],
): Result<OpenNote, LedgerError> {
  const parsed = parseNote(note);
  if (!parsed.ok) return parsed;
  const { text, signatures } = parsed.value;
  const message = Buffer.from(text, "utf8");
  const verified: NoteVerifier[] = [];
  for (const { name, id, signature } of signatures) {
    for (const verifier of verifiers) {
      if (verifier.name !== name || verifier.id !== id) continue;
      // One key counts once, however often its line is repeated.
      if (verified.includes(verifier)) continue;
      if (!verifier.verify(message, signature))
        return fail(ledgerError("note.signature", `signature of \`${name}\` does not verify`));
      verified.push(verifier);
    }
  }
  if (verified.length === 0)
    return fail(ledgerError("note.unsigned", "no known key has signed the note"));
  return ok({ text, verified: verified.map(({ name, id }) => ({ name, id })) });
}

/** Takes a note apart without checking a signature. */
export function parseNote(
  note: string,
): Result<{ readonly text: string; readonly signatures: readonly SignatureLine[] }, LedgerError> {
  // The text may contain empty lines itself: it ends at the last one.
  const split = note.lastIndexOf("\n\n");
  const text = note.slice(0, split + 1);
  if (split < 0 || note.length > NOTE_BYTES_MAX || !isNoteText(text) || !note.endsWith("\n"))
    return fail(ledgerError("note.malformed", "not a signed note"));
  const lines = note.slice(split + 2, -1).split("\n");
  if (lines.length > NOTE_SIGNATURES_MAX)
    return fail(ledgerError("note.malformed", `over ${NOTE_SIGNATURES_MAX} signatures`));
  const signatures: SignatureLine[] = [];
  for (const line of lines) {
    const signature = parseSignature(line);
    if (signature === null)
      return fail(ledgerError("note.malformed", "a signature line does not parse"));
    signatures.push(signature);
  }
  return ok({ text, signatures });
}

function parseSignature(line: string): SignatureLine | null {
  const match = /^\u2014 (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line);
  const [, name = "", encoded = ""] = match ?? [];
  const bytes = Buffer.from(encoded, "base64");
  if (!isKeyName(name) || bytes.toString("base64") !== encoded || bytes.length < 5) return null;
  return { name, id: bytes.readUInt32BE(0), signature: bytes.subarray(4) };
}

/** Well-formed text that ends in a newline and holds no other control character. */
function isNoteText(text: string): boolean {
  return text.endsWith("\n") && text.isWellFormed() && !/[^\n\P{Cc}]/u.test(text);
}
