import { type Shape, shapeOf } from "./shape.ts";

/** Words that stand where a secret will be, and syntax that fetches one from elsewhere. */
const PLACEHOLDER =
  /example|placeholder|change[-_ ]?(?:me|it)|change[-_ ]?this|replace[-_ ]|\byour?[-_ ]|^your|[-_ ]your[-_ ]|insert[-_ ]|redacted|dummy|sample|mustache|not[-_ ]?a[-_ ]?(?:real|secret)|[-_ ]?here$|x{5}|\*{3}|#{4}|\.{3}|\u2026|\$\{|\$\(|\{\{|%\(|<[a-z_ -]+>|\[[a-z_ -]+\]|process\.env|os\.environ|getenv|secrets\.|vault:|ssm:|\bvars?\.|a-z0-9|a-za-z|0-9a|\[[a-z]-z/i;
/** A value whose head is looked at for those words: what is longer is no placeholder. */
const PLACEHOLDER_UNITS_MAX = 256;

export function isPlaceholder(value: string): boolean {
  const head = value.slice(0, PLACEHOLDER_UNITS_MAX);
  return PLACEHOLDER.test(head) || /^[$<%@{]/.test(head);
}

/** Alphabets and keyboards counted out, one character over and over, a few characters in turn. */
function isPatterned(shape: Shape): boolean {
  if (shape.longestPattern >= 9 || (shape.longestPattern >= 7 && shape.length < 80)) return true;
  if (shape.patterned * 5 > shape.length * 2) return true;
  return shape.length >= 16 && shape.entropy < 2.5;
}

/** The body of a token of a known form: anything but a pattern, a placeholder or plain words. */
export function isTokenBody(token: string): boolean {
  const shape = shapeOf(token);
  return (
    !isPatterned(shape) &&
    !isPlaceholder(token) &&
    (shape.digits > 0 || isJumble(token, shape, token.length < LONG_UNITS ? undefined : NAME_UNITS))
  );
}

/** A value that a generator made, judged for a place where secrets stand. */
export function isGenerated(value: string, lengthMin: number): boolean {
  const shape = shapeOf(value);
  if (shape.length < lengthMin || isPatterned(shape)) return false;
  const letters = shape.lower + shape.upper;
  if (letters === 0) return shape.others === 0 && shape.digits >= DIGITS_MIN && shape.digits !== 17;
  if (shape.digits === 0) return isJumble(value, shape);
  const changesMin = shape.length < 12 ? 2 : 3;
  return shape.changes >= changesMin && shape.entropy > (shape.length < 16 ? 2.5 : 2.8);
}

/** Numbers shorter than this are amounts, times and ids. */
const DIGITS_MIN = 15;

/** Letters alone look random when capitals cut them into pieces shorter than the words of a name. */
function isJumble(text: string, shape: Shape, piece: number = PIECE_UNITS): boolean {
  if (shape.lower === 0 || shape.upper === 0 || shape.entropy < 3.2) return false;
  const pieces = text.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g)?.length ?? 0;
  const letters = shape.lower + shape.upper;
  return letters >= 12 && letters < pieces * piece;
}

/** Random letters come in pieces of about 2.2, words of names in pieces of 4 and more. */
const PIECE_UNITS = 2.75;
/** Behind the prefix of a known form, and long enough for the mean to be near. */
const NAME_UNITS = 3.5;
const LONG_UNITS = 30;

/** Random enough to be taken for a credential wherever it stands alone as a value. */
export function isOpaque(value: string): boolean {
  if (value.length < OPAQUE_UNITS_MIN || value.length > OPAQUE_UNITS_MAX) return false;
  if (!/^[A-Za-z0-9_.~+=-][A-Za-z0-9_.~+/=-]+$/.test(value) || isPlaceholder(value)) return false;
  if (ULID.test(value)) return false;
  const rest = withoutWords(value);
  const shape = shapeOf(rest);
  if (shape.length < OPAQUE_REST_UNITS_MIN || shape.hex || isPatterned(shape)) return false;
  if (shape.lower + shape.upper < 3 || (shape.digits < 2 && !isJumble(rest, shape))) return false;
  const changesMin = shape.length * (shape.length < 40 ? 0.28 : 0.22);
  return shape.changes >= changesMin && shape.entropy >= 3.4;
}

const OPAQUE_UNITS_MIN = 20;
/** Longer ones are data: images, programs, signatures. */
const OPAQUE_UNITS_MAX = 1_024;
const OPAQUE_REST_UNITS_MIN = 18;
/** Ids that begin with the time; nobody may do anything with one. */
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

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
  return /[^\w\s.,:;/()[\]{}<>"'`-]/.test(value) || isJumble(value, shape);
}
