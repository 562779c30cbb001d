import { type Detector, matchesOf } from "../detector.ts";

const ID = "exfiltration.dns";
const PATTERN = /(?<![\w.-])(?:[\w-]{1,63}\.){1,12}[a-z]{2,18}(?![\w-])/gi;
/** A label that is data: long, and digits among its letters. */
const DATA = /(?:^|\.)(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9_-]{28,63}\./i;

export const dns: Detector = {
  id: ID,
  kind: "exfiltration",
  title: "Host name with data in its labels",
  severity: "medium",
  mayHold: /[A-Za-z0-9_-]{28,63}\./,
  search: (text) =>
    matchesOf(
      ID,
      PATTERN,
      text,
      ([host]) =>
        DATA.test(host) &&
        !/\.(?:webhook\.office|cloudfront|amazonaws|googleusercontent|azurewebsites)\./i.test(host),
    ),
};
