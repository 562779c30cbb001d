import { positional } from "../assign.ts";
import type { Call } from "../call.ts";
import { type Arg, contentOf, plain } from "../expand.ts";
import { type Content, joined, known, NOTHING, UNKNOWN } from "../state.ts";
import { decodeEscapes } from "../syntax/escapes.ts";
import type { Walk } from "../walk.ts";
import { readArguments } from "./program.ts";

type Builtin = (call: Call, shell: Walk) => Content;

const nothing: Builtin = () => NOTHING;

/** Commands of the shell itself: they change what the next command means. */
export const BUILTINS: Readonly<Record<string, Builtin>> = {
  ...Object.fromEntries(
    ":,true,false,exit,return,break,continue,wait,jobs,umask,ulimit,shopt,bind,times,disown,fg,bg,suspend,logout,complete,compgen,compopt,caller,dirs"
      .split(",")
      .map((name) => [name, nothing]),
  ),
  echo: ({ args }) => echo(args),
  printf: ({ args }, shell) => printf(args, shell),
  pwd: (_, shell) =>
    shell.state.folders?.length === 1 ? known(`${shell.state.folders[0]}\n`) : UNKNOWN,
  cd: changeFolder,
  pushd: changeFolder,
  popd: (_, shell) => {
    shell.state.folders = null;
    return NOTHING;
  },
  export: declare,
  declare,
  typeset: declare,
  local: declare,
  readonly: declare,
  unset: ({ args }, shell) => {
    evaluates({ name: "unset", args, input: NOTHING }, shell);
    for (const { text } of args) {
      shell.state.variables.delete(text);
      shell.state.functions.delete(text);
    }
    return NOTHING;
  },
  let: evaluates,
  test: evaluates,
  "[": evaluates,
  hash: ({ args }, shell) => {
    // `hash -p file name`: the name now stands for the file.
    if (args.some(({ text }) => text.startsWith("-p"))) shell.unknown();
    return NOTHING;
  },
  read: forget,
  mapfile: forget,
  readarray: forget,
  getopts: forget,
  shift: ({ args }, shell) => {
    const list = shell.state.variables.get("@")?.list ?? null;
    const by = Number(args[0]?.text ?? 1);
    if (list === null || !Number.isSafeInteger(by)) {
      positional([{ ...plain(""), known: false }], shell.state);
      for (let at = 1; at <= 9; at += 1)
        shell.state.variables.set(String(at), { values: null, list: null, network: false });
    } else positional(list.slice(by).map(plain), shell.state);
    return NOTHING;
  },
  set: ({ args }, shell) => {
    const at = args.findIndex(({ text }) => text === "--");
    if (at !== -1) positional(args.slice(at + 1), shell.state);
    // `set` alone prints every variable.
    if (args.length === 0) shell.secret("environment");
    return NOTHING;
  },
  git: inFolder,
  alias: ({ args }, shell) => {
    for (const { text } of args) {
      const found = /^([^=]+)=(.*)$/s.exec(text);
      if (found !== null) shell.state.aliases.set(found[1] ?? "", found[2] ?? "");
    }
    return NOTHING;
  },
  unalias: ({ args }, shell) => {
    for (const { text } of args) shell.state.aliases.delete(text);
    return NOTHING;
  },
  eval: ({ args }, shell) => shell.script(joinArgs(args)),
  source: includes,
  ".": includes,
  exec: ({ args, input }, shell) => {
    const { rest } = readArguments(args, { takes: "-a" }, true);
    return shell.run(rest, input);
  },
  command: ({ args, input }, shell) => {
    const { rest, options } = readArguments(args, {}, true);
    return options.some(({ name }) => /^-[vV]$/.test(name)) ? UNKNOWN : shell.run(rest, input);
  },
  builtin: ({ args, input }, shell) => shell.run(args, input),
  type: () => UNKNOWN,
  trap: ({ args }, shell) => {
    const [action] = args;
    if (action === undefined || args.length < 2 || /^(-|\d+|)$/.test(action.text)) return NOTHING;
    shell.script(contentOf(action));
    return NOTHING;
  },
  enable: ({ args }, shell) => {
    if (args.some(({ text }) => text.startsWith("-f"))) shell.unknown();
    return NOTHING;
  },
  history: () => UNKNOWN,
  fc: (_, shell) => {
    shell.unknown();
    return UNKNOWN;
  },
  kill: ({ args }, shell) => {
    for (const { text } of args.filter((arg, at) => at > 0 || !arg.text.startsWith("-")))
      if (!/^%\d*$|^-[ls]$/.test(text)) shell.object("delete", "process", text);
    return NOTHING;
  },
};

function changeFolder({ args }: Call, shell: Walk): Content {
  const [arg] = readArguments(args, {}).operands;
  const home = shell.state.variables.get("HOME")?.values?.[0];
  if (arg === undefined && home !== undefined) shell.enter(plain(home));
  else if (arg === undefined || arg.text === "-") shell.state.folders = null;
  else shell.enter(arg);
  return NOTHING;
}

/** `export NAME=value`: the assignment was read as one where it stands alone, and is an argument elsewhere. */
function declare({ args }: Call, shell: Walk): Content {
  for (const arg of args) {
    shell.evaluated(arg);
    const found = /^(\w+)(\+?)=(.*)$/s.exec(arg.text);
    if (found === null) continue;
    const [, name = "", plus, text = ""] = found;
    const value = { ...arg, text };
    const values = arg.known && plus === "" ? [text] : null;
    shell.state.variables.set(name, { values, list: null, network: arg.network });
    shell.assigned(name, value);
  }
  // `export -p` and `declare` alone print every variable.
  if (args.every(({ text }) => text === "-p" || text === "-x")) shell.secret("environment");
  return NOTHING;
}

function evaluates({ args }: Call, shell: Walk): Content {
  for (const arg of args) shell.evaluated(arg);
  return NOTHING;
}

/** Variables that get their values from outside. */
function forget({ args, input }: Call, shell: Walk): Content {
  const at = args.findIndex(({ text }) => text === "-C");
  const callback = args[at + 1];
  if (at !== -1 && callback !== undefined) shell.script(contentOf(callback));
  const { operands } = readArguments(args, { takes: "-p -d -n -N -t -u -i -a -C -c -O -s" });
  for (const { text } of [...operands, plain("REPLY"), plain("MAPFILE")])
    shell.state.variables.set(text, { values: null, list: null, network: input.network });
  return NOTHING;
}

function includes({ args }: Call, shell: Walk): Content {
  const [file, ...rest] = args;
  if (file === undefined) return NOTHING;
  return shell.runFile(file, rest, "sh");
}

/** Arguments as `eval` puts them together. */
function joinArgs(args: readonly Arg[]): Content {
  return {
    text: args.every((arg) => arg.known) ? args.map(({ text }) => text).join(" ") : null,
    network: args.some((arg) => arg.network),
    decoded: false,
  };
}

function echo(args: readonly Arg[]): Content {
  const flags = args.findIndex(({ text }) => !/^-[neE]+$/.test(text));
  const rest = flags === -1 ? [] : args.slice(flags);
  const before = args.slice(0, args.length - rest.length).map(({ text }) => text);
  const content = joinArgs(rest);
  if (content.text === null || rest.some(({ pattern }) => pattern))
    return { ...content, text: null };
  const escapes = before.some((text) => text.includes("e"));
  const text = escapes ? decodeEscapes(content.text) : content.text;
  return { ...content, text: before.some((flag) => flag.includes("n")) ? text : `${text}\n` };
}

function printf(args: readonly Arg[], shell: Walk): Content {
  const [first, second] = args;
  if (first?.text === "-v" && second !== undefined) {
    shell.evaluated(second);
    const made = printf(args.slice(2), shell);
    const values = made.text === null ? null : [made.text];
    shell.state.variables.set(second.text, { values, list: null, network: made.network });
    return NOTHING;
  }
  const given = first?.text === "--" ? args.slice(1) : args;
  const [format, ...values] = given;
  const content = joinArgs(given);
  if (format === undefined || content.text === null) return { ...content, text: null };
  if (!/^(?:[^%]|%%|%[sbdq])*$/.test(format.text)) return { ...content, text: null };
  const slots = format.text.match(/%[sbdq]/g)?.length ?? 0;
  const turns = slots === 0 ? 1 : Math.max(1, Math.ceil(values.length / slots));
  let at = 0;
  const turn = (): string =>
    decodeEscapes(format.text).replace(/%([%sbdq])/g, (_, kind: string) => {
      if (kind === "%") return "%";
      const value = values[at]?.text ?? "";
      at += 1;
      return kind === "b" ? decodeEscapes(value) : value;
    });
  return joined(Array.from({ length: turns }, () => ({ ...content, text: turn() })));
}

/** `git -C folder …`: the same in another folder. */
function inFolder({ name, args, input }: Call, shell: Walk): Content {
  const at = args.findIndex(({ text }) => text === "-C");
  const { rest } = readArguments(args, { takes: "-C -c --git-dir --work-tree --namespace" }, true);
  const folder = at < args.length - rest.length ? args[at + 1] : undefined;
  if (at === -1 || folder === undefined) return shell.tabled({ name, args, input });
  shell.file(folder, ["read"]);
  const others = [...args.slice(0, at), ...args.slice(at + 2)];
  return shell.inside(folder, () => inFolder({ name, args: others, input }, shell));
}
