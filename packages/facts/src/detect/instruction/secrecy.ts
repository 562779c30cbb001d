import { type Detector, matchesOf } from "../detector.ts";

const ID = "instruction.secrecy";
const PATTERN =
  /\b(?:do not|don[’']?t|never|without)\b[^.\n]{0,20}\b(?:tell|telling|inform|informing|mention|mentioning|notify|notifying|alert|reveal|asking)\b[^.\n]{0,30}\b(?:user|human|person|owner|operator|anyone)\b|\bsag\w{0,2}\b[^.\n]{0,30}\b(?:nutzer|benutzer|anwender)\w{0,2}\b[^.\n]{0,20}\bnicht\w{0,1}\b|\bne\b[^.\n]{0,10}\bdites\b[^.\n]{0,30}\butilisateur\b|\bno\b[^.\n]{0,10}\bdigas?\b[^.\n]{0,30}\busuario\b|不要告[诉訴][^。\n]{0,10}(?:用户|用戶|使用者)/gi;

export const secrecy: Detector = {
  id: ID,
  kind: "instruction",
  title: "Words that tell a model to hide something from its user",
  severity: "medium",
  mayHold:
    /\b(?:tell|inform|mention|notify|alert|reveal|asking|telling|informing|mentioning|sag|erwähne|dites|digas|diga)\b|不要告诉|不要告訴/i,
  search: (text) => matchesOf(ID, PATTERN, text),
};
