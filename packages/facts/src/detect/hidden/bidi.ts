import { type Detector, matchesOf } from "../detector.ts";

const ID = "hidden.bidi";
const PATTERN = /[\u202a-\u202e\u2066-\u2069]+/g;

export const bidi: Detector = {
  id: ID,
  kind: "hidden",
  title: "Characters that change the direction of text, so that it reads other than it is",
  severity: "medium",
  mayHold: /[\u202a-\u202e\u2066-\u2069]/,
  search: (text) => matchesOf(ID, PATTERN, text),
};
