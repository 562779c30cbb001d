import { type Detector, matchesOf } from "../detector.ts";
import { weighted } from "./checks.ts";

const ID = "personal.resident-cn";
const PATTERN =
  /(?<![\w.-])[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX](?![\w.-])/g;

export const residentCn: Detector = {
  id: ID,
  kind: "personal",
  title: "Resident identity number (China)",
  severity: "high",
  mayHold: /\d{17}[\dX]/,
  search: (text) => matchesOf(ID, PATTERN, text, ([found]) => isValid(found)),
};

/** GB 11643: ISO/IEC 7064 MOD 11-2. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

function isValid(found: string): boolean {
  return "10X98765432".charAt(weighted(found, WEIGHTS) % 11) === found.at(-1);
}
