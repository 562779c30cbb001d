import {
  accepted,
  type Background,
  inPrompt,
  isTied,
  type Sighting,
  type Traced,
  traceValue,
  USER,
  unseen,
  untied,
} from "./origins.ts";
import type { PromptScope } from "./prompt.ts";
import { sightings } from "./sightings.ts";
import { hostOf, readings, wordsOfText } from "./text.ts";

/** A network destination: accepted before, tied where its host stands, or chosen by an accepted source. */
export function traceUrl(value: string, background: Background): Traced {
  const { scope, hosts } = background;
  const host = hostOf(value);
  if (host === null || !host.includes(".")) return traceValue(value, "target", background);
  const seen = sightings(host, background);
  const carried = carriedIn(value, seen, background);
  if (carried !== null)
    return { tied: false, origin: carried.result.origin, sighting: seen[0] ?? carried };
  if (inPrompt(host, scope)) return USER;
  if (hosts.has(host))
    return { tied: true, origin: seen[0]?.result.origin ?? "model", sighting: null };
  const usable = seen.filter(({ result }) => result.reach !== "stray");
  const tied = usable.find(
    (sighting) =>
      isTied(sighting, host, scope) ||
      ((sighting.result.reach === "named" || sighting.result.reach === "chained") &&
        labelsName(host, scope)),
  );
  if (tied !== undefined) return accepted(tied);
  return seen.length === 0 ? unseen(background) : untied(seen);
}

/**
 * Where a value stands that the query of a URL carries away: the session has seen the value and never that
 * URL, so the agent put it there, and the person did not write it.
 */
function carriedIn(
  value: string,
  hosts: readonly Sighting[],
  background: Background,
): Sighting | null {
  const query = value.indexOf("?");
  if (query === -1 || inPrompt(value, background.scope)) return null;
  if (sightings(value, background).length > 0) return null;
  for (const pair of value.slice(query + 1).split(/[&;#]/)) {
    const written = pair.slice(pair.indexOf("=") + 1).replaceAll("+", " ");
    const [held = ""] = readings(written).slice(-1);
    for (const piece of [held, ...runsOf(held)]) {
      if (piece.length < CARRIED_UNITS_MIN || inPrompt(piece, background.scope)) continue;
      const from = sightings(piece, background);
      // What stands by the address, a code that belongs to it, is no news to whoever wrote it.
      if (from.some((place) => hosts.some((host) => isBeside(place, host)))) continue;
      if (from[0] !== undefined) return from[0];
    }
  }
  return null;
}

/** In one sentence, or the next but one of the same text. */
function isBeside(one: Sighting, other: Sighting): boolean {
  return (
    one.result === other.result &&
    one.span.record === other.span.record &&
    Math.abs(one.span.at - other.span.at) <= 1
  );
}

/** Words that stand together in what is carried, so that other punctuation hides nothing. */
function runsOf(text: string): readonly string[] {
  const words = wordsOfText(text).slice(0, CARRIED_WORDS_MAX);
  return words.length < RUN_WORDS
    ? []
    : words.slice(RUN_WORDS - 1).map((_, at) => words.slice(at, at + RUN_WORDS).join(" "));
}

const RUN_WORDS = 3;
/** Words of one value that are looked up. */
const CARRIED_WORDS_MAX = 32;

/** Shorter values are words and numbers that stand everywhere. */
const CARRIED_UNITS_MIN = 5;

/** A word of an address that the person wrote says nothing: look-alikes of its host have it too. */
function labelsName(host: string, { matters }: PromptScope): boolean {
  const labels = host.split(".").slice(0, -1).join(".");
  return [...matters].some((word) => word.length >= 4 && labels.includes(word));
}
