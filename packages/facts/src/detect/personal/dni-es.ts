import { type Detector, matchesOf } from "../detector.ts";
import { varied } from "./checks.ts";

const ID = "personal.dni-es";
const PATTERN = /(?<![\w.-])(?:\d{8}|[XYZ]\d{7})-?[A-HJ-NP-TV-Z](?![\w-])/g;

export const dniEs: Detector = {
  id: ID,
  kind: "personal",
  title: "National identity number (Spain)",
  severity: "high",
  mayHold: /\d{7}-?[A-Z]/,
  search: (text) => matchesOf(ID, PATTERN, text, ([found]) => isValid(found)),
};

const LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE";

function isValid(found: string): boolean {
  const number = found
    .slice(0, -1)
    .replace("-", "")
    .replace(/^[XYZ]/, (letter) => String("XYZ".indexOf(letter)));
  return varied(number) && LETTERS.charAt(Number(number) % 23) === found.at(-1);
}
