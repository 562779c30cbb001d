import { SHELL_ALTERNATIVES_MAX, SHELL_VALUE_UNITS_MAX } from "../limits.ts";
import { type Arg, expandText, expandWord, plain, type Substitution } from "./expand.ts";
import { isMany } from "./patterns.ts";
import { placeholder, type State, type Variable } from "./state.ts";
import type { Assignment, Word } from "./syntax/ast.ts";

/** Gives a variable its value. Out: the values that may mean something by themselves. */
export function assign(
  { name, value, append, array }: Assignment,
  state: State,
  substitution: Substitution,
): readonly Arg[] {
  const { variables } = state;
  if (array && isWords(value)) {
    const args = value.flatMap((word) => expandWord(word, state, substitution).flat());
    const list = textsOf(args);
    const whole = append ? concat(variables.get(name)?.list, list) : list;
    const values = whole?.slice(0, 1) ?? null;
    variables.set(name, { values, list: whole, network: args.some((arg) => arg.network) });
    return [];
  }
  const args = expandText(value as Word, state, substitution);
  const before = append ? variables.get(name) : undefined;
  const texts = textsOf(args);
  const values = append ? sums(before?.values ?? null, texts) : texts;
  const network = args.some((arg) => arg.network);
  variables.set(name, { values: array ? null : values, list: null, network });
  return args;
}

const ANY: Variable = { values: null, list: null, network: false };
const SOME: Arg = { ...plain(placeholder("word")), known: false };

/** The variable of a loop: every word of its list, or of the arguments where it has none. */
export function iterate(
  variable: string,
  words: readonly Word[] | null,
  state: State,
  substitution: Substitution,
): void {
  state.variables.set(variable, ANY);
  const args = words?.flatMap((word) =>
    isMany(word) ? [SOME] : expandWord(word, state, substitution).flat(),
  );
  // File names that match a pattern are used as the pattern itself.
  const values = args === undefined ? (state.variables.get("@")?.list ?? null) : textsOf(args);
  const network = args?.some((arg) => arg.network) ?? false;
  state.variables.set(variable, { values, list: null, network });
}

/** `$1`, `$@` and so on. */
export function positional(args: readonly Arg[], { variables }: State): void {
  const list = textsOf(args);
  const network = args.some((arg) => arg.network);
  variables.set("@", { values: list === null ? null : [list.join(" ")], list, network });
  for (let at = 1; at <= 9; at += 1) {
    const arg = args[at - 1];
    const name = String(at);
    if (arg === undefined) variables.delete(name);
    else
      variables.set(name, {
        values: arg.known ? [arg.text] : null,
        list: null,
        network: arg.network,
      });
  }
}

function isWords(value: Word | readonly Word[]): value is readonly Word[] {
  return value.every((each) => Array.isArray(each));
}

/** Null where one of them is not known. */
function textsOf(args: readonly Arg[]): readonly string[] | null {
  return args.every((arg) => arg.known) ? args.map(({ text }) => text) : null;
}

function concat(
  a: readonly string[] | null | undefined,
  b: readonly string[] | null,
): readonly string[] | null {
  return b === null || a === null ? null : [...(a ?? []), ...b];
}

function sums(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return null;
  const found = a.flatMap((x) => b.map((y) => x + y));
  return found.length > SHELL_ALTERNATIVES_MAX ||
    found.some((text) => text.length > SHELL_VALUE_UNITS_MAX)
    ? null
    : found;
}
