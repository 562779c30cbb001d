import { NOUN_CONCEPTS } from "../../packages/facts/src/provenance/lexicon/concepts.ts";
import { NOMINAL_VERBS, VERB_KINDS } from "../../packages/facts/src/provenance/lexicon/verbs.ts";
import { stem } from "../../packages/facts/src/provenance/stem.ts";
import { wordsOfName, wordsOfText } from "../../packages/facts/src/provenance/text.ts";
import type { Data } from "./sessions.ts";

/** Entries of the vocabulary, by stem. */
export type Stems = ReadonlySet<string>;

/**
 * What is known of words that one suite has and no other: what nobody would have written for the others.
 * Suites of this repository lend no words to recorded ones: they were made to have many.
 */
export function ownWords(data: Data, suite: string): Stems {
  const own = new Set(
    data.sessions.filter(({ family }) => family === "own").map((session) => session.suite),
  );
  const others = new Set(
    Object.keys(data.tools)
      .filter((name) => name !== suite && (own.has(suite) || !own.has(name)))
      .flatMap((name) => [...stemsOf(data, name)]),
  );
  return new Set([...stemsOf(data, suite)].filter((word) => isKnown(word) && !others.has(word)));
}

/** One in `share` of all entries, a different one for every seed (Park and Miller's sequence). */
export function someWords(share: number, seed: number): Stems {
  let state = 48_271 * seed + 1;
  const next = (): number => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return new Set(entries().filter(() => next() < 1 / share));
}

/** Takes entries away from the tables, for the rest of this process. */
export function withhold(words: Stems): void {
  for (const table of [VERB_KINDS, NOUN_CONCEPTS, NOMINAL_VERBS] as readonly Map<string, unknown>[])
    for (const word of words) table.delete(word);
}

function entries(): readonly string[] {
  return [...new Set([...VERB_KINDS.keys(), ...NOUN_CONCEPTS.keys()])].sort();
}

function isKnown(word: string): boolean {
  return VERB_KINDS.has(word) || NOUN_CONCEPTS.has(word) || NOMINAL_VERBS.has(word);
}

/** Words of a suite's requests and tool definitions: what a rule for it would be written from. */
function stemsOf(data: Data, suite: string): Stems {
  const prompts = data.sessions.filter((session) => session.suite === suite);
  const texts = [
    ...prompts.map(({ prompt }) => prompt),
    ...(data.tools[suite] ?? []).map(({ description }) => description),
  ];
  const names = (data.tools[suite] ?? []).flatMap(({ name, inputSchema }) => [
    name,
    ...Object.keys((inputSchema["properties"] ?? {}) as Readonly<Record<string, unknown>>),
  ]);
  const words = [
    ...texts.flatMap((text) => wordsOfText(text.toLowerCase())),
    ...names.flatMap(wordsOfName),
  ];
  return new Set(words.map(stem));
}
