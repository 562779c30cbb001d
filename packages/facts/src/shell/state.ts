import type { Command } from "./syntax/ast.ts";

/** Where a text came from: what it may do when it is run depends on it. */
export interface Content {
  /** The text; null when it is not known. */
  readonly text: string | null;
  /** Some of it came over the network. */
  readonly network: boolean;
  /** Some of it was decoded or decrypted from something that is not known. */
  readonly decoded: boolean;
  /** Patterns of the file names that it consists of, where it is a list of names. */
  readonly names?: readonly string[];
}

export const NOTHING: Content = { text: "", network: false, decoded: false };
export const UNKNOWN: Content = { text: null, network: false, decoded: false };
export const DOWNLOADED: Content = { text: null, network: true, decoded: false };

export function known(text: string): Content {
  return { ...NOTHING, text };
}

/** One text behind another. */
export function joined(contents: readonly Content[]): Content {
  return {
    text: contents.every(({ text }) => text !== null)
      ? contents.map(({ text }) => text).join("")
      : null,
    network: contents.some(({ network }) => network),
    decoded: contents.some(({ decoded }) => decoded),
  };
}

/** A value of a variable: `null` text is unknown. */
export interface Variable {
  /** Every value it may have; null: any. */
  readonly values: readonly string[] | null;
  /** Elements of an array; null: not an array, or not known. */
  readonly list: readonly string[] | null;
  readonly network: boolean;
}

/** What a shell remembers between commands; copied where a subshell or a branch starts. */
export interface State {
  readonly variables: Map<string, Variable>;
  readonly functions: Map<string, readonly Command[]>;
  readonly aliases: Map<string, string>;
  /** What was written in this text, by path. */
  readonly files: Map<string, Content>;
  /** Folders that hold what came over the network. */
  readonly downloads: Set<string>;
  /** Every folder that may be the current one; null: not known. */
  folders: readonly string[] | null;
}

export function emptyState(folder: string | null, home: string | null): State {
  const value = (text: string): Variable => ({ values: [text], list: null, network: false });
  const variables = new Map<string, Variable>([["IFS", value(" \t\n")]]);
  if (home !== null) variables.set("HOME", value(home));
  for (const [name, shell] of [
    ["SHELL", "/bin/bash"],
    ["BASH", "/bin/bash"],
  ] as const)
    variables.set(name, value(shell));
  return {
    variables,
    functions: new Map(),
    aliases: new Map(),
    files: new Map(),
    downloads: new Set(),
    folders: folder === null ? null : [folder],
  };
}

export function copyOf(state: State): State {
  return {
    variables: new Map(state.variables),
    functions: new Map(state.functions),
    aliases: new Map(state.aliases),
    files: new Map(state.files),
    downloads: new Set(state.downloads),
    folders: state.folders,
  };
}

/** After a part that may or may not have run: everything may be as before or as after. */
export function merge(into: State, after: State): void {
  const names = new Set([...into.variables.keys(), ...after.variables.keys()]);
  for (const name of names) {
    const [a, b] = [into.variables.get(name), after.variables.get(name)];
    if (a !== b) into.variables.set(name, eitherOf(a, b));
  }
  for (const [name, bodies] of after.functions) {
    const before = into.functions.get(name) ?? [];
    into.functions.set(name, [...new Set([...before, ...bodies])]);
  }
  for (const [name, text] of after.aliases) into.aliases.set(name, text);
  for (const [path, content] of after.files) {
    const before = into.files.get(path);
    into.files.set(
      path,
      before === undefined || before === content ? content : either(before, content),
    );
  }
  for (const folder of after.downloads) into.downloads.add(folder);
  if (into.folders !== null)
    into.folders =
      after.folders === null ? null : [...new Set([...into.folders, ...after.folders])];
}

const NEVER_SET: Variable = { values: [""], list: null, network: false };

function eitherOf(a: Variable = NEVER_SET, b: Variable = NEVER_SET): Variable {
  const values =
    a.values === null || b.values === null ? null : [...new Set([...a.values, ...b.values])];
  return { values, list: null, network: a.network || b.network };
}

function either(a: Content, b: Content): Content {
  return {
    text: a.text === b.text ? a.text : null,
    network: a.network || b.network,
    decoded: a.decoded || b.decoded,
  };
}

/** What stands in a text for a part that is not known; no path that starts with it is resolved. */
export function placeholder(name: string): string {
  return `\${${name}}`;
}
