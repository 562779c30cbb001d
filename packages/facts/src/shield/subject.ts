import {
  type ActionRequest,
  type Effect,
  isPrompt,
  isToolCall,
  type ShieldScope,
  skillScope,
} from "@bylaw/core";
import type { Analysis } from "../analyze.ts";
import { type Leaf, leavesOf } from "../infer/leaves.ts";
import { wordsOf } from "../infer/name.ts";
import { SHIELD_LEAVES_MAX, SHIELD_TEXT_UNITS_MAX } from "../limits.ts";

/** A skill that comes in or runs. */
export interface SkillEvent {
  readonly scope: ShieldScope;
  readonly effect: number | null;
  /** Every name that it is known by, in NFC. */
  readonly names: readonly string[];
  /** Who published it as far as its source says so; null where nobody told. */
  readonly publisher: string | null;
}

/** What of an action SHIELD conditions are compared with. Held in memory only, never recorded. */
export interface Subject {
  readonly request: ActionRequest;
  readonly effects: readonly Effect[];
  readonly skills: readonly SkillEvent[];
  /** Every text of the call; null when there is more than is compared. */
  readonly leaves: readonly Leaf[] | null;
  /** Files named, by resolved path. */
  readonly files: readonly string[];
  readonly prompts: readonly string[];
  readonly commands: readonly string[];
  readonly toolCall: boolean;
}

export function subjectOf(request: ActionRequest, analysis: Analysis): Subject {
  const { effects, files } = analysis;
  const action = { ...request, definition: null };
  const leaves = textsOf(request);
  const prompt = isPrompt({ action, effects });
  return {
    request,
    effects,
    skills: skillsOf(request, effects, leaves ?? []),
    leaves,
    files,
    prompts: prompt ? (leaves ?? []).map(({ text }) => text) : [],
    commands: commandsOf(leaves ?? []),
    toolCall: isToolCall({ action }),
  };
}

function textsOf({ arguments: args, target, operation }: ActionRequest): readonly Leaf[] | null {
  const found = leavesOf(args, SHIELD_LEAVES_MAX);
  if (found === null) return null;
  // `resources/read` names its address as the target.
  const named = target === null || operation === "tools/call" ? [] : [target];
  const own = named.map((text): Leaf => ({ key: "uri", text, kind: "url", destination: false }));
  const leaves = [...own, ...found];
  const units = leaves.reduce((sum, { text }) => sum + text.length, 0);
  return units > SHIELD_TEXT_UNITS_MAX ? null : leaves;
}

/** Each command as written, and all texts in a row: a program and its arguments may come apart. */
function commandsOf(leaves: readonly Leaf[]): readonly string[] {
  const commands = leaves.filter(({ kind }) => kind === "command").map(({ text }) => text);
  if (commands.length === 0) return [];
  return [...commands, leaves.map(({ text }) => text).join(" ")];
}

const INSTALLING: ReadonlySet<string> = new Set(
  "install add create new download fetch import update upgrade enable publish".split(" "),
);

/** Characters of a text that can be a skill's name. */
const NAME_UNITS_MAX = 256;

function skillsOf(
  { target, operation }: ActionRequest,
  effects: readonly Effect[],
  leaves: readonly Leaf[],
): readonly SkillEvent[] {
  const told = effects.flatMap((effect, at): readonly SkillEvent[] => {
    const scope = skillScope(effect);
    return scope === null ? [] : [skillOf(effect, at, scope)];
  });
  // A tool that nobody described and that says itself that it is about skills.
  const words = operation === "tools/call" ? wordsOf(target ?? "") : [];
  if (told.length > 0 || !words.some((word) => word === "skill" || word === "skills")) return told;
  const scope = words.some((word) => INSTALLING.has(word)) ? "skill.install" : "skill.execute";
  return leaves
    .filter(({ text }) => text.length <= NAME_UNITS_MAX)
    .map(({ text }) => ({ scope, effect: null, ...identity(text) }));
}

function skillOf({ resource }: Effect, effect: number, scope: ShieldScope): SkillEvent {
  const own = identity(resource.id);
  const { name, publisher } = resource.attrs;
  return {
    scope,
    effect,
    names: [...own.names, ...(typeof name === "string" ? identity(name).names : [])],
    publisher: typeof publisher === "string" ? publisher.toLowerCase() : own.publisher,
  };
}

/** `@owner/name@1.2` is known as all of it, as `name` and by its owner. */
function identity(id: string): Pick<SkillEvent, "names" | "publisher"> {
  const text = id.normalize("NFC").trim();
  const parts = text.replace(/^@/, "").split("/");
  const last = parts.at(-1) ?? "";
  const owner = parts.length === 2 ? (parts[0] ?? "").toLowerCase() : null;
  return { names: [text, last, last.replace(/@[^@]*$/, "")], publisher: owner };
}
