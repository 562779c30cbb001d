import { type Detector, matchesOf } from "../detector.ts";

const ID = "hidden.tags";
const PATTERN = /(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]{0,6})[\u{e0000}-\u{e007f}]+/gu;
// Flags of regions are spelled in tag characters as well.

export const tags: Detector = {
  id: ID,
  kind: "hidden",
  title: "Text in tag characters, which models read and people do not see",
  severity: "high",
  mayHold: /\u{e007f}|[\u{e0020}-\u{e007e}]/u,
  search: (text) => matchesOf(ID, PATTERN, text),
};
