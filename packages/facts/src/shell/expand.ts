import { SHELL_ALTERNATIVES_MAX, SHELL_VALUE_UNITS_MAX } from "../limits.ts";
import { bracesOf, isPattern, patternSource, TooMany } from "./patterns.ts";
import { type Content, placeholder, type State, type Variable } from "./state.ts";
import type { Part, Script, Word } from "./syntax/ast.ts";

/** One argument as the program gets it. */
export interface Arg {
  /** Unknown parts are `${…}`. */
  readonly text: string;
  readonly known: boolean;
  /** Unquoted `*`, `?` or `[`: stands for every file name that matches. */
  readonly pattern: boolean;
  /** Some of it came over the network. */
  readonly network: boolean;
}

export function plain(text: string): Arg {
  return { text, known: true, pattern: false, network: false };
}

/** An argument as a text of its own. */
export function contentOf({ text, known: told, network }: Arg): Content {
  return { text: told ? text : null, network, decoded: false };
}

/** What expansion needs of the shell around it. */
export interface Substitution {
  /** Runs the commands of `$(…)`; what they print. */
  capture(script: Script): Content;
  /** Runs the commands of `<(…)`; the name that stands for their output or input. */
  process(script: Script, input: boolean): Arg;
  /** Notes that a variable of the environment is used that the text did not set. */
  environment(name: string): void;
}

/** A run of characters of a word. */
interface Run {
  readonly text: string;
  readonly known: boolean;
  readonly quoted: boolean;
  /** Result of an expansion, split into fields at IFS when it is not quoted. */
  readonly splits: boolean;
  readonly network: boolean;
  /** Starts a field of its own: an element of `"$@"`. */
  readonly breaks: boolean;
}

/**
 * The fields that a word becomes, in every way that is known: one list of fields per combination of
 * values. Never empty.
 */
export function expandWord(
  word: Word,
  state: State,
  shell: Substitution,
): readonly (readonly Arg[])[] {
  const words = bracesOf(word);
  const lists = words.map((each) => fieldsOf(each, state, shell));
  return product(lists).map((fields) => fields.flat());
}

/** Every argument list that words may make. */
export function expandWords(
  words: readonly Word[],
  state: State,
  shell: Substitution,
): readonly (readonly Arg[])[] {
  const lists = words.map((word) => expandWord(word, state, shell));
  return product(lists).map((fields) => fields.flat());
}

/** A word that is not split: the value of an assignment, the target of a redirection. */
export function expandText(word: Word, state: State, shell: Substitution): readonly Arg[] {
  const combinations = product(word.map((part) => runsOf(part, state, shell)));
  return combinations.map((runs) => argOf(runs.flat()) ?? plain(""));
}

function fieldsOf(word: Word, state: State, shell: Substitution): readonly (readonly Arg[])[] {
  const combinations = product(word.map((part) => runsOf(part, state, shell)));
  const separators = state.variables.get("IFS")?.values ?? null;
  return combinations.map((runs) => split(runs.flat(), separators?.join("") ?? " \t\n"));
}

/** Every choice of one element per list. */
function product<Value>(lists: readonly (readonly Value[])[]): readonly (readonly Value[])[] {
  let found: Value[][] = [[]];
  for (const list of lists) {
    const [only] = list;
    // A word of tens of thousands of parts must not be copied for each of them.
    if (list.length === 1) for (const chosen of found) chosen.push(only as Value);
    else found = found.flatMap((chosen) => list.map((value) => [...chosen, value]));
    if (found.length > SHELL_ALTERNATIVES_MAX) throw new TooMany();
  }
  return found;
}

function split(runs: readonly Run[], separators: string): readonly Arg[] {
  const fields: Arg[] = [];
  let current: Run[] = [];
  const end = (): void => {
    const arg = argOf(current);
    if (arg !== null) fields.push(arg);
    current = [];
  };
  for (const run of runs) {
    if (run.breaks) end();
    if (!run.splits || run.quoted || !run.known) {
      current.push(run);
      continue;
    }
    let text = "";
    for (const character of run.text) {
      if (!separators.includes(character)) {
        text += character;
        continue;
      }
      if (text !== "") current.push({ ...run, text });
      text = "";
      end();
    }
    if (text !== "") current.push({ ...run, text });
  }
  end();
  return fields;
}

/** Null: nothing, not even an empty text. */
function argOf(runs: readonly Run[]): Arg | null {
  if (!runs.some(({ text, quoted }) => quoted || text !== "")) return null;
  const text = runs.map((run) => run.text).join("");
  if (text.length > SHELL_VALUE_UNITS_MAX) throw new TooMany();
  return {
    text,
    known: runs.every((run) => run.known),
    // The variable of a loop over a pattern holds many names, quoted or not.
    pattern: runs.some((run) => (!run.quoted || run.splits) && run.known && isPattern(run.text)),
    network: runs.some((run) => run.network),
  };
}

const run = (text: string, quoted: boolean, more: Partial<Run> = {}): Run => ({
  text,
  quoted,
  known: true,
  splits: false,
  network: false,
  breaks: false,
  ...more,
});

/** Alternatives of one part. */
function runsOf(part: Part, state: State, shell: Substitution): readonly (readonly Run[])[] {
  switch (part.kind) {
    case "text":
      return [[run(part.text, part.quoted)]];
    case "command": {
      const content = shell.capture(part.script);
      const { network } = content;
      if (content.text === null)
        return [[run(placeholder("command"), part.quoted, { known: false, network })]];
      const text = content.text.replace(/\n+$/, "");
      return [[run(text, part.quoted, { splits: true, network })]];
    }
    case "process": {
      const { text, known, network } = shell.process(part.script, part.input);
      return [[run(text, true, { known, network })]];
    }
    case "arithmetic":
      return [[arithmetic(part.content, part.quoted, state, shell)]];
    case "variable":
      return variableRuns(part, state, shell);
  }
}

/** A number, whatever it is; commands inside run. */
function arithmetic(content: Word, quoted: boolean, state: State, shell: Substitution): Run {
  const [only, ...others] = expandText(content, state, shell);
  const text = only?.text.trim() ?? "";
  if (others.length === 0 && only?.known && /^\d{1,15}$/.test(text))
    return run(String(Number(text)), quoted);
  return run(placeholder("number"), quoted, { known: false });
}

type VariablePart = Extract<Part, { kind: "variable" }>;

function variableRuns(
  part: VariablePart,
  state: State,
  shell: Substitution,
): readonly (readonly Run[])[] {
  const { quoted, operator } = part;
  const elements = elementsOf(part, state);
  if (elements !== null && operator === null)
    return [elements.map((text, at) => run(text, quoted, { splits: true, breaks: at > 0 }))];
  const variable = lookUp(part.name, state);
  if (variable === undefined) shell.environment(part.name);
  const argument = part.argument === null ? [plain("")] : expandText(part.argument, state, shell);
  const found = valuesOf(variable, operator, argument, state, part.name);
  const unknown = run(placeholder(part.name.replace(/\W/g, "") || "value"), quoted, {
    known: false,
    network: variable?.network ?? false,
  });
  if (found === null) return [[unknown]];
  return found.map(({ text, known, network }) => [
    run(text, quoted, { known, network, splits: true }),
  ]);
}

/** `$@`, `${list[@]}`; null where it is no list that is known. */
function elementsOf({ name }: VariablePart, state: State): readonly string[] | null {
  if (name === "@" || name === "*") return state.variables.get("@")?.list ?? null;
  const base = /^(\w+)\[[@*]\]$/.exec(name)?.[1];
  return base === undefined ? null : (state.variables.get(base)?.list ?? null);
}

function lookUp(name: string, state: State): Variable | undefined {
  if (name === "PWD") return { values: state.folders, list: null, network: false };
  const element = /^(\w+)\[(\d+)\]$/.exec(name);
  if (element !== null) {
    const variable = state.variables.get(element[1] ?? "");
    const text = variable?.list?.[Number(element[2])];
    return text === undefined
      ? { values: null, list: null, network: variable?.network ?? false }
      : { values: [text], list: null, network: variable?.network ?? false };
  }
  return state.variables.get(name);
}

/** Null: not known. A variable that this text does not set may come from the environment. */
function valuesOf(
  variable: Variable | undefined,
  operator: string | null,
  argument: readonly Arg[],
  state: State,
  name: string,
): readonly Arg[] | null {
  const values =
    variable?.values?.map((text): Arg => ({ ...plain(text), network: variable.network })) ?? null;
  if (operator === null) return values;
  switch (operator.replace(":", "")) {
    case "-":
    case "=": {
      // The environment may set it, so that both are possible; the default is what is known.
      const set = values?.filter(({ text }) => text !== "");
      const found =
        set !== undefined && set.length === values?.length ? set : [...(set ?? []), ...argument];
      if (operator.endsWith("=") && variable === undefined && found.every(({ known }) => known))
        state.variables.set(name, {
          values: found.map(({ text }) => text),
          list: null,
          network: false,
        });
      return found;
    }
    case "+":
      return variable === undefined ? [plain(""), ...argument] : argument;
    case "?":
      return values;
    default:
      return values === null ? null : changed(values, operator, argument);
  }
}

/** Operators that take a value apart. */
function changed(
  values: readonly Arg[],
  operator: string,
  argument: readonly Arg[],
): readonly Arg[] | null {
  const [only] = argument;
  if (argument.length !== 1 || only === undefined || !only.known) return null;
  const found = values.map((value) => {
    const text = changedText(value.text, operator, only.text);
    return text === null ? null : { ...value, text };
  });
  return found.every((value) => value !== null) ? found : null;
}

function changedText(text: string, operator: string, argument: string): string | null {
  const source = (greedy: boolean): string => patternSource(argument, greedy);
  switch (operator) {
    case "#":
      return argument === ""
        ? String(text.length)
        : text.replace(new RegExp(`^${source(false)}`, "s"), "");
    case "##":
      return text.replace(new RegExp(`^${source(true)}`, "s"), "");
    case "%":
    case "%%":
      return withoutEnd(text, new RegExp(`^${source(true)}$`, "s"), operator === "%%");
    case "/":
    case "//": {
      const [pattern, replacement = ""] = argument.split(/\/(.*)/s);
      if (pattern === undefined || pattern === "" || /^[#%]/.test(pattern)) return null;
      const flags = operator === "//" ? "gs" : "s";
      return text.replace(new RegExp(patternSource(pattern, true), flags), () => replacement);
    }
    case "^^":
      return argument === "" ? text.toUpperCase() : null;
    case ",,":
      return argument === "" ? text.toLowerCase() : null;
    case "^":
      return argument === "" ? text.slice(0, 1).toUpperCase() + text.slice(1) : null;
    case ",":
      return argument === "" ? text.slice(0, 1).toLowerCase() + text.slice(1) : null;
    case ":": {
      const found = /^ ?(\d{1,6})(?::(\d{1,6}))?$/.exec(argument);
      if (found === null) return null;
      const from = Number(found[1]);
      return found[2] === undefined ? text.slice(from) : text.slice(from, from + Number(found[2]));
    }
    default:
      return null;
  }
}

/** Cuts the shortest or longest end that matches. */
function withoutEnd(text: string, pattern: RegExp, longest: boolean): string | null {
  if (text.length > 4_096) return null;
  const cuts = Array.from({ length: text.length + 1 }, (_, at) =>
    longest ? at : text.length - at,
  );
  const cut = cuts.find((at) => pattern.test(text.slice(at)));
  return cut === undefined ? text : text.slice(0, cut);
}
