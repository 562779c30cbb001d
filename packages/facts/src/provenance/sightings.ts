import type { Chapter } from "./chapters.ts";
import { OCCURRENCES_MAX, SIGHTINGS_MAX } from "./limits.ts";
import type { Background, SeenResult, Sighting } from "./origins.ts";
import { spanOver } from "./spans.ts";
import { occurrences, plainReadings } from "./text.ts";
import { fits, mayHold, type Sketch, sketchOf, wordHashes } from "./word-filter.ts";

/**
 * Places where a value, or what it encodes, stands, oldest first: what is found nowhere among the first
 * SIGHTINGS_MAX to tie it stays untied.
 */
export function sightings(
  value: string,
  { chapters }: Pick<Background, "chapters">,
): readonly Sighting[] {
  const found: Sighting[] = [];
  if (chapters.length === 0) return found;
  const wanted = plainReadings(value).map(wantedOf);
  for (let at = 0; at < chapters.length; at += 1)
    for (let which = 0; which < wanted.length; which += 1) {
      if (!chapters.mayHold(at, (wanted[which] as Wanted).words)) continue;
      const likely = wanted.filter(({ words }) => chapters.mayHold(at, words));
      if (!seeIn(chapters.list[at] as Chapter, likely, found)) return found;
      break;
    }
  return found;
}

interface Wanted {
  readonly reading: string;
  readonly words: readonly number[];
  readonly sketch: Sketch;
}

function wantedOf(reading: string): Wanted {
  const words = wordHashes(reading);
  return { reading, words, sketch: sketchOf(words) };
}

/** Adds the places in one chapter. Out: false when there are enough. */
function seeIn(
  { results, first, sketches }: Chapter,
  wanted: readonly Wanted[],
  found: Sighting[],
): boolean {
  for (let index = first; index < results.length; index += 1)
    for (let which = 0; which < wanted.length; which += 1) {
      const { reading, words, sketch } = wanted[which] as Wanted;
      if (!fits(sketches, index, sketch)) continue;
      const result = results[index] as SeenResult;
      if (!mayHold(result.indexed.words, words)) continue;
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
  return chapters.list.some(({ results }) =>
    results.some((result) => result !== null && like(result)),
  );
}
