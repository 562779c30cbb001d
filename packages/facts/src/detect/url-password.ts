import { isGenerated, isPlaceholder } from "./evidence.ts";
import { AUTHORITY_UNITS_MAX } from "./limits.ts";
import type { Finding, Rule } from "./rule.ts";

export const urlPassword: Rule = {
  id: "secret.url-password",
  kind: "secret",
  title: "Password or token in the authority of an address or connection string",
  severity: "high",
};

/** Pairs that documentation writes. */
const WORDS =
  /^(?:pass(?:word|wd)?|pwd|secret|token|user(?:name)?|test|x+|\*+|foo|bar|null|undefined|my[-_]?\w*|\w*pass(?:word)?)$/i;

/** In: where `://` stands. Out: the part of the user information that is secret. */
export function urlPasswordAt(text: string, at: number): Finding | null {
  const start = at + 3;
  const authority =
    /^[^\s/?#"'`<>\\]*/.exec(text.slice(start, start + AUTHORITY_UNITS_MAX))?.[0] ?? "";
  const end = authority.lastIndexOf("@");
  if (end === -1) return null;
  const colon = authority.indexOf(":");
  const hasPassword = colon !== -1 && colon < end;
  const from = hasPassword ? colon + 1 : 0;
  const value = authority.slice(from, end);
  const secret = hasPassword ? value.length >= 3 && !WORDS.test(value) : isGenerated(value, 16);
  if (!secret || isPlaceholder(value)) return null;
  return { rule: urlPassword.id, start: start + from, end: start + end };
}
