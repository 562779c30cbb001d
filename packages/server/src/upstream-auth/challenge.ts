/** What a server's `WWW-Authenticate` says about how to be let in (RFC 6750, RFC 9728). */
export interface Challenge {
  /** Address of the metadata of the protected resource. */
  readonly metadata: string | null;
  /** Null where none are named. */
  readonly scopes: readonly string[] | null;
  readonly error: string | null;
}

export const NO_CHALLENGE: Challenge = { metadata: null, scopes: null, error: null };

const CHARS_MAX = 4_096;
const PARAMETER = /([a-z_]{1,64})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/giy;
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** The parameters of the challenge for bearer tokens; what cannot be read says nothing. */
export function readChallenge(header: string | null): Challenge {
  if (header === null || header.length > CHARS_MAX) return NO_CHALLENGE;
  const start = /(?:^|,)\s*bearer(?:\s+|$)/i.exec(header);
  if (start === null) return NO_CHALLENGE;
  const found = new Map<string, string>();
  let at = start.index + start[0].length;
  for (;;) {
    PARAMETER.lastIndex = at;
    const parameter = PARAMETER.exec(header);
    if (parameter === null) break;
    const [whole, name = "", quoted, plain] = parameter;
    const value = quoted === undefined ? (plain ?? "") : quoted.replace(/\\(.)/g, "$1");
    const key = name.toLowerCase();
    if (!found.has(key)) found.set(key, value);
    at += whole.length;
    const comma = /^\s*,\s*/.exec(header.slice(at));
    if (comma === null) break;
    at += comma[0].length;
  }
  const scope = found.get("scope");
  return {
    metadata: found.get("resource_metadata") ?? null,
    scopes: scope === undefined ? null : scopesOf(scope),
    error: found.get("error") ?? null,
  };
}

/** The scopes of a space-separated list, each once. */
export function scopesOf(text: string): readonly string[] {
  return [...new Set(text.split(" ").filter((scope) => SCOPE.test(scope)))];
}
