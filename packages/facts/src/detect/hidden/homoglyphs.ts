import { type Detector, matchesOf } from "../detector.ts";

const ID = "hidden.homoglyphs";
const PATTERN = /[A-Za-z\u0370-\u03ff\u0400-\u052f]{3,128}/g;
/** Letters of Greek and Cyrillic that look like Latin ones. */
const LOOK_ALIKE = /[ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορνιυАВЕЅІЈКМНОРСТУХаеѕіјорсухуӏһԁԛԝ]/;

export const homoglyphs: Detector = {
  id: ID,
  kind: "hidden",
  title: "A word that mixes Latin letters with look-alikes of another script",
  severity: "medium",
  mayHold: /[\u0370-\u052f]/,
  search: (text) => matchesOf(ID, PATTERN, text, (found) => isMixed(found) || isDressed(found)),
};

/** Latin letters stand together, or every other letter is one that looks like them: `pаypаl`. */
function isMixed([word]: RegExpExecArray): boolean {
  if (!LOOK_ALIKE.test(word) || !/[A-Za-z]/.test(word)) return false;
  return /[A-Za-z]{2}/.test(word) || (word.length >= DRESSED_UNITS_MIN && isAllAlike(word));
}

/** A whole word of look-alikes among words of Latin letters: `the раураӏ account`. */
function isDressed({ 0: word, index, input }: RegExpExecArray): boolean {
  if (word.length < DRESSED_UNITS_MIN || !isAllAlike(word)) return false;
  const end = index + word.length;
  return (
    /[A-Za-z]{2}[ \t]$/.test(input.slice(Math.max(0, index - 3), index)) &&
    /^[ \t][A-Za-z]{2}/.test(input.slice(end, end + 3))
  );
}

/** Shorter ones are formulas and units. */
const DRESSED_UNITS_MIN = 4;

function isAllAlike(word: string): boolean {
  return [...word].every((letter) => /[A-Za-z]/.test(letter) || LOOK_ALIKE.test(letter));
}
