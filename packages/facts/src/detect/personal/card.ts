import { type Detector, matchesOf } from "../detector.ts";
import { luhn, varied } from "./checks.ts";

const ID = "personal.card";
const PATTERN =
  /(?<![\w.-])[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\w.-])|(?<![\w.-])3[47]\d{2}[ -]?\d{6}[ -]?\d{5}(?![\w.-])/g;

export const card: Detector = {
  id: ID,
  kind: "personal",
  title: "Payment card number, with its check digit",
  severity: "high",
  mayHold: /\d{4}[ -]?\d{4}/,
  search: (text) => matchesOf(ID, PATTERN, text, ([found]) => isValid(found)),
};

/** Ranges that networks issue from; see ISO/IEC 7812. */
const ISSUED = /^(?:4|5[1-5]|2[2-7]|3[47]|6(?:011|4[4-9]|5)|35|62)/;

function isValid(found: string): boolean {
  const digits = found.replace(/[ -]/g, "");
  return (
    digits.length >= 13 &&
    digits.length <= 19 &&
    ISSUED.test(digits) &&
    varied(digits) &&
    luhn(digits)
  );
}
