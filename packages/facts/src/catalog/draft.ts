import { isArray, isObject, type Json, type ToolDefinition } from "@bylaw/core";
import { type Draft, draftEntry } from "../infer/draft.ts";

/** A catalog file that a person goes on from. */
export interface CatalogDraft {
  readonly text: string;
  readonly drafts: readonly Draft[];
}

const HEAD = `# A starting point, from what the server says about its own tools. Nobody has reviewed it.
# Look at each entry, correct it, and put your name to it with \`reviewed_by\`; until then Bylaw uses
# the entry and tells policies that it is not reviewed. \`definition\` ties an entry to the tool as it was
# when this was written: when the server changes the tool, the entry is no longer used.
`;

/** Drafts entries for the tools of a server. What nothing can be said about stands there as a comment. */
export function draftCatalog(server: string, tools: readonly ToolDefinition[]): CatalogDraft {
  const sorted = [...tools].sort((a, b) => (a.name < b.name ? -1 : 1));
  const drafts = sorted.map((tool) => draftEntry(server, tool));
  const entries = sorted.map((tool, at) => written(server, tool, drafts[at] as Draft));
  const none = drafts.every(({ entry }) => entry === null);
  const body = `version: 1\ntools:${none ? " {}" : ""}\n${entries.join("")}`;
  return { text: `${HEAD}${body}`, drafts };
}

function written(server: string, { name, digest }: ToolDefinition, draft: Draft): string {
  const key = JSON.stringify(`${server}/${name}`).replace(/[\u007f-\uffff]/g, escaped);
  const { confidence, entry, open } = draft;
  const notes = open.map((line) => `  # open: ${line.replace(/[^\x20-\x7e]/g, "?")}\n`).join("");
  const head = `\n  # confidence: ${confidence}\n${notes}`;
  if (entry === null) return `${head}  # ${key}:\n  #   definition: ${digest}\n  #   effects: []\n`;
  const lines = Object.entries(entry).flatMap(([part, value]) => lineOf(part, value));
  const all = [`definition: ${digest}`, "# reviewed_by: YOUR NAME", ...lines];
  return `${head}  ${key}:\n${all.map((line) => `    ${line}\n`).join("")}`;
}

function lineOf(part: string, value: Json): readonly string[] {
  if (!isArray(value)) return [`${part}: ${flow(value)}`];
  return [`${part}:`, ...value.map((item) => `  - ${flow(item)}`)];
}

/** YAML's flow style, which JSON's texts are a part of. */
function flow(value: Json): string {
  if (isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (!isObject(value)) return scalar(value);
  const members = Object.entries(value).map(([key, inner]) => `${key}: ${flow(inner)}`);
  return `{ ${members.join(", ")} }`;
}

function scalar(value: Json): string {
  if (
    typeof value === "string" &&
    /^[A-Za-z][A-Za-z0-9_]*$/.test(value) &&
    !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(value)
  )
    return value;
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, escaped);
}

/** What could paint a terminal or hide stays visible in the file. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
