import { type Detector, matchesOf } from "../detector.ts";
import { mod97 } from "./checks.ts";

const ID = "personal.iban";
const PATTERN =
  /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g;

export const iban: Detector = {
  id: ID,
  kind: "personal",
  title: "International bank account number, with its check digits",
  severity: "high",
  mayHold: /[A-Z]{2}\d{2}/,
  search: (text) => matchesOf(ID, PATTERN, text, ([found]) => isValid(found)),
};

/** ISO 13616: 15 to 34 characters; the first four move to the end. */
function isValid(found: string): boolean {
  const iban = found.replaceAll(" ", "");
  return (
    iban.length >= 15 &&
    iban.length <= 34 &&
    /\d{6}/.test(iban) &&
    mod97(iban.slice(4) + iban.slice(0, 4)) === 1
  );
}
