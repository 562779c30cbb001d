import type { Chapter } from "./chapters.ts";
import { OCCURRENCES_MAX, SIGHTINGS_MAX } from "./limits.ts";
import type { Background, SeenResult, Sighting } from "./origins.ts";
import { spanOver } from "./spans.ts";
import { normalise, occurrences, readings } from "./text.ts";
import { fits, mayHold, type Sketch, sketchOf, wordHashes } from "./word-filter.ts";

/**
 * Places where a value, or what it encodes, stands, oldest first: what is found nowhere among the first
 * SIGHTINGS_MAX to tie it stays untied.
 */
export function sightings(
  value: string,
  { chapters }: Pick<Background, "chapters">,
): readonly Sighting[] {
  const wanted = readings(value)
    .map(normalise)
    .filter((reading) => reading !== "")
    .map((reading) => {
      const words = wordHashes(reading);
      return { reading, words, sketch: sketchOf(words) };
    });
  const found: Sighting[] = [];
  for (const chapter of chapters) {
    const likely = wanted.filter(({ words }) => mayHold(chapter.words, words));
    if (likely.length > 0 && !seeIn(chapter, likely, found)) break;
  }
  return found;
}

interface Wanted {
  readonly reading: string;
  readonly words: readonly number[];
  readonly sketch: Sketch;
}

/** Adds the places in one chapter. Out: false when there are enough. */
function seeIn(
  { results, sketches }: Chapter,
  wanted: readonly Wanted[],
  found: Sighting[],
): boolean {
  for (let index = 0; index < results.length; index += 1)
    for (const { reading, words, sketch } of wanted) {
      if (!fits(sketches, index, sketch)) continue;
      const result = results[index] as SeenResult;
      if (!mayHold(result.indexed.words.bits, words)) continue;
      for (const at of occurrences(result.indexed.text, reading, OCCURRENCES_MAX)) {
        const span = spanOver(result.indexed, at);
        if (span !== null && found.push({ result, span }) >= SIGHTINGS_MAX) return false;
      }
    }
  return true;
}

/** Whether any result that the session keeps is like this. */
export function someResult(
  { chapters }: Pick<Background, "chapters">,
  like: (result: SeenResult) => boolean,
): boolean {
  return chapters.some(({ results }) => results.some(like));
}
