import { type Detector, matchesOf } from "../detector.ts";
import { varied } from "./checks.ts";

const ID = "personal.ssn-us";
const PATTERN = /(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])/g;

export const ssnUs: Detector = {
  id: ID,
  kind: "personal",
  title: "Social security number (United States)",
  severity: "high",
  mayHold: /\d{3}-\d{2}-\d{4}/,
  search: (text) => matchesOf(ID, PATTERN, text, ([found]) => isValid(found)),
};

/** There is no check digit, but ranges that are never issued. */
function isValid(found: string): boolean {
  return (
    !/^(?:000|666|9)|-00-|-0000$/.test(found) &&
    varied(found.replaceAll("-", "")) &&
    found !== "123-45-6789"
  );
}
