import type { Detector } from "../detector.ts";
import type { Finding } from "../rule.ts";
import { decodedRuns } from "./decode.ts";

const ID = "encoded.text";

export const encodedText: Detector = {
  id: ID,
  kind: "encoded",
  title: "Readable text in base64 or hexadecimal",
  severity: "low",
  mayHold: /[A-Za-z0-9+/_-]{32}/,
  search: (text): readonly Finding[] =>
    decodedRuns(text).map(({ start, end }) => ({ rule: ID, start, end })),
};
