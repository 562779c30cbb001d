import { PATH_UNITS_MAX } from "../limits.ts";

/** How deep a percent-encoding may be nested before the text is not a path any more. */
const DECODINGS_MAX = 3;

/**
 * Every way a server might read one path argument: as written first, then percent-decoded, with
 * backslashes as separators, and in Unicode's compatibility form (a fullwidth solidus is a slash to
 * some). Null: no reading can be trusted (control characters, over-long, nested too deep, a remote
 * or malformed `file:` address).
 */
export function readings(raw: string): readonly string[] | null {
  if (raw === "" || raw.length > PATH_UNITS_MAX || !raw.isWellFormed()) return null;
  const written = fromFileUri(raw);
  if (written === null) return null;
  const found = new Set<string>();
  const waiting = [{ text: written, decodings: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { text, decodings } = next;
    // oxlint-disable-next-line no-control-regex -- a NUL ends the path for the kernel
    if (/[\u0000-\u001f\u007f]/.test(text)) return null;
    if (found.has(text)) continue;
    found.add(text);
    if (text.includes("\\")) waiting.push({ text: text.replaceAll("\\", "/"), decodings });
    const compatible = text.normalize("NFKC");
    if (compatible !== text) waiting.push({ text: compatible, decodings });
    if (/%[0-9a-f]{2}/i.test(text)) {
      if (decodings === DECODINGS_MAX) return null;
      const decoded = percentDecode(text);
      if (decoded === null) return null;
      waiting.push({ text: decoded, decodings: decodings + 1 });
    }
  }
  return [...found];
}

/** The path of a `file:` address without decoding it, any other text as it is, null if it is remote. */
function fromFileUri(raw: string): string | null {
  if (!/^\s*file:/i.test(raw)) return raw;
  const found = /^file:(?:\/\/(?:localhost)?(?=\/)|(?=\/(?!\/)))(\/[^?#]*)$/i.exec(raw);
  return found?.[1] ?? null;
}

function percentDecode(text: string): string | null {
  try {
    // A percent sign that starts no escape stands for itself.
    return decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, "%25"));
  } catch {
    return null; // not UTF-8: overlong forms such as %c0%af are slashes to some decoders
  }
}
