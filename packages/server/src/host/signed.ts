import { type BundleFile, type OpenText, readBundleFile, renderError } from "@bylaw/bundle";
import { fail, ok, type Result } from "@bylaw/core";
import { openNote, parseVerifierKey } from "@bylaw/ledger";

/** Opens notes that the holder of one of these keys has signed. Throws when one is no key. */
export function openedBy(vkeys: readonly string[]): OpenText {
  const keys = vkeys.map((vkey) => {
    const key = parseVerifierKey(vkey);
    if (!key.ok) throw new Error(key.error.message);
    return key.value;
  });
  return (note) => {
    const opened = openNote(note, keys);
    if (opened.ok) return ok(opened.value.text);
    return fail(opened.error.code === "note.unsigned" ? "unsigned" : "invalid");
  };
}

/** A bundle file whose signature holds; errors are texts that name it. */
export function readSigned(
  name: string,
  text: string,
  vkeys: readonly string[],
): Result<BundleFile, readonly string[]> {
  const file = readBundleFile(text, openedBy(vkeys));
  return file.ok ? file : fail(file.error.map((error) => `${name}: ${renderError(error)}`));
}
