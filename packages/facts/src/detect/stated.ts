import { isGenerated, isPassword, isPlaceholder, withoutWords } from "./evidence.ts";
import { assignedKey, assignedPassword } from "./generic.ts";
import { nameKind } from "./names.ts";
import type { Finding } from "./rule.ts";

/** UTF-16 units before the verb in which the name stands. */
const NAME_UNITS_MAX = 48;
const VALUE_UNITS_MIN = 12;

/** In: where ` is ` or ` to ` stands. Out: the value of `the key is …`, `set the password to …`. */
export function statedAt(text: string, at: number): Finding | null {
  const before = text.slice(Math.max(0, at - NAME_UNITS_MAX), at);
  const name = /(?:[A-Za-z]{2,24}[ _-])?[A-Za-z][\w-]{1,30}$/.exec(before)?.[0];
  const kind = name === undefined ? "plain" : nameKind(name.replaceAll(" ", "_"));
  if (kind !== "password" && kind !== "key" && kind !== "weak") return null;
  const found = /^ (?:is|to):? (["'`]?)([^\s"'`,;<>]{6,512})/.exec(text.slice(at, at + 530));
  const value = (found?.[2] ?? "").replace(/[.!?)]+$/, "");
  if (found === null || isPlaceholder(value)) return null;
  const start = at + found[0].length - (found[2] ?? "").length;
  const finding = { start, end: start + value.length };
  if (kind === "password")
    return isPassword(value) && /\d|[^\w]/.test(value)
      ? { rule: assignedPassword.id, ...finding }
      : null;
  const random = isGenerated(withoutWords(value), VALUE_UNITS_MIN);
  return random ? { rule: assignedKey.id, ...finding } : null;
}
