import { NOUN_CONCEPTS } from "./lexicon/concepts.ts";
import { kindsOfVerb } from "./lexicon/verbs.ts";
import { stem } from "./stem.ts";
import { wordsOfText } from "./text.ts";
import { filterOf, hashed, NO_HASH, type WordFilter } from "./word-filter.ts";

/** Reads the pieces of one text once: what their words mean, and which there are. */
export interface WordReader {
  /** In: a normalised piece. Out: the kinds of effect of its verbs and the concepts of its nouns, as bits. */
  read(piece: string): readonly [verbs: number, concepts: number];
  /** Of all pieces that were read. */
  filter(): WordFilter;
}

export function createWordReader(): WordReader {
  texts += 1;
  const text = texts;
  const hashes: number[] = [];

  /** Runs of letters and digits, which are words unless the piece has other letters or apostrophes. */
  function readRuns(piece: string): readonly [number, number] | null {
    let [verbs, concepts] = [0, 0];
    let [from, hash] = [-1, NO_HASH];
    let [digits, words] = [false, true];
    for (let at = 0; at <= piece.length; at += 1) {
      const code = at === piece.length ? BLANK : piece.charCodeAt(at);
      if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57)) {
        if (from < 0) [from, hash, digits] = [at, NO_HASH, false];
        hash = hashed(hash, code);
        if (code < 97) digits = true;
        continue;
      }
      if (code > 127 || code === APOSTROPHE) words = false;
      if (from < 0) continue;
      // What has digits in it is an id, and no verb or noun that anything is kept by.
      if (digits || at - from > WORD_UNITS_MAX) hashes.push(hash >>> 0);
      else {
        const slot = slotOf(piece, from, at, hash);
        verbs |= VERBS[slot] as number;
        concepts |= CONCEPTS[slot] as number;
        if (TEXTS[slot] !== text) hashes.push(hash >>> 0);
        TEXTS[slot] = text;
      }
      from = -1;
    }
    return words ? [verbs, concepts] : null;
  }

  return {
    read: (piece) => readRuns(piece) ?? classesOf(wordsOfText(piece)),
    filter: () => filterOf(hashes),
  };
}

function classesOf(words: readonly string[]): readonly [verbs: number, concepts: number] {
  let [verbs, concepts] = [0, 0];
  for (const word of words) {
    if (word.length > WORD_UNITS_MAX) continue;
    let hash = NO_HASH;
    for (let at = 0; at < word.length; at += 1) hash = hashed(hash, word.charCodeAt(at));
    const slot = slotOf(word, 0, word.length, hash);
    verbs |= VERBS[slot] as number;
    concepts |= CONCEPTS[slot] as number;
  }
  return [verbs, concepts];
}

const BLANK = 32;
const APOSTROPHE = 39;
/** Longer ones are no words: nothing of a text is kept by them. */
const WORD_UNITS_MAX = 24;

/**
 * Words met lately, each in the place that its hash names, and who met them last: texts repeat their words,
 * and stemming costs most of the reading. A power of two.
 */
const SLOTS = 16_384;
const WORDS: string[] = Array.from({ length: SLOTS }, () => "");
const VERBS = new Int32Array(SLOTS);
const CONCEPTS = new Int32Array(SLOTS);
const TEXTS = new Int32Array(SLOTS);
let texts = 0;

function slotOf(text: string, from: number, to: number, hash: number): number {
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  const known = WORDS[slot] as string;
  if (known.length === to - from && text.startsWith(known, from)) return slot;
  const word = text.slice(from, to);
  WORDS[slot] = word;
  VERBS[slot] = kindsOfVerb(word);
  CONCEPTS[slot] = NOUN_CONCEPTS.get(stem(word)) ?? 0;
  TEXTS[slot] = 0;
  return slot;
}
