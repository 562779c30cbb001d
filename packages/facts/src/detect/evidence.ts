import { type Shape, shapeOf } from "./shape.ts";

/** Words that stand where a secret will be, and syntax that fetches one from elsewhere. */
const PLACEHOLDER =
  /example|placeholder|change[-_ ]?(?:me|it)|change[-_ ]?this|replace[-_ ]|\byour?[-_ ]|^your|[-_ ]your[-_ ]|insert[-_ ]|redacted|dummy|sample|mustache|not[-_ ]?a[-_ ]?(?:real|secret)|[-_ ]?here$|x{5}|\*{3}|#{4}|\.{3}|\u2026|\$\{|\$\(|\{\{|%\(|<[a-z_ -]+>|\[[a-z_ -]+\]|process\.env|os\.environ|getenv|secrets\.|vault:|ssm:|\bvars?\./i;
/** A value whose head is looked at for those words: what is longer is no placeholder. */
const PLACEHOLDER_UNITS_MAX = 256;

export function isPlaceholder(value: string): boolean {
  const head = value.slice(0, PLACEHOLDER_UNITS_MAX);
  return PLACEHOLDER.test(head) || /^[$<%@{]/.test(head);
}

/** Alphabets and keyboards counted out, one character over and over, a few characters in turn. */
export function isPatterned(shape: Shape): boolean {
  if (shape.longestPattern >= 9 || (shape.longestPattern >= 7 && shape.length < 80)) return true;
  if (shape.patterned * 5 > shape.length * 2) return true;
  return shape.length >= 16 && shape.entropy < 2.5;
}

/** The body of a token of a known form: anything but a pattern, a placeholder or plain words. */
export function isTokenBody(token: string): boolean {
  const shape = shapeOf(token);
  return !isPatterned(shape) && !isPlaceholder(token) && (shape.digits > 0 || isJumble(shape));
}

/** A value that a generator made, judged for a place where secrets stand. */
export function isGenerated(value: string, lengthMin: number): boolean {
  const shape = shapeOf(value);
  if (shape.length < lengthMin || isPatterned(shape)) return false;
  const letters = shape.lower + shape.upper;
  if (letters === 0) return shape.others === 0 && shape.digits >= DIGITS_MIN && shape.digits !== 17;
  if (shape.digits === 0) return isJumble(shape);
  const changesMin = shape.length < 12 ? 2 : 3;
  return shape.changes >= changesMin && shape.entropy > (shape.length < 16 ? 2.5 : 2.8);
}

/** Numbers shorter than this are amounts, times and ids. */
const DIGITS_MIN = 15;

/** Letters alone look random when their case jumps more often than words put together do. */
function isJumble(shape: Shape): boolean {
  const letters = shape.lower + shape.upper;
  const mixed = shape.lower > 0 && shape.upper > 0;
  return mixed && letters >= 12 && shape.changes * 3 >= shape.length && shape.entropy >= 3.2;
}

/** Random enough to be taken for a credential wherever it stands alone as a value. */
export function isOpaque(value: string): boolean {
  if (value.length < 20 || !/^[A-Za-z0-9_.~+/=-]+$/.test(value) || isPlaceholder(value))
    return false;
  const shape = shapeOf(withoutWords(value));
  if (shape.length < 18 || shape.hex || isPatterned(shape)) return false;
  if (shape.lower + shape.upper < 3 || (shape.digits < 2 && !isJumble(shape))) return false;
  const changesMin = shape.length * (shape.length < 40 ? 0.28 : 0.22);
  return shape.changes >= changesMin && shape.entropy >= 3.4;
}

/** What is left of a path, a host name or a prefixed token when the words in it are taken out. */
export function withoutWords(value: string): string {
  return value.replace(/(?<![A-Za-z0-9])[A-Za-z]?[a-z]{2,15}(?![A-Za-z0-9])/g, "");
}

/** What a person chose: two kinds of characters are enough, words alone are not. */
export function isPassword(value: string): boolean {
  const shape = shapeOf(value);
  if (shape.length < 6 || /\s/.test(value) || shape.longestPattern >= shape.length - 1)
    return false;
  const letters = shape.lower + shape.upper;
  if (letters === 0) return shape.digits >= 6 && shape.others > 0;
  if (shape.digits > 0) return !isPatterned(shape);
  // `Passwort`, `user.password` and `reset-password` are words; `p@ss!word` is not.
  return /[^\w\s.,:;/()[\]{}<>"'`-]/.test(value) || isJumble(shape);
}
