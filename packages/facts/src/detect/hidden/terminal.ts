import { type Detector, matchesOf } from "../detector.ts";

const ID = "hidden.terminal";
const PATTERN =
  /(?:\u001b\[|\u009b)[0-?]{0,64}[ -/]{0,8}[@-~]?|\u001b[\]PX^_][^\u0007\u001b]{0,1024}/g;

export const terminal: Detector = {
  id: ID,
  kind: "hidden",
  title: "Control sequences that paint a terminal",
  severity: "medium",
  mayHold: /[\u001b\u009b]/,
  search: (text) => matchesOf(ID, PATTERN, text),
};
