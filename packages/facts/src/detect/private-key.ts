import { alphabet, contains } from "./alphabets.ts";
import { KEY_BLOCK_UNITS_MAX } from "./limits.ts";
import type { Finding, Rule } from "./rule.ts";

export const privateKey: Rule = {
  id: "secret.private-key",
  kind: "secret",
  title: "Private key block (PEM, OpenSSH, PGP)",
  severity: "critical",
};

export const PRIVATE_KEY_START = "-----BEGIN";
const LABEL = alphabet("A-Z0-9 _-");
const LABEL_UNITS_MAX = 110;
/** Fewer characters than any key has: a template, or the two lines of a description. */
const BODY_UNITS_MIN = 32;
const BODY = alphabet("A-Za-z0-9+/=:,. \r\n\\-");

/** In: where `-----BEGIN` stands. A block that is cut off ends where nothing of a key follows. */
export function privateKeyAt(text: string, at: number): Finding | null {
  let label = at + PRIVATE_KEY_START.length;
  const limit = Math.min(text.length, label + LABEL_UNITS_MAX);
  while (label < limit && contains(LABEL, text.charCodeAt(label))) label += 1;
  const head = text.slice(at, label);
  const opened = /PRIVATE KEY(?: BLOCK)?-----/.exec(head);
  if (opened === null) return null;
  const start = at + opened.index + opened[0].length;
  const within = text.slice(start, start + KEY_BLOCK_UNITS_MAX);
  const close = /KEY(?: BLOCK)?-----/.exec(within);
  const body = close === null ? bodyEnd(within) : close.index;
  if (body < BODY_UNITS_MIN || /^[^A-Za-z0-9]*(?:\.{3}|<|\$)/.test(within)) return null;
  return {
    rule: privateKey.id,
    start: at,
    end: start + (close === null ? body : body + close[0].length),
  };
}

function bodyEnd(within: string): number {
  let at = 0;
  while (at < within.length && contains(BODY, within.charCodeAt(at))) at += 1;
  return at;
}
