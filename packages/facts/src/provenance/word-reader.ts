import { NOUN_CONCEPTS } from "./lexicon/concepts.ts";
import { kindsOfVerb } from "./lexicon/verbs.ts";
import { stem } from "./stem.ts";
import { folded, wordsOfText } from "./text.ts";
import { hashed, mixed, NO_HASH } from "./word-filter.ts";

/** Reads the pieces of one text once: what their words mean, and which there are. */
export interface WordReader {
  /** The kinds of effect of the verbs, and the concepts of the nouns, of the piece that was read last: bits. */
  readonly verbs: number;
  readonly concepts: number;
  /** Of words that the text has: each at least once. */
  readonly hashes: readonly number[];
  /** In: a piece as it stands in the text. Out: the same, normalised. */
  normalise(piece: string): string;
}

export function createWordReader(): WordReader {
  texts += 1;
  return new Reader(texts);
}

class Reader implements WordReader {
  verbs = 0;
  concepts = 0;
  readonly hashes: number[] = [];
  readonly #text: number;
  #capitals = false;

  constructor(text: number) {
    this.#text = text;
  }

  normalise(piece: string): string {
    if (this.#scan(piece, false)) return this.#capitals ? piece.toLowerCase() : piece;
    const text = folded(piece);
    this.#scan(text, true);
    return text;
  }

  /**
   * Words are runs of letters and digits, unless other letters or apostrophes stand beside them. Out: false
   * where a piece that is not folded yet has to be.
   */
  #scan(piece: string, isFolded: boolean): boolean {
    const units = unitsOf(piece);
    const length = piece.length;
    const text = this.#text;
    let [verbs, concepts, capitals] = [0, 0, 0];
    let joined: string[] | null = null;
    /** Where the last run of words that are joined ends. */
    let joinedTo = 0;
    for (let at = 0; at < length; ) {
      let code = units[at] as number;
      let letter = LETTERS[code] as number;
      if (letter === 0) {
        if (!isFolded && isUnfolded(units, at, length)) return false;
        if (joins(code) && at >= joinedTo) {
          const from = startOfRun(units, at);
          joinedTo = endOfRun(units, at);
          (joined ??= []).push(piece.slice(from, joinedTo));
        }
        at += 1;
        continue;
      }
      const from = at;
      let hash = NO_HASH;
      let digits = 0;
      do {
        hash = hashed(hash, letter);
        digits |= letter - LOWER_A;
        capitals |= letter ^ code;
        at += 1;
        code = units[at] as number;
        letter = LETTERS[code] as number;
      } while (letter !== 0);
      // What has digits in it is an id, and no verb or noun that anything is kept by.
      if (digits < 0 || at - from > WORD_UNITS_MAX) {
        this.hashes.push(mixed(hash));
        continue;
      }
      const word = wordAt(units, from, at, hash);
      if (from >= joinedTo && !joins(code)) {
        verbs |= WORDS[word + VERBS] as number;
        concepts |= WORDS[word + CONCEPTS] as number;
      }
      if (WORDS[word + TEXT] === text) continue;
      WORDS[word + TEXT] = text;
      this.hashes.push(mixed(hash));
    }
    this.verbs = verbs;
    this.concepts = concepts;
    this.#capitals = capitals !== 0;
    if (joined !== null) this.#readJoined(joined);
    return true;
  }

  /** `the shop's`, `na\u00efve`: what the words are is a question of all letters there are. */
  #readJoined(runs: readonly string[]): void {
    // The tables have no other words.
    for (const run of runs)
      for (const word of wordsOfText(run.toLowerCase()))
        if (/^[a-z]{1,24}$/.test(word)) {
          let hash = NO_HASH;
          for (let at = 0; at < word.length; at += 1) hash = hashed(hash, word.charCodeAt(at));
          const known = wordAt(unitsOf(word), 0, word.length, hash);
          this.verbs |= WORDS[known + VERBS] as number;
          this.concepts |= WORDS[known + CONCEPTS] as number;
        }
  }
}

/** Whether a unit that is no letter of the alphabet may be part of a word all the same. */
function joins(code: number): boolean {
  return code === APOSTROPHE || code > 126;
}

/** Where the words and what joins them begin that a unit is among, and where they end. */
function startOfRun(units: Uint16Array, at: number): number {
  let start = at;
  while (start > 0 && inRun(units[start - 1] as number)) start -= 1;
  return start;
}

function endOfRun(units: Uint16Array, at: number): number {
  let end = at;
  while (inRun(units[end] as number)) end += 1;
  return end;
}

function inRun(code: number): boolean {
  return LETTERS[code] !== 0 || joins(code);
}

/** Whether a mark is written in another way, or not at all, in a normalised text. */
function isUnfolded(units: Uint16Array, at: number, length: number): boolean {
  const code = units[at] as number;
  if (code === APOSTROPHE) return units[at + 1] === APOSTROPHE;
  if (code === BLANK) return at === 0 || at + 1 === length || units[at + 1] === BLANK;
  return code < BLANK || code > 126 || code === BACKSLASH;
}

const BLANK = 32;
const APOSTROPHE = 39;
const BACKSLASH = 92;
const LOWER_A = 97;

/** The small letter or the digit that a UTF-16 unit is, 0 for anything else. */
const LETTERS = new Uint8Array(65_536);
for (const letter of "abcdefghijklmnopqrstuvwxyz0123456789") {
  LETTERS[letter.charCodeAt(0)] = letter.charCodeAt(0);
  LETTERS[letter.toUpperCase().charCodeAt(0)] = letter.charCodeAt(0);
}

/** The units of the piece that is being read, and behind them one that is no letter. */
let scratch = new Uint16Array(4_096);
let bytes = Buffer.from(scratch.buffer);
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function unitsOf(piece: string): Uint16Array {
  if (piece.length >= scratch.length) {
    scratch = new Uint16Array(2 * piece.length);
    bytes = Buffer.from(scratch.buffer);
  }
  const written = bytes.write(piece, "utf16le");
  if (!LITTLE_ENDIAN) bytes.subarray(0, written).swap16();
  scratch[piece.length] = 0;
  return scratch;
}

/** Longer ones are no words: nothing of a text is kept by them. */
const WORD_UNITS_MAX = 24;

/**
 * Words met lately, each in the place that its hash names: texts repeat their words, and stemming costs most
 * of the reading. What is known of a word stands in one row: what it means, which text met it last, and how
 * long it is. The number of rows is a power of two.
 */
const ROWS = 16_384;
const ROW_INTEGERS = 4;
const WORDS = new Int32Array(ROWS * ROW_INTEGERS);
const SPELLINGS = new Uint8Array(ROWS * WORD_UNITS_MAX);
const VERBS = 0;
const CONCEPTS = 1;
const TEXT = 2;
const LENGTH = 3;
let texts = 0;

/** Out: where the row of a word begins. */
function wordAt(units: Uint16Array, from: number, to: number, hash: number): number {
  const word = ((hash ^ (hash >>> 15)) & (ROWS - 1)) * ROW_INTEGERS;
  if (!isKnown(word, units, from, to)) learn(word, units, from, to);
  return word;
}

function isKnown(word: number, units: Uint16Array, from: number, to: number): boolean {
  if (WORDS[word + LENGTH] !== to - from) return false;
  const spelling = (word / ROW_INTEGERS) * WORD_UNITS_MAX - from;
  for (let at = from; at < to; at += 1)
    if (SPELLINGS[spelling + at] !== LETTERS[units[at] as number]) return false;
  return true;
}

function learn(word: number, units: Uint16Array, from: number, to: number): void {
  const spelling = (word / ROW_INTEGERS) * WORD_UNITS_MAX - from;
  let text = "";
  for (let at = from; at < to; at += 1) {
    const letter = LETTERS[units[at] as number] as number;
    SPELLINGS[spelling + at] = letter;
    text += String.fromCharCode(letter);
  }
  WORDS[word + VERBS] = kindsOfVerb(text);
  WORDS[word + CONCEPTS] = NOUN_CONCEPTS.get(stem(text)) ?? 0;
  WORDS[word + TEXT] = 0;
  WORDS[word + LENGTH] = to - from;
}
