import { createHash } from "node:crypto";

/** What the endpoint of all upstreams is called inside this gateway: no upstream can have this name. */
export const MERGED = "*";
/** Between a server's prefix and the name of its tool or prompt. */
const SEPARATOR = "__";
/** Characters of a tool's name that the models' own interfaces accept. */
export const NAME_CHARS_MAX = 64;

const PREFIX_CHARS_MAX = 24;
const PREFIX_DIGITS = 8;
const NAME_DIGITS = 10;
/** No two separators can be found in such a prefix, and none can begin at its end. */
const PLAIN_PREFIX = /^[A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)*$/;
const HASHED_PREFIX = /-[0-9a-f]{8}$/;
const SHORTENED = /^.{53}-[0-9a-f]{10}$/s;
const SCHEME = "bylaw:";

/** Names of one upstream's things as clients of the merged endpoint see them. */
export interface Names {
  readonly upstreams: readonly string[];
  /** A tool or prompt of an upstream. */
  shown(upstream: string, name: string): string;
  /**
   * Whose tool or prompt a shown name is. `name` null: it was shortened, and no list has shown yet what
   * from; `ambiguous`: two names of that server were shortened to it.
   */
  read(shown: string): { readonly upstream: string; readonly name: string | null } | null;
  ambiguous(shown: string): boolean;
}

/** Names that were shortened and are remembered. */
const REMEMBERED_MAX = 100_000;

/**
 * In: the names of the upstreams. What is shown can be read back without a table, but for names that had
 * to be shortened: those are remembered, and two that come out alike name nothing.
 */
export function createNames(upstreams: readonly string[]): Names {
  const prefixes = new Map(upstreams.map((upstream) => [upstream, prefixOf(upstream)]));
  const owners = new Map([...prefixes].map(([upstream, prefix]) => [prefix, upstream]));
  const shortened = new Map<string, string | null>();

  const remember = (shown: string, name: string): void => {
    const known = shortened.get(shown);
    shortened.set(shown, known === undefined || known === name ? name : null);
    if (shortened.size <= REMEMBERED_MAX) return;
    const [oldest] = shortened.keys();
    if (oldest !== undefined) shortened.delete(oldest);
  };

  return {
    upstreams: [...upstreams],
    shown(upstream, name) {
      const whole = `${prefixes.get(upstream)}${SEPARATOR}${name}`;
      // A name that looks shortened would otherwise pass for one that was.
      if (whole.length <= NAME_CHARS_MAX && !SHORTENED.test(whole)) return whole;
      const kept = whole.slice(0, NAME_CHARS_MAX - NAME_DIGITS - 1).padEnd(53, "-");
      const shown = `${kept.replace(/[\ud800-\udbff]$/, "-")}-${digits(name, NAME_DIGITS)}`;
      remember(shown, name);
      return shown;
    },
    read(shown) {
      const at = shown.indexOf(SEPARATOR);
      const upstream = at < 0 ? undefined : owners.get(shown.slice(0, at));
      if (upstream === undefined) return null;
      if (SHORTENED.test(shown)) return { upstream, name: shortened.get(shown) ?? null };
      const name = shown.slice(at + SEPARATOR.length);
      // Only what `shown` itself would write is a name: nothing has two spellings.
      return name === "" || shown.length > NAME_CHARS_MAX ? null : { upstream, name };
    },
    ambiguous: (shown) => shortened.get(shown) === null,
  };
}

/** An upstream's name where it can stand before the separator, else as much of it as can and a digest. */
function prefixOf(upstream: string): string {
  const plain = PLAIN_PREFIX.test(upstream) && upstream.length <= PREFIX_CHARS_MAX;
  if (plain && !HASHED_PREFIX.test(upstream)) return upstream;
  const kept = upstream
    .slice(0, PREFIX_CHARS_MAX - PREFIX_DIGITS - 1)
    .replace(/[^A-Za-z0-9-]+/g, "-");
  return `${kept}-${digits(upstream, PREFIX_DIGITS)}`;
}

function digits(text: string, count: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, count);
}

/** A resource of an upstream: its own address, exactly, behind the name of the server. */
export function shownUri(upstream: string, uri: string): string {
  return `${SCHEME}${upstream}:${uri}`;
}

/** Whose resource an address is. Null for what `shownUri` does not write. */
export function readUri(
  upstreams: readonly string[],
  shown: string,
): { readonly upstream: string; readonly uri: string } | null {
  if (!shown.startsWith(SCHEME)) return null;
  const rest = shown.slice(SCHEME.length);
  const at = rest.indexOf(":");
  const upstream = at < 0 ? "" : rest.slice(0, at);
  const uri = rest.slice(at + 1);
  return upstreams.includes(upstream) && uri !== "" ? { upstream, uri } : null;
}
