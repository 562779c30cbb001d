import { type Detector, matchesOf } from "../detector.ts";

const ID = "instruction.role-markup";
const PATTERN =
  /<\|(?:im_start|im_end|system|user|assistant|endoftext|start_header_id|eot_id)\|>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:system|assistant|important|system-reminder|instructions?)>|^#{2,4} ?(?:system|instructions?|assistant)\s*:?\s*$|\b(?:reveal|print|repeat|show)\b[^.\n]{0,30}\bsystem prompt\b/gim;

export const role: Detector = {
  id: ID,
  kind: "instruction",
  title: "Markup of a conversation or of a system prompt inside data",
  severity: "medium",
  mayHold:
    /<\||\[\/?INST|<<SYS|<\/?(?:system|assistant|important|instructions?)\b|###|\bsystem prompt/i,
  search: (text) => matchesOf(ID, PATTERN, text),
};
