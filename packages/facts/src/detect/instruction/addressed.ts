import { type Detector, matchesOf } from "../detector.ts";

const ID = "instruction.addressed";
const PATTERN =
  /\b(?:(?:AI|LLM)(?: (?:assistant|agent|model))?|assistant|agent|language model)s?\b[^.\n]{0,30}\b(?:must|should|have to|need to|are (?:required|instructed) to|please)\b[^.\n]{0,60}|\byou are now\b[^.\n]{0,60}|\b(?:your )?new (?:instructions?|task|role|objective)s? ?(?:is|are|:)[^.\n]{0,60}|\bbefore (?:using|calling|doing|answering|you)\b[^.\n]{0,40}\byou (?:must|should|have to)\b[^.\n]{0,60}/gi;

export const addressed: Detector = {
  id: ID,
  kind: "instruction",
  title: "Text that speaks to a model and tells it what to do",
  severity: "low",
  mayHold: /\b(?:AI|assistant|agent|LLM|model|bot|you)\b/i,
  search: (text) => matchesOf(ID, PATTERN, text),
};
