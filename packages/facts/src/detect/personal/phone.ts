import { type Detector, matchesOf } from "../detector.ts";

const ID = "personal.phone";
const PATTERN =
  /(?<![\w+])\+[1-9]\d{0,2}[ ./-]?(?:\(\d{1,4}\)[ ./-]?)?\d(?:[ ./-]?\d){6,12}(?!\w)|(?<=\b(?:tel|telephone|phone|mobile|fax|call)\b[.:]? {0,2})\(?\d{2,5}\)?(?:[ ./-]?\d){5,10}(?!\w)/gi;

export const phone: Detector = {
  id: ID,
  kind: "personal",
  title: "Telephone number",
  severity: "low",
  mayHold: /\+\d|\b(?:tel|phone|mobile|fax|call)\b/i,
  search: (text) => matchesOf(ID, PATTERN, text),
};
