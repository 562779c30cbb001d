import { FILE_CLASSES } from "../files/classes.ts";
import { SHELL_ALTERNATIVES_MAX } from "../limits.ts";
import type { Part, Word } from "./syntax/ast.ts";

export function isPattern(text: string): boolean {
  return /[*?]|\[[^\]]*\]|[@+]\(/.test(text);
}

/** A pattern of the shell as the source of a regular expression that runs in linear time. */
export function patternSource(pattern: string, greedy: boolean): string {
  const any = greedy ? ".*" : ".*?";
  return pattern
    .replace(/\*+/g, "*")
    .split(/(\[!?\]?[^\]/]*\]|[*?])/)
    .map((piece, at) => {
      if (at % 2 === 0) return escaped(piece);
      if (piece === "*") return any;
      if (piece === "?") return ".";
      const negated = piece.startsWith("[!") || piece.startsWith("[^");
      const inside = piece.slice(negated ? 2 : 1, -1).replace(/[\\\]^[]/g, "\\$&");
      // `[:alpha:]` and ranges that end before they start: anything.
      if (inside === "" || inside.includes(":") || !isRanges(inside)) return ".";
      return `[${negated ? "^" : ""}${inside}]`;
    })
    .join("");
}

function isRanges(inside: string): boolean {
  for (const [, from = "", to = ""] of inside.matchAll(/([^\\])-([^\\])/g))
    if (from > to) return false;
  return true;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}

/** Sensitive names as paths without wildcards: what an unquoted pattern may stand for. */
const NAMES: readonly (readonly string[])[] = Object.values(FILE_CLASSES)
  .flat()
  .map((name) =>
    name
      .replaceAll("*", "x")
      .split("/")
      .filter((segment) => segment !== ""),
  );

/** Segments in front of and behind a sensitive place that a pattern is compared with. */
const WILD_SEGMENTS_MAX = 4;

/**
 * The sensitive paths that a pattern of file names may stand for: `.en*` may be `.env`. In: the
 * pattern as written; out: the pattern with the segments that match replaced, without repeats.
 */
export function sensitiveMatches(pattern: string): readonly string[] {
  const segments = pattern.split("/");
  const wild = segments.flatMap((segment, at) => (isPattern(segment) ? [at] : []));
  if (wild.length === 0 || wild.length > WILD_SEGMENTS_MAX) return [];
  const compiled = segments.map((segment) =>
    isPattern(segment)
      ? matcher(segment)
      : (name: string): boolean => name === segment.toLowerCase(),
  );
  const found = new Set<string>();
  for (const name of NAMES)
    for (let at = 0; at < segments.length; at += 1) {
      // The pattern may end inside of a sensitive folder's path, or go on below it.
      const overlap = Math.min(name.length, segments.length - at);
      if (!wild.some((index) => index >= at && index < at + overlap)) continue;
      // `*` alone means no file in particular, but in `.github/*` it means what stands there.
      const literal = segments.slice(at, at + overlap).some((segment) => !isPattern(segment));
      const fits = (part: string, offset: number): boolean =>
        (literal && isAny(segments[at + offset] ?? "", part)) ||
        (compiled[at + offset]?.(part) ?? false);
      if (!name.slice(0, overlap).every(fits)) continue;
      found.add([...segments.slice(0, at), ...name, ...segments.slice(at + name.length)].join("/"));
    }
  return [...found].slice(0, SHELL_ALTERNATIVES_MAX);
}

/** All files, or all of one kind: means no file in particular. */
const COMMON = /^[*?]+(\.\w+)*$/;

function isAny(segment: string, name: string): boolean {
  return /^\*+$/.test(segment) && !name.startsWith(".");
}

/** A name that starts with a dot is matched by a pattern that does, too. */
function matcher(segment: string): (name: string) => boolean {
  const pattern = new RegExp(`^${patternSource(segment.toLowerCase(), true)}$`, "s");
  const hidden = /^[.[]/.test(segment);
  return (name) => (hidden || !name.startsWith(".")) && !COMMON.test(segment) && pattern.test(name);
}

/** `{a,b}` and `{1..3}` written out; throws TooMany over SHELL_ALTERNATIVES_MAX words. */
export function bracesOf(word: Word): readonly Word[] {
  if (!word.some((part) => part.kind === "text" && !part.quoted && part.text.includes("{")))
    return [word];
  const units = unitsOf(word);
  if (units.filter((unit) => unit === "{").length > SHELL_ALTERNATIVES_MAX) throw new TooMany();
  const words = expandBraces(units);
  if (words === null) throw new TooMany();
  return words.map(partsOf);
}

/** Whether a word of nothing but text stands for more words than are written out: `{1..99}`. */
export function isMany(word: Word): boolean {
  if (word.some(({ kind }) => kind !== "text")) return false;
  try {
    bracesOf(word);
    return false;
  } catch (error) {
    if (!(error instanceof TooMany)) throw error;
    return true;
  }
}

/** A word has more values than are looked at; the command is then unknown. */
export class TooMany extends Error {}

/** A character that was not quoted, or a part that braces do not look into. */
type Unit = string | Part;

function unitsOf(word: Word): readonly Unit[] {
  return word.flatMap((part): readonly Unit[] =>
    part.kind === "text" && !part.quoted ? [...part.text] : [part],
  );
}

function partsOf(units: readonly Unit[]): Word {
  const parts: Part[] = [];
  for (const unit of units) {
    const last = parts.at(-1);
    if (typeof unit !== "string") parts.push(unit);
    // Braces are written out first: `$a{b,c}` is `$ab $ac`.
    else if (last?.kind === "variable" && last.bare && !last.quoted && isName(last.name + unit))
      parts[parts.length - 1] = { ...last, name: last.name + unit };
    else if (last?.kind === "text" && !last.quoted)
      parts[parts.length - 1] = { ...last, text: last.text + unit };
    else parts.push({ kind: "text", text: unit, quoted: false });
  }
  return parts;
}

function isName(text: string): boolean {
  return /^[A-Za-z_]\w*$/.test(text);
}

/** Null: more words than the limit. */
function expandBraces(units: readonly Unit[], depth = 0): readonly (readonly Unit[])[] | null {
  if (depth > SHELL_ALTERNATIVES_MAX) return null;
  for (let open = units.indexOf("{"); open !== -1; open = units.indexOf("{", open + 1)) {
    const group = groupAt(units, open);
    if (group === null) continue;
    const before = units.slice(0, open);
    const after = units.slice(group.end + 1);
    const words: (readonly Unit[])[] = [];
    for (const choice of group.choices) {
      const found = expandBraces([...before, ...choice, ...after], depth + 1);
      if (found === null || words.length + found.length > SHELL_ALTERNATIVES_MAX) return null;
      words.push(...found);
    }
    return words;
  }
  return [units];
}

function groupAt(
  units: readonly Unit[],
  open: number,
): { readonly end: number; readonly choices: readonly (readonly Unit[])[] } | null {
  const choices: Unit[][] = [[]];
  let depth = 0;
  for (let at = open + 1; at < units.length; at += 1) {
    const unit = units[at] as Unit;
    if (unit === "}" && depth === 0) {
      if (choices.length > 1) return { end: at, choices };
      const range = rangeOf(choices[0] ?? []);
      return range === null ? null : { end: at, choices: range };
    }
    if (unit === "{") depth += 1;
    if (unit === "}") depth -= 1;
    if (unit === "," && depth === 0) choices.push([]);
    else choices.at(-1)?.push(unit);
  }
  return null;
}

function rangeOf(units: readonly Unit[]): readonly (readonly Unit[])[] | null {
  if (!units.every((unit) => typeof unit === "string")) return null;
  const found = /^(?:(-?\d{1,6})\.\.(-?\d{1,6})|([A-Za-z])\.\.([A-Za-z]))$/.exec(units.join(""));
  if (found === null) return null;
  const letters = found[3] !== undefined;
  const from = letters ? (found[3]?.charCodeAt(0) ?? 0) : Number(found[1]);
  const to = letters ? (found[4]?.charCodeAt(0) ?? 0) : Number(found[2]);
  // One more than the limit says "too many" without writing all of them out.
  const length = Math.min(Math.abs(to - from), SHELL_ALTERNATIVES_MAX) + 1;
  return Array.from({ length }, (_, at) => {
    const value = from <= to ? from + at : from - at;
    return [...(letters ? String.fromCharCode(value) : String(value))];
  });
}
