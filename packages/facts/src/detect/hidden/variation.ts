import { type Detector, matchesOf } from "../detector.ts";

const ID = "hidden.variation-selectors";
const PATTERN = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]{3,}/gu;

export const variation: Detector = {
  id: ID,
  kind: "hidden",
  title: "Data in a row of variation selectors",
  severity: "high",
  mayHold: /[\ufe00-\ufe0f]{2}|[\u{e0100}-\u{e01ef}]/u,
  search: (text) => matchesOf(ID, PATTERN, text),
};
