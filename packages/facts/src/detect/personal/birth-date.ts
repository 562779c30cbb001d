import { type Detector, matchesOf } from "../detector.ts";

const ID = "personal.birth-date";
const PATTERN =
  /\b(?:date[ _-]?of[ _-]?birth|birth[ _-]?da(?:te|y)|dob|born(?: on)?|geboren(?: am)?|geburtsdatum|date[ _]de[ _]naissance|fecha[ _]de[ _]nacimiento|data[ _]di[ _]nascita)["' ]{0,3}[:=]?["' ]{0,3}(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d{2}|(?:19|20)\d{2}-\d{2}-\d{2}|\d{1,2}\.? [A-Za-zä]{3,9}\.? (?:19|20)\d{2}|[A-Z][a-z]{2,8} \d{1,2},? (?:19|20)\d{2})/gi;

export const birth: Detector = {
  id: ID,
  kind: "personal",
  title: "Date of birth, named as such",
  severity: "medium",
  mayHold: /birth|\bdob\b|born|geboren|geburts|naissance|nacimiento|nascita/i,
  search: (text) => matchesOf(ID, PATTERN, text),
};
