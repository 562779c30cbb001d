import type { Call, Shell } from "../call.ts";
import type { Arg } from "../expand.ts";
import type { Content } from "../state.ts";

/** What one argument is to a program. */
export type Role =
  /** Says how, not what. */
  | "text"
  | "read"
  | "list"
  /** Created, or replaced where it exists. */
  | "write"
  | "delete"
  /** Read and deleted: the source of a move. */
  | "move"
  /** Fetched. */
  | "url"
  /** Connected to, and sent to. */
  | "host"
  /** A file that runs. */
  | "run"
  /** Shell text that runs. */
  | "script"
  /** May do anything. */
  | "unknown"
  /** Shows a secret. */
  | "secret";

/** How the program itself counts. `known`: its effects are all told; `interpreter`: runs what it is given. */
export type Standing = "known" | "grave" | "interpreter";

/** One program, or one sub-command of it, as data. */
export interface Program {
  /**
   * `known` (the default): everything that matters is told by the effects; `grave`: running it at all
   * is a matter of its own; `interpreter`: runs what it is given.
   */
  readonly standing?: Standing;
  /** Options that take a value, blank-separated: `-n --lines`. */
  readonly takes?: string;
  /** Options whose value means something. */
  readonly options?: Readonly<Record<string, Role>>;
  /** Options without a value that mean something. */
  readonly flags?: Readonly<Record<string, Role>>;
  /** Roles of the operands in order; the last one repeats. */
  readonly operands?: readonly Role[];
  /** Role of the last operand, where there are two or more. */
  readonly last?: Role;
  /** Role of a single operand, where it differs: `cat` without a file reads nothing. */
  readonly none?: Role;
  /** Acts on everything below the operands; an option, or always. */
  readonly recursive?: string | true;
  readonly sub?: Readonly<Record<string, Program>>;
  /** Without a sub-command; without it, this row without one. */
  readonly alone?: Program;
  /** What a sub-command that is not listed is; without it, unknown. */
  readonly otherwise?: Program;
  /** Everything that the data above cannot say. Out: what it prints, if that is known. */
  readonly also?: (call: Call, shell: Shell, read: Arguments) => Content | undefined;
  /** Operands that are no files, for a program whose output is some of its input. */
  readonly filters?: number;
  /** What it prints: some of what it is given, or what came over the network. */
  readonly output?: "input" | "network";
}

/** A family of programs. */
export type Family = Readonly<Record<string, Program>>;

/** Arguments taken apart by the table's knowledge of options. */
export interface Arguments {
  readonly operands: readonly Arg[];
  /** Options in order, with their values; short ones one by one. */
  readonly options: readonly { readonly name: string; readonly value: Arg | null }[];
}

/** Several programs that are one to the table. */
export function same(names: string, program: Program): Family {
  return Object.fromEntries(names.split(" ").map((name) => [name, program]));
}

/** Runs what it is given, and nobody knows what that is. */
export const ANYTHING: Program = {
  standing: "interpreter",
  also: (_, shell) => (shell.unknown(), undefined),
};

/** Takes arguments apart. `until`: stop at the first operand, the rest belongs to another program. */
export function readArguments(
  args: readonly Arg[],
  { takes = "", options = {} }: Pick<Program, "takes" | "options">,
  until = false,
): Arguments & { readonly rest: readonly Arg[] } {
  const valued = new Set(takes === "" ? [] : takes.split(" "));
  const operands: Arg[] = [];
  const found: { name: string; value: Arg | null }[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] as Arg;
    if (arg.text === "--") {
      operands.push(...args.slice(at + 1));
      return { operands, options: found, rest: args.slice(at + 1) };
    }
    if (!arg.text.startsWith("-") || arg.text === "-") {
      if (until) return { operands, options: found, rest: args.slice(at) };
      operands.push(arg);
      continue;
    }
    const equals = arg.text.startsWith("--") ? arg.text.indexOf("=") : -1;
    const whole = equals === -1 ? arg.text : arg.text.slice(0, equals);
    const takesNext = (name: string): boolean => valued.has(name) || Object.hasOwn(options, name);
    if (equals !== -1) found.push({ name: whole, value: part(arg, equals + 1) });
    else if (whole.startsWith("--") || takesNext(whole)) {
      const value = takesNext(whole) ? (args[(at += 1)] ?? null) : null;
      found.push({ name: whole, value });
    } else at += shorts(arg, takesNext, args[at + 1], found);
  }
  return { operands, options: found, rest: [] };
}

/** `-xvf name`, `-ofile`: letters until one takes a value. Out: arguments used besides. */
function shorts(
  arg: Arg,
  takes: (name: string) => boolean,
  next: Arg | undefined,
  into: { name: string; value: Arg | null }[],
): number {
  for (let at = 1; at < arg.text.length; at += 1) {
    const name = `-${arg.text[at]}`;
    if (!takes(name)) into.push({ name, value: null });
    else if (at + 1 < arg.text.length) {
      into.push({ name, value: part(arg, at + 1) });
      return 0;
    } else {
      into.push({ name, value: next ?? null });
      return 1;
    }
  }
  return 0;
}

/** The end of an argument. */
export function part(arg: Arg, from: number): Arg {
  return { ...arg, text: arg.text.slice(from) };
}

/** What stands under a name in a folder. */
export function within(folder: Arg, name: Arg): Arg {
  const above = folder.text === "" ? "" : `${folder.text.replace(/\/+$/, "")}/`;
  return {
    text: `${above}${name.text}`,
    known: folder.known && name.known,
    pattern: folder.pattern || name.pattern,
    network: folder.network || name.network,
  };
}

/** The last name of a path: what a copy of it is called. */
export function nameOf(path: Arg): Arg {
  return { ...path, text: path.text.replace(/\/+$/, "").replace(/^.*\//, "") };
}

export function hasOption({ options }: Arguments, ...names: readonly string[]): boolean {
  return options.some(({ name }) => names.includes(name));
}

export function valueOf({ options }: Arguments, ...names: readonly string[]): Arg | null {
  return (
    options.findLast(({ name, value }) => names.includes(name) && value !== null)?.value ?? null
  );
}
