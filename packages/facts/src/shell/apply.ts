import { classesOfPath } from "../files/classify.ts";
import { WRITE } from "../files/effects.ts";
import type { Call, Shell } from "./call.ts";
import type { Arg } from "./expand.ts";
import {
  type Arguments,
  hasOption,
  type Program,
  type Role,
  readArguments,
} from "./programs/program.ts";
import { type Content, DOWNLOADED, UNKNOWN } from "./state.ts";

/** The row of the table that a call means, and the arguments behind the words that chose it. */
export interface Chosen {
  readonly program: Program;
  readonly args: readonly Arg[];
}

/** Follows sub-commands; null: one that the table does not know. */
export function choose(program: Program, args: readonly Arg[]): Chosen | null {
  if (program.sub === undefined) return { program, args };
  const { rest } = readArguments(args, program, true);
  const [word] = rest;
  const skipped = args.length - rest.length;
  if (word === undefined) return { program: program.alone ?? { ...program, sub: {} }, args };
  const sub =
    word.known && Object.hasOwn(program.sub, word.text) ? program.sub[word.text] : undefined;
  if (sub === undefined)
    return program.otherwise === undefined ? null : { program: program.otherwise, args };
  // Options in front of the sub-command belong to the program: `git -C folder -c key=value status`.
  const before = args.slice(0, skipped);
  const inner = choose(sub, rest.slice(1));
  if (inner === null) return null;
  const also = program.also;
  if (also === undefined) return inner;
  const both: Program = {
    ...inner.program,
    also: (call, shell, read) => {
      also({ ...call, args: before }, shell, readArguments(before, program));
      return inner.program.also?.(call, shell, read);
    },
  };
  return { program: both, args: inner.args };
}

/** Options in front of a sub-command that the table does not know: `git -c alias.x=!… x`. */
export function applyLeading(program: Program, call: Call, shell: Shell): void {
  const { rest } = readArguments(call.args, program, true);
  const before = call.args.slice(0, call.args.length - rest.length);
  if (before.length > 0)
    program.also?.({ ...call, args: before }, shell, readArguments(before, program));
}

/** Tells the effects of a call that the table knows. Out: what it prints. */
export function apply({ program, args }: Chosen, call: Call, shell: Shell): Content {
  const read = readArguments(args, program);
  for (const { name, value } of read.options) {
    const role = program.options?.[name] ?? program.flags?.[name];
    if (role !== undefined) act(role, value, false, call, shell);
    // Whatever an option means: a credential that is named by one is read.
    else if (value !== null && isCredential(value)) shell.file(value, ["read"]);
  }
  operands(program, read, call, shell);
  const printed = program.also?.({ ...call, args }, shell, read);
  if (printed !== undefined) return printed;
  if (program.output === "network") return DOWNLOADED;
  // A filter of names leaves names.
  if (program.output === "input" && read.operands.length <= (program.filters ?? 0))
    return { ...call.input, text: null };
  return { ...UNKNOWN, network: call.input.network, decoded: call.input.decoded };
}

function operands(program: Program, read: Arguments, call: Call, shell: Shell): void {
  const roles = program.operands ?? [];
  const recursive =
    program.recursive === true ||
    (program.recursive !== undefined && hasOption(read, ...program.recursive.split(" ")));
  read.operands.forEach((operand, at) => {
    const isLast = at === read.operands.length - 1;
    const last = isLast && at > 0 ? program.last : undefined;
    const role = last ?? roles[Math.min(at, roles.length - 1)];
    if (role !== undefined) act(role, operand, recursive, call, shell);
  });
  if (read.operands.length === 0 && program.none !== undefined)
    act(
      program.none,
      { text: ".", known: true, pattern: false, network: false },
      recursive,
      call,
      shell,
    );
}

function act(role: Role, arg: Arg | null, recursive: boolean, call: Call, shell: Shell): void {
  if (role === "text") return;
  if (role === "unknown") return shell.unknown();
  if (role === "secret") return shell.secret(call.name);
  if (arg === null || arg.text === "-" || arg.text === "") return;
  switch (role) {
    case "read":
      return shell.file(arg, ["read"], { recursive });
    case "list":
      return shell.file(arg, ["list"], { recursive });
    case "write":
      shell.file(arg, WRITE, { recursive });
      return shell.wrote(arg, { ...UNKNOWN, network: call.input.network });
    case "delete":
      return shell.file(arg, ["delete"], { recursive });
    case "move":
      return shell.file(arg, ["delete"], { recursive: false, reversible: true });
    case "url":
      return shell.url(arg, "GET");
    case "host":
      return shell.host(arg, 0);
    case "run":
      shell.runFile(arg, [], null);
      return;
    case "script":
      shell.script({ text: arg.known ? arg.text : null, network: arg.network, decoded: false });
  }
}

function isCredential({ text }: Arg): boolean {
  return text.includes("/") || text.startsWith(".")
    ? classesOfPath(text.replace(/^[^=]*=/, "")).includes("credentials")
    : false;
}
