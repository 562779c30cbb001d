import type { Action } from "@bylaw/core";
import { CONJUNCTIONS, COPY_VERBS, MOVE_VERBS, VERBS } from "./words.ts";

/** What a tool's name says it does. */
export type NameReading =
  | { readonly kind: "acts"; readonly actions: readonly Action[]; readonly noun: string }
  | { readonly kind: "moves"; readonly keepsSource: boolean; readonly noun: string }
  | { readonly kind: "unclear" };

/** Lower-case words of a camelCase, snake_case, kebab-case or dotted name. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

const isVerb = (word: string): boolean => VERBS.has(word) || COPY_VERBS.has(word);

/**
 * Reads the verb out of a tool's name. The first word decides, or the last one where the first is no
 * verb (`records.delete`); a second verb that is not also a noun makes the name unclear unless a
 * conjunction joins them, and then both hold.
 */
export function readName(name: string): NameReading {
  const words = wordsOf(name);
  const first = words[0] ?? "";
  const last = words.at(-1) ?? "";
  const lead = isVerb(first) ? first : isVerb(last) ? last : words.find(isVerb);
  if (lead === undefined) return { kind: "unclear" };
  const others = words.toSpliced(words.indexOf(lead), 1).filter(isVerb);
  const joined = words.some((word) => CONJUNCTIONS.has(word));
  const stated = joined
    ? [lead, ...others]
    : [lead, ...others.filter((word) => !isNoun(word) && !observes(word))];
  const spoken = words.filter((word) => !stated.includes(word) && !CONJUNCTIONS.has(word));
  const noun = spoken.join("-") || "thing";

  if (stated.length === 1 && (MOVE_VERBS.has(lead) || COPY_VERBS.has(lead)))
    return { kind: "moves", keepsSource: COPY_VERBS.has(lead), noun };
  const actions = [...new Set(stated.flatMap((word) => VERBS.get(word)?.actions ?? []))];
  if (actions.length === 0 || actions.includes("execute")) return { kind: "unclear" };
  if (!joined && stated.length > 1) return { kind: "unclear" };
  return { kind: "acts", actions, noun };
}

/** A word that only observes adds nothing to another verb (`delete_list`, `get_file_info`). */
function observes(word: string): boolean {
  return (
    VERBS.get(word)?.actions.every((action) => action === "read" || action === "list") === true
  );
}

function isNoun(word: string): boolean {
  return VERBS.get(word)?.noun === true;
}
