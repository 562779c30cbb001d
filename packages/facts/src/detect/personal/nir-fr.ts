import { type Detector, matchesOf } from "../detector.ts";
import { varied } from "./checks.ts";

const ID = "personal.nir-fr";
const PATTERN =
  /(?<![\w.-])[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d{2} ?\d{3} ?\d{3} ?\d{2}(?![\w.-])/g;

export const nirFr: Detector = {
  id: ID,
  kind: "personal",
  title: "Social security number (France)",
  severity: "high",
  mayHold: /[12] ?\d{2} ?\d{2}/,
  search: (text) => matchesOf(ID, PATTERN, text, ([found]) => isValid(found)),
};

function isValid(found: string): boolean {
  const digits = found.replaceAll(" ", "");
  return varied(digits) && 97 - (Number(digits.slice(0, 13)) % 97) === Number(digits.slice(13));
}
