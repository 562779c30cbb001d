import { isObject, type Json, type JsonObject } from "@bylaw/core";
import { ARGUMENT_DEPTH_MAX, INFERENCE_LEAVES_MAX, PATH_UNITS_MAX } from "../limits.ts";
import { wordsOf } from "./name.ts";
import {
  COMMAND_WORDS,
  CONTENT_WORDS,
  DESTINATION_WORDS,
  PATH_WORDS,
  PLACE_WORDS,
  SQL_STARTS,
  SQL_WORDS,
  URL_WORDS,
} from "./words.ts";

/** `content` is text that looks like a path: one only to a tool that takes no content. */
export type LeafKind = "path" | "url" | "sql" | "command" | "content" | "other";

/** One string of the arguments, and what it seems to be. */
export interface Leaf {
  /** Name of the argument that holds it, array positions left out. */
  readonly key: string;
  readonly text: string;
  readonly kind: LeafKind;
  readonly destination: boolean;
}

/** The string leaves; null when there are more than `most`, or deeper ones than inference follows. */
export function leavesOf(
  args: JsonObject,
  most: number = INFERENCE_LEAVES_MAX,
): readonly Leaf[] | null {
  const leaves: Leaf[] = [];
  const visit = (value: Json, key: string, depth: number): boolean => {
    if (depth > ARGUMENT_DEPTH_MAX) return false;
    if (typeof value === "string") {
      leaves.push(leaf(key, value));
      return leaves.length <= most;
    }
    if (Array.isArray(value)) return value.every((item: Json) => visit(item, key, depth + 1));
    if (!isObject(value)) return true;
    return Object.keys(value).every((name) => {
      // `files: {"/etc/passwd": "text"}` names its paths as keys.
      if (looksLikePath(name) || (isPathName(key) && /[./\\]/.test(name)))
        leaves.push({ key, text: name, kind: "path", destination: false });
      return leaves.length <= most && visit(value[name] as Json, name, depth + 1);
    });
  };
  return visit(args, "", 0) ? leaves : null;
}

function leaf(key: string, text: string): Leaf {
  const words = wordsOf(key);
  const destination = words.some((word) => DESTINATION_WORDS.has(word));
  return { key, text, kind: kindOf(words, text), destination };
}

function kindOf(words: readonly string[], text: string): LeafKind {
  const last = words.at(-1) ?? "";
  const isFile = /^\s*file:/i.test(text);
  if (!isFile && /^\s*(?:https?|wss?|ftps?):/i.test(text)) return "url";
  if (looksLikeSql(text) && !words.some((word) => CONTENT_WORDS.has(word))) return "sql";
  if (SQL_WORDS.has(last) && /^[\s(;]*[a-z]+\s/i.test(text) && looksLikeSql(text)) return "sql";
  if (words.some((word) => COMMAND_WORDS.has(word))) return "command";
  if (words.some((word) => CONTENT_WORDS.has(word)))
    return looksLikePath(text) ? "content" : "other";
  if (isFile) return "path";
  if (PATH_WORDS.has(last) || words.some((word) => word.endsWith("path"))) return "path";
  if (words.some((word) => PLACE_WORDS.has(word)) && /[/\\]|^[.~]/.test(text)) return "path";
  if (URL_WORDS.has(last)) return "url";
  return looksLikePath(text) ? "path" : "other";
}

function isPathName(key: string): boolean {
  return PATH_WORDS.has(wordsOf(key).at(-1) ?? "");
}

/** An absolute path, or one that climbs: whatever the argument is called. */
function looksLikePath(text: string): boolean {
  if (text.length > PATH_UNITS_MAX || /[\r\n]/.test(text)) return false;
  return /^(?:\/(?![/*])|~(?:\/|$)|\.{1,2}[/\\]|[A-Za-z]:[\\/]|\\\\|%2f|%2e%2e)/i.test(text);
}

/** The first word, after comments and brackets, starts a statement and something follows. */
function looksLikeSql(text: string): boolean {
  const start =
    /^(?:[\s(;]|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*([a-z]+)\b(?=\s|\/\*|--|["'`([*])/i.exec(
      text.slice(0, PATH_UNITS_MAX),
    );
  const word = start?.[1]?.toLowerCase();
  if (word === undefined || !SQL_STARTS.has(word)) return false;
  return /\b(?:from|into|set|table|database|schema|view|index|user|role|all|as|values|using|on|where|trigger|function|program|\*|=)\b|[*=(]/i.test(
    text.slice(0, PATH_UNITS_MAX),
  );
}
