import { isDeepStrictEqual } from "node:util";
import { fail, isObject, type Json, type JsonObject, ok, type Result } from "@bylaw/core";
import type { ConnectError, Edit } from "./client.ts";
import { memberOf, type Node, plain, readJsonc, withMembers } from "./jsonc.ts";
import { replaced } from "./replacement.ts";

/** Name of the program's copy in the data folder: by it Bylaw's entries are told from others. */
export const HOOK_PROGRAM = "bylaw-hook.cjs";

/**
 * Adds one group of hooks to each event of a settings file, beside whatever hooks are there.
 *
 * In: the text of the file, null where it is not there; the groups by event; other members to set.
 */
export function addHooks(
  text: string | null,
  path: string,
  groups: Readonly<Record<string, JsonObject>>,
  more: Readonly<Record<string, Json>> = {},
): Result<Edit, ConnectError> {
  if (text === null || text.trim() === "")
    return ok(edit(`${JSON.stringify({ ...more, hooks: listed(groups) }, null, 2)}\n`, groups));
  const read = readJsonc(text);
  if (!read.ok) {
    const { line, column, message } = read.error;
    const where = `${path}:${line}:${column}`;
    return fail({ code: "connect.syntax", message: `${where}: ${message}; nothing was changed` });
  }
  const shape = shapeProblem(read.value, Object.keys(groups));
  if (shape !== null)
    return fail({ code: "connect.syntax", message: `${path}: ${shape}; nothing was changed` });
  if (isComplete(plain(read.value), groups, more)) return ok(edit(text, groups));
  const clean = removeHooks(text) ?? text;
  return ok(edit(withGroups(clean, groups, more), groups));
}

function edit(text: string, groups: Readonly<Record<string, JsonObject>>): Edit {
  return { text, notes: [`asks Bylaw at: ${Object.keys(groups).join(", ")}`], secrets: [] };
}

function listed(groups: Readonly<Record<string, JsonObject>>): JsonObject {
  return Object.fromEntries(Object.entries(groups).map(([event, group]) => [event, [group]]));
}

/** A file of another form than the client reads would be made worse by adding to it. */
function shapeProblem(root: Node, events: readonly string[]): string | null {
  if (root.kind !== "object") return "the file is not an object";
  const hooks = memberOf(root, "hooks");
  if (hooks === undefined) return null;
  if (hooks.kind !== "object") return "`hooks` is not an object";
  const odd = events.find((event) => (memberOf(hooks, event)?.kind ?? "array") !== "array");
  return odd === undefined ? null : `\`hooks.${odd}\` is not a list`;
}

function isComplete(
  root: Json,
  groups: Readonly<Record<string, JsonObject>>,
  more: Readonly<Record<string, Json>>,
): boolean {
  if (!isObject(root)) return false;
  const hooks = root["hooks"];
  if (!isObject(hooks)) return false;
  const wanted = Object.entries(groups).every(([event, group]) => {
    const there = hooks[event];
    const all = Array.isArray(there) ? there.map(bare) : [];
    return all.filter((one) => isDeepStrictEqual(one, bare(group))).length === 1;
  });
  return (
    wanted &&
    ours(hooks).length === Object.keys(groups).length &&
    Object.entries(more).every(([key, value]) => isDeepStrictEqual(root[key], value))
  );
}

/** Without prototypes, which a comparison would see. */
function bare(value: Json): unknown {
  return JSON.parse(JSON.stringify(value));
}

function ours(hooks: JsonObject): readonly Json[] {
  return Object.values(hooks).flatMap((list) =>
    Array.isArray(list) ? (list as readonly Json[]).filter(isOurs) : [],
  );
}

function isOurs(group: Json): boolean {
  return JSON.stringify(group).includes(HOOK_PROGRAM);
}

function withGroups(
  text: string,
  groups: Readonly<Record<string, JsonObject>>,
  more: Readonly<Record<string, Json>>,
): string {
  const appended = Object.entries(groups).reduce((now, [event, group]) => {
    const list = memberOf(memberOf(rootOf(now), "hooks"), event);
    if (list?.kind !== "array") return now;
    const last = list.items.at(-1);
    const at = last?.end ?? list.start + 1;
    const lead = last === undefined ? "" : ", ";
    return replaced(now, [{ start: at, end: at, text: `${lead}${JSON.stringify(group)}` }]);
  }, text);
  const hooks = memberOf(rootOf(appended), "hooks");
  const missing = Object.entries(groups).filter(([event]) => memberOf(hooks, event) === undefined);
  const lists = listed(Object.fromEntries(missing));
  const added =
    hooks?.kind === "object"
      ? replaced(appended, [
          { start: hooks.start, end: hooks.end, text: withMembers(appended, hooks, lists, []) },
        ])
      : withRoot(appended, { hooks: lists });
  return Object.keys(more).length === 0 ? added : withRoot(added, more);
}

function withRoot(
  text: string,
  set: Readonly<Record<string, Json>>,
  remove: readonly string[] = [],
): string {
  const root = rootOf(text);
  const put = withMembers(text, root, set, remove);
  return replaced(text, [{ start: root.start, end: root.end, text: put }]);
}

function rootOf(text: string): Extract<Node, { kind: "object" }> {
  const read = readJsonc(text);
  if (!read.ok || read.value.kind !== "object") throw new Error("an edit broke the file");
  return read.value;
}

/** Takes Bylaw's groups out again, and lists that they leave empty. Null where it cannot be read. */
export function removeHooks(text: string): string | null {
  const read = readJsonc(text);
  if (!read.ok || read.value.kind !== "object") return null;
  const hooks = memberOf(read.value, "hooks");
  if (hooks?.kind !== "object") return text;
  const lists = hooks.members.filter(
    ({ value }) => value.kind === "array" && value.items.some((item) => isOurs(plain(item))),
  );
  const kept = lists.filter(({ value }) => !allOurs(value));
  const thinned = replaced(
    text,
    kept.map(({ value }) => ({ start: value.start, end: value.end, text: without(text, value) })),
  );
  const emptied = lists.filter(({ value }) => allOurs(value)).map(({ key }) => key);
  if (emptied.length === 0) return thinned;
  if (emptied.length === hooks.members.length) return withRoot(thinned, {}, ["hooks"]);
  const rest = memberOf(rootOf(thinned), "hooks");
  if (rest?.kind !== "object") return null;
  const put = withMembers(thinned, rest, {}, emptied);
  return replaced(thinned, [{ start: rest.start, end: rest.end, text: put }]);
}

function allOurs(value: Node): boolean {
  return value.kind === "array" && value.items.every((item) => isOurs(plain(item)));
}

/** A list as it is written, without Bylaw's items: those come last unless somebody moved them. */
function without(text: string, list: Node): string {
  if (list.kind !== "array") return text.slice(list.start, list.end);
  const items = list.items.filter((item) => !isOurs(plain(item)));
  const [first, last] = [items[0], items.at(-1)];
  if (first === undefined || last === undefined) return "[]";
  const ends = list.items.at(-1)?.end ?? list.end - 1;
  const before = text.slice(list.start, list.items[0]?.start);
  const between = items.map((item) => text.slice(item.start, item.end)).join(", ");
  const untouched = list.items.indexOf(last) === items.length - 1;
  const inside = untouched ? text.slice(first.start, last.end) : between;
  return `${before}${inside}${text.slice(ends, list.end)}`;
}

/** A command line for a POSIX shell. */
export function commandLine(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}

const UNDECIDED = "Bylaw did not get to decide ($code), so this was refused.";
/** How a client is told, in shell: by words, or by a JSON answer where it shows the words to nobody. */
const SAID = {
  words: `echo "${UNDECIDED}" >&2`,
  denial: `echo "{\\"permissionDecision\\":\\"deny\\",\\"permissionDecisionReason\\":\\"${UNDECIDED}\\"}"`,
};

/**
 * The command line for clients that go on when a hook fails, or refuse without a word: one that cannot be
 * started, or is killed, refuses as well. Whatever did not end with 0, or with words and 2, ends with words
 * and 2: Codex and Gemini CLI want both. Not on Windows, where there is no such shell.
 */
export function refusingLine(
  words: HookCommand["words"],
  says: keyof typeof SAID = "words",
): string {
  const [env, empty, ...program] = words;
  if (env !== "/usr/bin/env" || empty !== "-i") return commandLine(words);
  const script = `"$@"; code=$?; [ $code -eq 0 ] && exit 0; [ $code -eq 2 ] || ${SAID[says]}; exit 2`;
  return commandLine([env, empty, "/bin/sh", "-c", script, "bylaw", ...program]);
}

/** A program that each client starts at its hooks. */
export interface HookCommand {
  /** Program and arguments, with absolute paths and an empty environment. */
  readonly words: readonly [string, ...string[]];
  /** Seconds that the client waits: more than the program itself does. */
  readonly timeoutS: number;
}
