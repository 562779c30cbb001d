import { type Detector, matchesOf } from "../detector.ts";

const ID = "exfiltration.image";
const PATTERN =
  /!\[[^\]\n]{0,256}\]\(\s{0,4}<?(https?:\/\/[^\s)>]{1,2048})|<img\b[^>]{0,400}?\bsrc\s{0,4}=\s{0,4}["']?(https?:\/\/[^\s"'>]{1,2048})/gi;
const DATA =
  /[?&#][^=&]{1,64}=(?:[^&#]{24,}|[^&#]*(?:%20|\+)[^&#]*(?:%20|\+)|[^&#]*(?:\$\{|\{\{|\[[A-Z_ ]{3,}))/;

export const image: Detector = {
  id: ID,
  kind: "exfiltration",
  title: "Image whose address carries data to the host that serves it",
  severity: "high",
  mayHold: /!\[|<img/i,
  search: (text) => matchesOf(ID, PATTERN, text, (found) => DATA.test(found[1] ?? found[2] ?? "")),
};
