import { type Detector, matchesOf } from "../detector.ts";

const ID = "hidden.zero-width";
const PATTERN =
  /(?<=[!-~])[\u200b-\u200d\u2060-\u2064\u180e\ufeff]+(?=[!-~])|[\u200b\u2060-\u2064]{4,}/g;
// Emoji and scripts of India and Iran need joiners: only what stands between ASCII has no use.

export const zeroWidth: Detector = {
  id: ID,
  kind: "hidden",
  title: "Characters without width inside words",
  severity: "low",
  mayHold: /[\u200b-\u200d\u2060-\u2064\u180e\u00ad\ufeff]/,
  search: (text) => matchesOf(ID, PATTERN, text),
};
