import { type Detector, matchesOf } from "../detector.ts";
import { mod11And10 } from "./checks.ts";

const ID = "personal.tax-de";
const PATTERN = /(?<![\w.,-])[1-9]\d(?: ?\d{3}){3}(?![\w.,-])/g;

export const taxDe: Detector = {
  id: ID,
  kind: "personal",
  title: "Tax identification number (Germany)",
  severity: "high",
  mayHold: /\d{2} ?\d{3} ?\d{3} ?\d{3}/,
  search: (text) => matchesOf(ID, PATTERN, text, ([found]) => isValid(found)),
};

/** Of the first ten digits one occurs two or three times. */
function isValid(found: string): boolean {
  const digits = found.replaceAll(" ", "");
  const counts = new Map<string, number>();
  for (const digit of digits.slice(0, 10)) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  const repeated = [...counts.values()].filter((count) => count > 1);
  return repeated.length === 1 && (repeated[0] ?? 0) <= 3 && mod11And10(digits);
}
