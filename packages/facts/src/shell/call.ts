import type { Action, Amount, Audience, Effect } from "@bylaw/core";
import type { Arg } from "./expand.ts";
import type { Content, State } from "./state.ts";

/** One program that is started, with everything it gets. */
export interface Call {
  /** Name without folders. */
  readonly name: string;
  readonly args: readonly Arg[];
  readonly input: Content;
}

export interface FileOptions {
  /** With everything below it. */
  readonly recursive?: boolean;
  /** Of what lies below, only what version control may hold. */
  readonly versioned?: boolean;
  readonly reversible?: boolean;
}

export interface ObjectOptions {
  readonly quantity?: Amount;
  readonly reversible?: boolean;
  readonly audience?: Audience;
}

/** What a program does, told by the reader of its arguments. */
export interface Shell {
  readonly state: State;
  /** A file, or every file that a pattern stands for. */
  file(arg: Arg, actions: readonly Action[], options?: FileOptions): void;
  /** Files of the repository that the current folder belongs to: which ones is not known. */
  worktree(actions: readonly Action[], options?: FileOptions): void;
  /** The same where all that comes was committed before: told as one place, and its names are known no more. */
  committed(arg: Arg, actions: readonly Action[], options?: FileOptions): void;
  /** All that a folder holds lands in another one; from null: what nobody can look into. */
  copy(from: Arg | null, into: Arg): void;
  /** A request to an address, by method; null where the method is not known. What it carries may be GraphQL. */
  url(arg: Arg, method: string | null, body?: Content): void;
  /** A connection that carries data to a host. */
  host(arg: Arg, port: number): void;
  install(ecosystem: string, name: string, options?: { readonly pinned?: boolean }): void;
  publish(ecosystem: string, name: string): void;
  secret(id: string): void;
  /** Anything else that has a name: a process, a container, a branch. */
  object(action: Action, kind: string, id: string, options?: ObjectOptions): void;
  /** SQL for a client of one kind of database. */
  sql(dialect: "postgresql" | "sqlite" | "mysql", database: string, text: Content): void;
  /** The call, or some of it, may do anything. */
  unknown(findings?: readonly string[]): void;
  /** Starts another program. */
  run(argv: readonly Arg[], input: Content): Content;
  /** Runs a shell text. */
  script(content: Content, args?: readonly Arg[]): Content;
  /** Runs a program's text in another language. */
  program(language: string, content: Content): void;
  /** Runs a file: a script, or a program of its own. */
  runFile(arg: Arg, args: readonly Arg[], interpreter: string | null): Content;
  /** What is known to be in a file: written by this text, or read from the workspace. */
  content(arg: Arg): Content;
  /** What stands there before the text runs; unknown also where the text itself may have changed it. */
  kind(arg: Arg): "absent" | "file" | "folder" | "unknown";
  /** Runs a part in another folder. */
  inside(folder: Arg, part: () => Content): Content;
  /** Remembers what a file now holds. */
  wrote(arg: Arg, content: Content): void;
  /** A folder that now holds what came over the network. */
  downloaded(arg: Arg): void;
  /** Effects that other analyzers found. */
  add(effects: readonly Effect[]): void;
}
