import { type Detector, matchesOf } from "../detector.ts";

const ID = "instruction.override";
const PATTERN =
  /(?:\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}\b(?:previous|prior|above|earlier|preceding|all|any|your|the|these|those|system)\b[^.\n]{0,40}\b(?:instructions?|prompts?|rules?|guidelines?|directions?|messages?|context|constraints?|polic(?:y|ies))\b|\b(?:ignorier\w{0,3}|vergiss|missachte)\b[^.\n]{0,60}\b(?:anweisung\w{0,3}|regeln|vorgaben)\b|\b(?:ignor(?:e[zr]?|a[rd]?)|oublie[zr]?|olvid[ae]\w{0,3}|esque[cç]\w{1,3}|dimentica\w{0,2}|negeer)\b[^.\n]{0,60}\b(?:instruc\w{3,9}|instru[cç]\w{3,9}|istruzion\w|instructies|consignes|reglas|regole|regras|regels)\b|(?:игнорируй\S{0,3}|забудь\S{0,3})[^.\n]{0,60}(?:инструкци|правил|указани)\S{0,4}|(?:忽略|无视|無視|忘记)[^。\n]{0,24}(?:指令|指示|提示|规则|規則))/gi;

export const override: Detector = {
  id: ID,
  kind: "instruction",
  title: "Words that tell a model to forget what it was told",
  severity: "medium",
  mayHold:
    /ignor|disreg|forget|overrid|vergiss|missacht|oubli|olvid|esque|dimentic|negeer|игнорир|забудь|忽略|无视|無視|忘记/i,
  search: (text) => matchesOf(ID, PATTERN, text),
};
