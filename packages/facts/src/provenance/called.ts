import type { Json, JsonObject } from "@bylaw/core";
import { CHANGES, GRAVE, type KindSet, kindBit } from "./lexicon/kinds.ts";
import { VERB_KINDS } from "./lexicon/verbs.ts";
import { stem } from "./stem.ts";
import { shapeOf, wordsOfName } from "./text.ts";
import type { ToolProfile } from "./tool.ts";
import { toolKind } from "./tool-kinds.ts";

/** What a tool does when it is called so: one that shows a thing, or does several, is told by its arguments. */
export function asCalled(profile: ToolProfile, args: JsonObject): ToolProfile {
  const told = toldKind(args, profile);
  if (told !== null)
    return {
      ...profile,
      kinds: told.kinds,
      acts: new Set([told.verb]),
      unknown: false,
      local: profile.local && told.kinds === CREATE,
    };
  if (!sets(args, profile)) return profile;
  const kinds = kindBit(pays(args, profile) ? "pay" : "update");
  return { ...profile, kinds, local: false };
}

const CREATE = kindBit("create");

/** Whether the call changes the thing that its tool otherwise shows; an `action` may say that it looks. */
function sets(args: JsonObject, { kinds, settable, thing }: ToolProfile): boolean {
  if ((kinds & CHANGES) !== 0) return false;
  // Nobody looks anything up by the account that it is to be paid to.
  if (thing && Object.values(args).some(isAccount)) return true;
  if (settable.size === 0) return false;
  return [...settable].some((name) => {
    const value = args[name];
    if (value === undefined || value === null) return false;
    return typeof value !== "string" || VERB_KINDS.get(stem(value))?.[0] !== "read";
  });
}

/** What a tool that can do several things is told to do: `calendar(action: "delete")`. */
function toldKind(
  args: JsonObject,
  { kinds, unknown, acting }: ToolProfile,
): { readonly kinds: KindSet; readonly verb: string } | null {
  if (acting.size === 0 || (!unknown && (kinds & GRAVE) !== 0)) return null;
  for (const name of Object.keys(args)) {
    const value = args[name];
    // A tool that knows no such parameter does what it does, whatever a call says that it wants.
    if (typeof value !== "string" || !acting.has(name)) continue;
    const verb = stem(wordsOfName(value)[0] ?? "");
    const named = VERB_KINDS.get(verb);
    const kind = named === undefined ? undefined : toolKind(verb, named);
    if (kind !== undefined) return { kinds: kindBit(kind), verb };
  }
  return null;
}

/** `Standing order or dated payment`, with an account and an amount. */
function pays(args: JsonObject, { roles }: ToolProfile): boolean {
  const given = [...roles].filter(([name]) => isAccount(args[name])).length > 0;
  return given && [...roles].some(([name, role]) => role === "amount" && args[name] !== undefined);
}

function isAccount(value: Json | undefined): boolean {
  return typeof value === "string" && /^[a-z]/i.test(value) && shapeOf(value) === "account";
}
