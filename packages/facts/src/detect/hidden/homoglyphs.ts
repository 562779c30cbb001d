import { type Detector, matchesOf } from "../detector.ts";

const ID = "hidden.homoglyphs";
const PATTERN = /[A-Za-z\u0370-\u03ff\u0400-\u052f]{3,128}/g;
/** Letters of Greek and Cyrillic that look like Latin ones. */
const LOOK_ALIKE = /[ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορνιυАВЕЅІЈКМНОРСТУХаеѕіјорсухԁԛԝ]/;

export const homoglyphs: Detector = {
  id: ID,
  kind: "hidden",
  title: "A word that mixes Latin letters with look-alikes of another script",
  severity: "medium",
  mayHold: /[\u0370-\u052f]/,
  search: (text) =>
    matchesOf(ID, PATTERN, text, ([word]) => /[A-Za-z]{2}/.test(word) && LOOK_ALIKE.test(word)),
};
