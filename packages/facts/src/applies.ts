import type { Action, ResourceType } from "@bylaw/core";

const PLACES: readonly ResourceType[] = [
  "Tool",
  "Server",
  "File",
  "Host",
  "Table",
  "Database",
  "Object",
  "Package",
  "Skill",
  "Model",
  "Secret",
  "Channel",
  "Agent",
  "Policy",
];
const GOVERNED: readonly ResourceType[] = [
  "User",
  "Group",
  "Agent",
  "Tool",
  "Server",
  "File",
  "Host",
  "Table",
  "Database",
  "Object",
  "Model",
  "Secret",
  "Channel",
  "Policy",
];

/** Which resource types the Cedar schema lets each action apply to. */
export const APPLIES_TO: Readonly<Record<Action, readonly ResourceType[]>> = {
  read: PLACES,
  list: PLACES,
  create: PLACES,
  update: PLACES,
  delete: PLACES,
  remember: ["Agent", "File", "Object"],
  send: ["Host", "Channel", "Model", "Agent", "Server"],
  publish: ["Package", "Skill", "File", "Object", "Table", "Channel", "Host", "Model"],
  connect: ["Host", "Server", "Database", "Model"],
  execute: ["Tool", "File", "Package", "Skill", "Object"],
  install: ["Package", "Skill", "Server", "Model", "Tool"],
  spawn: ["Agent"],
  grant: GOVERNED,
  configure: GOVERNED,
  spend: ["Tool", "Server", "Host", "Model", "Agent", "Object"],
};
