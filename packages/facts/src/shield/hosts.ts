import type { Leaf } from "../infer/leaves.ts";
import { SHIELD_WORDS_MAX, URL_UNITS_MAX } from "../limits.ts";

/** A network destination that an action names. */
export interface Reached {
  /** Canonical: lower case, punycode, no trailing dot. */
  readonly host: string;
  /** The whole address; null where only the host is known. */
  readonly url: URL | null;
  readonly effect: number | null;
}

/**
 * Destinations in texts: whole texts that are an address or a host, and every address and host in
 * commands, statements and addresses that have no single reading. Null: too many words to look at.
 */
export function reachedIn(leaves: readonly Leaf[]): readonly Reached[] | null {
  const found: Reached[] = [];
  let left = SHIELD_WORDS_MAX;
  for (const { text, kind } of leaves) {
    const whole = text.length <= URL_UNITS_MAX ? wholeText(text.trim()) : null;
    if (whole !== null) found.push(whole);
    const searched = kind === "command" || kind === "sql" || kind === "url";
    if (!searched && !/^\s*[a-z]+:\/\//i.test(text)) continue;
    const named = text.match(/[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+/gu) ?? [];
    const addresses = addressesIn(text, left);
    left -= named.length + addresses.length;
    if (left < 0) return null;
    found.push(...addresses.filter((one) => one !== null));
    for (const host of named.map(canonical))
      if (host !== null) found.push({ host, url: null, effect: null });
  }
  return found;
}

/** `evil.example`, `evil.example:443/x` or `https://evil.example/x`, and nothing else beside it. */
function wholeText(text: string): Reached | null {
  if (/[\s\\@]/.test(text)) return null;
  if (/^[a-z][a-z0-9+.-]{0,15}:\/\//i.test(text)) return reach(text);
  const name = text.split("/", 1)[0] ?? "";
  const host = name.includes(".") ? canonical(name) : null;
  return host === null ? null : { host, url: null, effect: null };
}

function reach(text: string): Reached | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const host = url.hostname.replace(/\.$/, "");
  return host === "" ? null : { host, url, effect: null };
}

/** UTF-16 units of an address inside other text. */
const INNER_UNITS_MAX = 2_048;

/** At most one more than `most`; null for what is no address after all. */
function addressesIn(text: string, most: number): readonly (Reached | null)[] {
  const found: (Reached | null)[] = [];
  for (
    let at = text.indexOf("://");
    at >= 0 && found.length <= most;
    at = text.indexOf("://", at + 3)
  ) {
    const scheme = /[a-z][a-z0-9+.-]*$/i.exec(text.slice(Math.max(0, at - 16), at))?.[0];
    const rest = text.slice(at + 3, at + INNER_UNITS_MAX).split(/[\s"'`<>|;)\]}]/, 1)[0] ?? "";
    found.push(scheme === undefined ? null : reach(`${scheme}://${rest}`));
  }
  return found;
}

/** The host as the URL standard writes it; null for what is none. */
function canonical(text: string): string | null {
  if (text.length > 300 || !URL.canParse(`http://${text}`)) return null;
  return new URL(`http://${text}`).hostname.replace(/\.$/, "") || null;
}
