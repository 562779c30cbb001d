import { type Detector, matchesOf } from "../detector.ts";
import { varied, weighted } from "./checks.ts";

const ID = "personal.cpf-br";
const PATTERN = /(?<![\w.-])\d{3}\.\d{3}\.\d{3}-\d{2}(?![\w-])/g;

export const cpfBr: Detector = {
  id: ID,
  kind: "personal",
  title: "Taxpayer number (Brazil)",
  severity: "high",
  mayHold: /\d{3}\.\d{3}\.\d{3}-\d{2}/,
  search: (text) => matchesOf(ID, PATTERN, text, ([found]) => isValid(found)),
};

function isValid(found: string): boolean {
  const digits = found.replace(/\D/g, "");
  const check = (length: number): number => {
    const weights = Array.from({ length }, (_, at) => length + 1 - at);
    return ((weighted(digits, weights) * 10) % 11) % 10;
  };
  return varied(digits) && check(9) === Number(digits[9]) && check(10) === Number(digits[10]);
}
