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
  let words = 0;
  for (const { text, kind } of leaves) {
    const whole = text.length <= URL_UNITS_MAX ? wholeText(text.trim()) : null;
    if (whole !== null) found.push(whole);
    if (kind !== "command" && kind !== "sql" && kind !== "url" && !/^\s*[a-z]+:\/\//i.test(text))
      continue;
    for (const url of addressesIn(text)) found.push(url);
    for (const name of text.match(/[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+/gu) ?? []) {
      words += 1;
      if (words > SHIELD_WORDS_MAX) return null;
      const host = canonical(name);
      if (host !== null) found.push({ host, url: null, effect: null });
    }
  }
  return found;
}

/** `evil.example`, `evil.example:443/x` or `https://evil.example/x`, and nothing else beside it. */
function wholeText(text: string): Reached | null {
  if (/^[a-z][a-z0-9+.-]{0,15}:\/\//i.test(text)) return reach(text);
  if (!/^[^\s/\\@]+\.[^\s/\\@.]+\.?(?::\d+)?(?:\/\S*)?$/.test(text)) return null;
  const host = canonical(text.split("/")[0] ?? "");
  return host === null ? null : { host, url: null, effect: null };
}

function reach(text: string): Reached | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const host = url.hostname.replace(/\.$/, "");
  return host === "" ? null : { host, url, effect: null };
}

function addressesIn(text: string): readonly Reached[] {
  const found: Reached[] = [];
  for (let at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 3)) {
    const scheme = /[a-z][a-z0-9+.-]*$/i.exec(text.slice(Math.max(0, at - 16), at))?.[0];
    const rest = text.slice(at + 3, at + URL_UNITS_MAX).split(/[\s"'`<>|;)\]}]/, 1)[0] ?? "";
    const one = scheme === undefined ? null : reach(`${scheme}://${rest}`);
    if (one !== null) found.push(one);
  }
  return found;
}

/** The host as the URL standard writes it; null for what is none. */
function canonical(text: string): string | null {
  if (text.length > 300 || !URL.canParse(`http://${text}`)) return null;
  return new URL(`http://${text}`).hostname.replace(/\.$/, "") || null;
}
