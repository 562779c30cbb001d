import type { Assignment } from "./assignment.ts";
import { isGenerated, isOpaque, isPassword, isPlaceholder, withoutWords } from "./evidence.ts";
import { nameKind } from "./names.ts";
import type { Finding, Rule } from "./rule.ts";

export const assignedKey: Rule = {
  id: "secret.assigned-key",
  kind: "secret",
  title: "Random value under the name of a key, token or secret",
  severity: "high",
};
export const assignedPassword: Rule = {
  id: "secret.assigned-password",
  kind: "secret",
  title: "Value under the name of a password",
  severity: "high",
};
export const authorization: Rule = {
  id: "secret.authorization",
  kind: "secret",
  title: "Credential in an authorization header",
  severity: "high",
};
export const opaque: Rule = {
  id: "secret.opaque",
  kind: "secret",
  title: "Value that is one random token",
  severity: "low",
};

const KEY_UNITS_MIN = 10;
/** The start of a value shows what it is. */
const EVIDENCE_UNITS_MAX = 512;
const WEAK_UNITS_MIN = 16;
/** A stretch of this many units makes a text with blanks more than a sentence. */
const STRETCH_UNITS_MIN = 16;

/** What an assignment gives away, or null. */
export function judge(text: string, assignment: Assignment): Finding | null {
  const { start, end, quoted, setting } = assignment;
  const kind = nameKind(assignment.name);
  if (kind === "harmless" || (kind === "plain" && !quoted)) return null;
  const value = text.slice(start, Math.min(end, start + EVIDENCE_UNITS_MAX));
  const found = (rule: Rule, from = start): Finding => ({ rule: rule.id, start: from, end });
  if (kind === "authorization") return authorized(text, assignment);
  if (kind === "plain") return isOpaque(text.slice(start, end)) ? found(opaque) : null;
  if (isPlaceholder(value)) return null;
  if (!quoted && !setting && isCode(value, text[end])) return null;
  if (/\s/.test(value))
    return quoted && kind !== "weak" && hasStretch(value) ? found(assignedKey) : null;
  if (kind === "password") return isPassword(value) ? found(assignedPassword) : null;
  if (kind === "weak")
    return quoted && isOpaque(value) && value.length >= WEAK_UNITS_MIN ? found(assignedKey) : null;
  return isGenerated(withoutWords(value), KEY_UNITS_MIN) ? found(assignedKey) : null;
}

/** A call, an index or a chain of names is code that fetches a value. */
function isCode(value: string, next: string | undefined): boolean {
  return (
    /[()[\]{}]/.test(value) ||
    next === ")" ||
    /^[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)+$/.test(value)
  );
}

function hasStretch(value: string): boolean {
  return value
    .split(/[\s"'`,;]+/)
    .some((part) => isGenerated(withoutWords(part), STRETCH_UNITS_MIN));
}

/** `Authorization: Bearer …`: a scheme, blanks, and what follows it. */
function authorized(text: string, assignment: Assignment): Finding | null {
  const head =
    /^(?:[A-Za-z][A-Za-z-]{1,20}[ \t]{1,8})?/.exec(
      text.slice(assignment.start, assignment.start + 32),
    )?.[0] ?? "";
  const start = assignment.start + head.length;
  const rest = /^[^\s"'`,;<>\\]*/.exec(text.slice(start, start + 4_096))?.[0] ?? "";
  if (rest.length < 8 || isPlaceholder(rest) || !isPassword(rest)) return null;
  return { rule: authorization.id, start, end: start + rest.length };
}
