import { type Detector, matchesOf } from "../detector.ts";
import { varied, weighted } from "./checks.ts";

const ID = "personal.pesel-pl";
const PATTERN =
  /(?<![\w.-])\d{2}(?:[02468][1-9]|[13579][0-2])(?:0[1-9]|[12]\d|3[01])\d{5}(?![\w.-])/g;

export const peselPl: Detector = {
  id: ID,
  kind: "personal",
  title: "Personal number (Poland)",
  severity: "high",
  mayHold: /\d{11}/,
  search: (text) => matchesOf(ID, PATTERN, text, ([found]) => isValid(found)),
};

const WEIGHTS = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1];

function isValid(found: string): boolean {
  return varied(found) && weighted(found, WEIGHTS) % 10 === 0;
}
