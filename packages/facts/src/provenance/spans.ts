import { detached } from "../detached.ts";
import { AUTHOR_KEYS } from "./lexicon/words.ts";
import {
  FIELD_UNITS_MAX,
  RESULT_SPANS_MAX,
  RESULT_UNITS_MAX,
  SENTENCE_UNITS_MAX,
} from "./limits.ts";
import {
  conceptsOf,
  countOf,
  createMarks,
  endOf,
  kindOf,
  type Marks,
  recordOf,
  type SpanKind,
  startOf,
  verbsOf,
} from "./marks.ts";
import type { Entry, Piece } from "./readers/document.ts";
import { isHtml, readHtml } from "./readers/html.ts";
import { readResult } from "./readers/read.ts";
import { normalise, wordsOfName } from "./text.ts";
import { filterOf } from "./word-filter.ts";
import { createWordReader } from "./word-reader.ts";

/** A result as one normalised string and packed marks on it. */
export interface IndexedText {
  readonly text: string;
  /** Which words it may have. */
  readonly words: Uint32Array;
  readonly marks: Marks;
  readonly authors: Authors;
  /** Values that stand under the name of a secret. */
  readonly secrets: readonly { readonly label: string; readonly value: string }[];
  /** False when some of the result lies beyond a bound: what stands there was not seen. */
  readonly whole: boolean;
}

/** Who a record says it is by: nearly always what one of its fields says. */
interface Authors {
  /** Records, in order, of which one field says it, and the span of that field. */
  readonly records: Int32Array;
  readonly spans: Int32Array;
  /** Authors that no one span holds, by record. */
  readonly others: ReadonlyMap<number, string>;
}

/** The author's words of a record; null where it names none. */
export function authorAt(indexed: IndexedText, record: number): string | null {
  const { records, spans, others } = indexed.authors;
  const at = placeOf(records, record);
  if (at < 0) return others.get(record) ?? null;
  const { start, end } = spanAt(indexed, spans[at] as number);
  return indexed.text.slice(start, end);
}

/** Where a number stands among numbers in order; -1 for nowhere. */
function placeOf(numbers: Int32Array, wanted: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return numbers[low] === wanted ? low : -1;
}

export interface Span {
  readonly at: number;
  readonly start: number;
  readonly end: number;
  readonly record: number;
  readonly kind: SpanKind;
  readonly verbs: number;
  readonly concepts: number;
}

export function spanAt({ marks, text }: IndexedText, at: number): Span {
  return {
    at,
    start: startOf(marks, at),
    end: endOf(marks, at, text.length),
    record: recordOf(marks, at),
    kind: kindOf(marks, at),
    verbs: verbsOf(marks, at),
    concepts: conceptsOf(marks, at),
  };
}

/** Whether a span may say what is to be done: prose, or a field that is as long as a sentence. */
export function speaks({ marks, text }: IndexedText, at: number): boolean {
  if (kindOf(marks, at) !== "field") return true;
  const end = endOf(marks, at, text.length);
  let blanks = 0;
  for (let unit = startOf(marks, at); unit < end; unit += 1)
    if (text.charCodeAt(unit) === 32 && (blanks += 1) >= FIELD_WORDS_MAX - 1) return true;
  return false;
}

/** Words from which a field without a full stop is a sentence to whoever takes it. */
export const FIELD_WORDS_MAX = 6;

export function textOf({ text }: IndexedText, { start, end }: Span): string {
  return text.slice(start, end);
}

/** The span that holds an offset of the text; null between spans. */
export function spanOver(indexed: IndexedText, offset: number): Span | null {
  let low = 0;
  let high = countOf(indexed.marks) - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (startOf(indexed.marks, middle) <= offset) low = middle;
    else high = middle - 1;
  }
  if (high < 0) return null;
  const span = spanAt(indexed, low);
  return offset >= span.start && offset < span.end ? span : null;
}

const SECRET_NAME =
  /\b(?:pass(?:word|code|phrase|port)?|pin|otp|secret|token|credential|api key|private key|access key|ssn|social security|card number|credit card|cvv|cvc|security code|verification code|one time password|recovery code|bank account)\b/;

/** A result and the hashes of its words, which nobody keeps. */
export interface ReadText {
  readonly indexed: IndexedText;
  readonly hashes: readonly number[];
}

/** Reads and indexes the text of one result; anything is readable, at worst as lines of prose. */
export function indexText(result: string): IndexedText {
  return readText(result).indexed;
}

/** The same, with what was found out on the way. */
export function readText(result: string): ReadText {
  const parts: string[] = [];
  const marks = createMarks();
  const words = createWordReader();
  const authored: number[] = [];
  const bySpan: number[] = [];
  const secrets: { readonly label: string; readonly value: string }[] = [];
  let others: Map<number, string> | null = null;
  const labels: Labels = new Map();
  let length = 0;
  let whole = result.length <= RESULT_UNITS_MAX;

  const add = (piece: string, record: number, kind: SpanKind, label: string): void => {
    if (marks.count >= RESULT_SPANS_MAX) {
      if (whole && normalise(piece) !== "") whole = false;
      return;
    }
    const text = words.normalise(piece);
    if (text === "") return;
    marks.add(length, record, kind, words.verbs, words.concepts);
    parts.push(text);
    length += text.length + 1;
    if (kind !== "prose" && text.length >= 3 && label !== "" && SECRET_NAME.test(label))
      secrets.push({ label, value: detached(text) });
  };
  const entries = readResult(result);
  for (let record = 0; record < entries.length; record += 1) {
    const entry = entries[record] as Entry;
    const author = authorsOf(entry, labels);
    const only = author.length === 1 ? author[0] : undefined;
    let found = false;
    for (const piece of entry) {
      const { label } = labelOf(piece.key, labels);
      if (!piece.prose && isField(piece)) {
        const before = marks.count;
        add(piece.text, record, "field", label);
        if (piece === only && marks.count > before) {
          found = true;
          authored.push(record);
          bySpan.push(before);
        }
      } else for (const sentence of sentencesOf(piece)) addSentence(sentence, record, add);
    }
    if (author.length > 0 && !found)
      (others ??= new Map<number, string>()).set(
        record,
        detached(normalise(author.map(({ text }) => text).join(" "))),
      );
  }
  const authors =
    others === null && authored.length === 0
      ? NOBODY
      : {
          records: Int32Array.from(authored),
          spans: Int32Array.from(bySpan),
          others: others ?? NO_OTHERS,
        };
  const text = joined(parts, result);
  const { hashes } = words;
  const indexed = {
    text,
    words: text.length <= SHORT_UNITS_MAX ? ANY_WORD : filterOf(hashes),
    marks: marks.marks(),
    authors,
    secrets: secrets.length === 0 ? NO_SECRETS : secrets,
    whole,
  };
  return { indexed, hashes };
}

/** What is kept of a result never keeps much more of it alive. */
function joined(parts: readonly string[], result: string): string {
  const [only = ""] = parts;
  if (parts.length > 1) return parts.join("\n");
  return 2 * only.length < result.length ? detached(only) : only;
}

/** A text so short is searched as fast as a filter is looked up. */
const SHORT_UNITS_MAX = 256;
const ANY_WORD = Uint32Array.of(0xffff_ffff);

/** What most results have: records that name no author, and no secrets. */
const NO_OTHERS: ReadonlyMap<number, string> = new Map();
const NO_NUMBERS = new Int32Array(0);
const NOBODY: Authors = { records: NO_NUMBERS, spans: NO_NUMBERS, others: NO_OTHERS };
const NO_SECRETS: IndexedText["secrets"] = [];

/** The words of a key, and whether they say who something is by. */
interface Label {
  readonly label: string;
  readonly author: boolean;
}

type Labels = Map<string, Label>;

const NO_LABEL: Label = { label: "", author: false };

/** A list has the same few keys again and again. */
function labelOf(key: string, known: Labels): Label {
  if (key === "") return NO_LABEL;
  const found = known.get(key);
  if (found !== undefined) return found;
  const parts = wordsOfName(key);
  const label = { label: parts.join(" "), author: parts.some((word) => AUTHOR_KEYS.has(word)) };
  known.set(key, label);
  return label;
}

type Add = (piece: string, record: number, kind: SpanKind, label: string) => void;

function isField({ text }: Piece): boolean {
  if (text.length > FIELD_UNITS_MAX || (text.includes("\n") && /\n\s*\n/.test(text))) return false;
  // A whole sentence is prose however short: what it says may be meant for the agent.
  if (!hasEnd(text) || !/[.!?]["')]?\s*$/.test(text)) return true;
  return text.trim().split(/\s+/).length < SENTENCE_WORDS_MIN;
}

/** Words from which a text with a full stop is a sentence rather than a name or an abbreviation. */
const SENTENCE_WORDS_MIN = 5;

function sentencesOf({ text, prose }: Piece): readonly string[] {
  if (!prose && isHtml(text))
    return readHtml(text).flatMap((entry) => entry.flatMap((piece) => sentencesIn(piece.text)));
  return sentencesIn(text);
}

function sentencesIn(block: string): readonly string[] {
  if (!block.includes("\n")) {
    const line = block.trim();
    return line === "" ? [] : sentencesInLine(line);
  }
  return paragraphsOf(block).flatMap(sentencesInLine);
}

function sentencesInLine(paragraph: string): readonly string[] {
  // The expression looks back from every blank.
  return hasEnd(paragraph) ? paragraph.split(SENTENCE_END).flatMap(cut) : cut(paragraph);
}

function hasEnd(text: string): boolean {
  return text.includes(".") || text.includes("!") || text.includes("?");
}

/** The number of a list item ends no sentence. */
const SENTENCE_END = /(?<=[.!?]["')\]]?)(?<!^\s*\d{1,3}[.)]|\b\p{Lu}\.)\s+(?=\S)/u;

/** Lines that go on in the next one are one paragraph: folded text is one sentence. */
function paragraphsOf(block: string): readonly string[] {
  const paragraphs: string[] = [];
  let open = false;
  let wrapped = false;
  for (const line of block.split("\n").map((raw) => raw.trim())) {
    const last = paragraphs.length - 1;
    const goesOn = open && (wrapped || /^\p{Ll}/u.test(line));
    if (goesOn && line !== "" && !/^[-*\u2022\d]/.test(line))
      paragraphs[last] = `${paragraphs[last]} ${line}`;
    else if (line !== "") paragraphs.push(line);
    open = line !== "" && !/[.!?:;]$/.test(line);
    wrapped = line.length >= WRAPPED_UNITS_MIN;
  }
  return paragraphs;
}

/** Shorter lines were not broken for want of room: each says something of its own. */
const WRAPPED_UNITS_MIN = 45;

function cut(sentence: string): readonly string[] {
  if (sentence.length <= SENTENCE_UNITS_MAX) return [sentence];
  const pieces: string[] = [];
  let rest = sentence;
  while (rest.length > SENTENCE_UNITS_MAX) {
    const space = rest.lastIndexOf(" ", SENTENCE_UNITS_MAX);
    const end = space > SENTENCE_UNITS_MAX / 2 ? space : SENTENCE_UNITS_MAX;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...pieces, rest];
}

const LABEL = /(?:^|[\s,;|])((?:[A-Z][\w'-]*)(?: [A-Za-z][\w'-]*){0,3}):\s+(?=\S)/g;

/** A sentence; what stands behind `Label:` in it is a soft field of its own. */
function addSentence(sentence: string, record: number, add: Add): void {
  const labels = sentence.includes(":") ? [...sentence.matchAll(LABEL)] : [];
  if (labels.length === 0) return add(sentence, record, "prose", "");
  const first = labels[0] as RegExpMatchArray;
  if ((first.index ?? 0) > 0) add(sentence.slice(0, first.index), record, "prose", "");
  labels.forEach((label, at) => {
    const start = (label.index ?? 0) + label[0].length;
    const whole = sentence.slice(start, labels[at + 1]?.index ?? sentence.length);
    const name = (label[1] as string).toLowerCase();
    let rest = whole;
    for (;;) {
      const value = /^(?:[^,;|]|,(?=\S))*/.exec(rest)?.[0] ?? rest;
      const short = value.length <= FIELD_UNITS_MAX && value.trim().split(/\s+/).length <= 8;
      if (!short) break;
      // What stands behind a comma has the same label.
      if (value.trim() !== "") add(value.replace(/[.,;|]\s*$/, ""), record, "soft", name);
      rest = rest.slice(value.length).replace(/^[,;|]\s*/, "");
      if (rest === "") break;
    }
    // The label is part of the span's words, so that it can tie the value to a request.
    if (rest !== "") add(rest === whole ? `${name}: ${rest}` : rest, record, "prose", "");
  });
}

function authorsOf(entry: Entry, labels: Labels): readonly Piece[] {
  return entry.filter(
    ({ key, text, prose }) =>
      !prose && key !== "" && text.length <= FIELD_UNITS_MAX && labelOf(key, labels).author,
  );
}
