import { isPassword, isPlaceholder } from "./evidence.ts";
import { nameKind } from "./names.ts";
import type { Finding, Rule } from "./rule.ts";

export const commandPassword: Rule = {
  id: "secret.command-password",
  kind: "secret",
  title: "Password or token as an argument of a command",
  severity: "high",
};

const ARGUMENT = /^[ \t=]{1,8}(["']?)([^\s"'`]{1,512})/;
const DOCUMENTED =
  /^(?:user(?:name)?|test|foo|admin|name|login|root|x+|\w*user):(?:pass(?:word|wd)?|pwd|secret|token|test|bar|y+|x+|admin|root)$/i;

/** In: where ` -u` or ` --user` ends, in a command of curl. Out: `user:password` as a whole. */
export function userOptionAt(text: string, end: number): Finding | null {
  const found = ARGUMENT.exec(text.slice(end, end + 600));
  const pair = found?.[2] ?? "";
  const colon = pair.indexOf(":");
  if (found === null || colon === -1 || pair.length - colon < 4) return null;
  if (DOCUMENTED.test(pair) || isPlaceholder(pair) || /[$<[{]/.test(pair)) return null;
  const start = end + found[0].length - pair.length;
  return { rule: commandPassword.id, start, end: start + pair.length };
}

/** In: where `--` stands. Out: the value of `--password value` and the like, with a blank between. */
export function secretOptionAt(text: string, at: number): Finding | null {
  const option = /^--?([a-z][a-z0-9-]{2,40})/i.exec(text.slice(at, at + 48));
  if (option === null || !["password", "key"].includes(nameKind(option[1] ?? ""))) return null;
  return word(text, at + option[0].length);
}

/** In: where a word such as `password` of a netrc file ends. */
export function netrcPasswordAt(text: string, end: number): Finding | null {
  return word(text, end);
}

function word(text: string, end: number): Finding | null {
  const found = /^[ \t]{1,8}(["']?)([^\s"'`=]{6,512}={0,2})/.exec(text.slice(end, end + 600));
  const value = found?.[2] ?? "";
  if (found === null || !isPassword(value) || isPlaceholder(value) || /^[-$<({[]/.test(value))
    return null;
  const start = end + found[0].length - value.length;
  return { rule: commandPassword.id, start, end: start + value.length };
}
