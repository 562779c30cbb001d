import { type Detector, matchesOf } from "../detector.ts";

const ID = "personal.email";
const PATTERN = /(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])/g;

export const email: Detector = {
  id: ID,
  kind: "personal",
  title: "E-mail address",
  severity: "low",
  mayHold: /@/,
  search: (text) =>
    matchesOf(
      ID,
      PATTERN,
      text,
      ([address]) =>
        !/@(?:[\w-]{1,63}\.)*example\.(?:com|org|net)$|\.(?:example|test|invalid|png|jpg|gif|svg)$/i.test(
          address,
        ),
    ),
};
