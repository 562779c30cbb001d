import type { Action, Effect } from "@bylaw/core";
import { SHELL_COMMANDS_MAX, SHELL_TEXTS_DEPTH_MAX } from "../limits.ts";
import { apply, applyLeading, choose } from "./apply.ts";
import { assign, iterate, positional } from "./assign.ts";
import type { Call, ObjectOptions, Shell } from "./call.ts";
import {
  type Arg,
  contentOf,
  expandText,
  expandWords,
  plain,
  type Substitution,
} from "./expand.ts";
import { Files } from "./files.ts";
import { foreign, readForeign } from "./languages.ts";
import { bracesOf, TooMany } from "./patterns.ts";
import { BUILTINS } from "./programs/builtins.ts";
import { programOf } from "./programs/index.ts";
import { Sink, type Site } from "./sink.ts";
import {
  type Content,
  copyOf,
  DOWNLOADED,
  emptyState,
  joined,
  merge,
  NOTHING,
  placeholder,
  type State,
  UNKNOWN,
} from "./state.ts";
import type { Command, Redirect, Script, Simple, Word } from "./syntax/ast.ts";
import { parseShell } from "./syntax/parser.ts";
import { isDangerousVariable, isSecretVariable, runsItsValue } from "./variables.ts";

/** Control flow inside the walk only: more commands, or deeper texts, than are looked at. */
class Exceeded extends Error {}

/** Arguments of a program that nobody knows that are taken for files. */
const UNKNOWN_FILES_MAX = 32;

/** Folders in which programs stand under their own names. */
const PROGRAM_FOLDER =
  /^(\/usr(\/local)?|\/opt\/homebrew|\/opt\/local)?\/s?bin\/([^/]+)$|(?:^|\/)node_modules\/\.bin\/([^/]+)$/;

/** Goes through a text as the shell would, without running anything. */
export class Walk implements Shell, Substitution {
  readonly sink: Sink;
  state: State;
  readonly #files: Files;
  #commands = 0;
  #depth = 0;
  #looping = false;
  /** Bodies of functions that nothing has called so far. */
  readonly #defined = new Set<Command>();
  #name = "";

  constructor(site: Site) {
    this.sink = new Sink(site);
    this.state = emptyState(site.context.cwd, site.context.world.home);
    this.#files = new Files(site, this.sink, () => this.state);
  }

  /** Reads a whole text; what it prints. */
  text(text: string): void {
    try {
      this.#parsed(text);
      // Whoever reads the text into a shell may call them, and bash itself calls some.
      for (const body of this.#defined) this.#uncalled(body);
    } catch (error) {
      if (!(error instanceof Exceeded)) throw error;
      this.sink.unknown(["shell.unparsed"]);
    }
  }

  #parsed(text: string): Content {
    const { script, complete } = parseShell(text);
    if (!complete) this.sink.unknown(["shell.unparsed"]);
    return this.#script(script, UNKNOWN);
  }

  #script({ commands }: Script, input: Content): Content {
    return joined(commands.map((command) => this.#command(command, input)));
  }

  #command(command: Command, input: Content): Content {
    this.#commands += 1;
    if (this.#commands > SHELL_COMMANDS_MAX) throw new Exceeded();
    if (this.#depth === 0) this.sink.line = command.line;
    return this.#guarded(() => this.#walked(command, input));
  }

  #walked(command: Command, input: Content): Content {
    switch (command.kind) {
      case "simple":
        return this.#simple(command, input);
      case "pipeline":
        return this.#pipeline(command.commands, input);
      case "chain":
        return this.#chain(command.commands, input);
      case "group": {
        const body = (): Content =>
          this.#redirected(command.redirects, input, (given) => this.#script(command.body, given));
        return command.subshell ? this.#apart(body) : body();
      }
      case "branch":
        return this.#redirected(command.redirects, input, (given) => this.#branch(command, given));
      case "loop":
        return this.#redirected(command.redirects, input, (given) => this.#loop(command, given));
      case "function":
        this.state.functions.set(command.name, [command.body]);
        this.#defined.add(command.body);
        return NOTHING;
      case "test":
        return this.#redirected(command.redirects, input, () => {
          for (const word of command.words) this.#guarded(() => this.#tested(word));
          return NOTHING;
        });
    }
  }

  #tested(word: Word): Content {
    for (const arg of expandText(word, this.state, this)) this.evaluated(arg);
    return NOTHING;
  }

  /** A word with too many values leaves its command unknown. */
  #guarded<Value>(read: () => Value): Value | Content {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof TooMany)) throw error;
      this.sink.unknown(["shell.unparsed"]);
      return UNKNOWN;
    }
  }

  /** Every member of a pipeline is a process of its own. */
  #pipeline(commands: readonly Command[], input: Content): Content {
    let flow = input;
    for (const command of commands) {
      const given = flow;
      flow = this.#apart(() => this.#command(command, given));
    }
    return flow;
  }

  #chain(commands: readonly Command[], input: Content): Content {
    const [first, ...rest] = commands;
    const flows = first === undefined ? [] : [this.#command(first, input)];
    flows.push(this.#maybe(() => joined(rest.map((command) => this.#command(command, input)))));
    return joined(flows);
  }

  /** Runs a part in a process of its own: its files stay, its variables and folder do not. */
  #apart(part: () => Content): Content {
    const outer = this.state;
    this.state = copyOf(outer);
    try {
      return part();
    } finally {
      for (const [path, content] of this.state.files) outer.files.set(path, content);
      for (const folder of this.state.downloads) outer.downloads.add(folder);
      this.state = outer;
    }
  }

  /** A part that may not run. */
  #maybe(part: () => Content): Content {
    const before = this.state;
    this.state = copyOf(before);
    const flow = part();
    merge(before, this.state);
    this.state = before;
    return flow.text === "" ? flow : { ...flow, text: null };
  }

  #branch(command: Extract<Command, { kind: "branch" }>, input: Content): Content {
    for (const word of command.words) this.#guarded(() => void expandText(word, this.state, this));
    const conditions = command.conditions.map((script) => this.#script(script, input));
    const bodies = command.bodies.map((script) => this.#maybe(() => this.#script(script, input)));
    return joined([...conditions, ...bodies]);
  }

  #loop(command: Extract<Command, { kind: "loop" }>, input: Content): Content {
    const { variable, words, condition, body } = command;
    if (variable !== null)
      this.#guarded(() => (iterate(variable, words, this.state, this), NOTHING));
    const once = (): Content =>
      this.#maybe(() => {
        const flows = condition === null ? [] : [this.#script(condition, input)];
        return joined([...flows, this.#script(body, input)]);
      });
    // What one turn assigns, the next one uses.
    const turns = this.#looping ? 1 : 2;
    const outer = this.#looping;
    this.#looping = true;
    const flows = Array.from({ length: turns }, once);
    this.#looping = outer;
    return joined(flows);
  }

  #simple(command: Simple, input: Content): Content {
    const { assignments, words, redirects } = command;
    for (const assignment of assignments)
      for (const value of assign(assignment, this.state, this))
        this.assigned(assignment.name, value);
    // `$(<file)` is the file's content.
    const reads = redirects.some(({ kind }) => kind === "read");
    if (words.length === 0)
      return this.#redirected(redirects, input, (given) => (reads ? given : NOTHING));
    return this.#redirected(redirects, input, (given) => {
      const calls = expandWords(words, this.state, this);
      const flows = calls.map((argv) => (argv.length === 0 ? NOTHING : this.run(argv, given)));
      const [only] = flows;
      return flows.length === 1 && only !== undefined ? only : { ...joined(flows), text: null };
    });
  }

  /** A variable gets a value: some of them make programs run other things. */
  assigned(name: string, value: Arg): void {
    this.evaluated(value);
    if (runsItsValue(name)) this.script(contentOf(value));
    else if (isDangerousVariable(name, value)) this.sink.program(`variable ${name}`, false, [], []);
  }

  /** Arithmetic looks into values: `a[$(…)]` runs a command wherever a number is expected. */
  evaluated({ text }: Arg): void {
    if (/\[[^\]]*(\$\(|`)/.test(text)) this.sink.unknown(["shell.unparsed"]);
  }

  environment(name: string): void {
    if (isSecretVariable(name)) this.sink.secret(`environment/${name}`);
  }

  /** Applies redirections around a command: where its input is from, where its output goes. */
  #redirected(
    redirects: readonly Redirect[],
    input: Content,
    body: (input: Content) => Content,
  ): Content {
    let given = input;
    const outputs: Arg[] = [];
    for (const { kind, descriptor, target } of redirects) {
      const args = this.#targets(kind, target);
      for (const arg of args) {
        if (kind === "text") given = contentOf(arg);
        else if (kind === "duplicate" && /^(\d+-?|-|\$\{.*\})$/.test(arg.text)) continue;
        else if (kind === "read") {
          this.file(arg, ["read"]);
          given = this.content(arg);
        } else {
          this.file(arg, kind === "both" ? ["read", "create", "update"] : ["create", "update"]);
          if (descriptor === null || descriptor === 1) outputs.push(arg);
        }
      }
    }
    const flow = body(given);
    for (const output of outputs) this.wrote(output, flow);
    return outputs.length > 0 ? NOTHING : flow;
  }

  /** Bash refuses a redirection to several files, and other shells write to each of them. */
  #targets(kind: Redirect["kind"], target: Word): readonly Arg[] {
    if (kind === "text") return expandText(target, this.state, this);
    const words = this.#guarded(() => bracesOf(target));
    const each = Array.isArray(words) ? (words as readonly Word[]) : [target];
    return each.flatMap((word) => expandText(word, this.state, this));
  }

  capture(script: Script): Content {
    return this.#apart(() => this.#script(script, UNKNOWN));
  }

  process(script: Script, input: boolean): Arg {
    const name = `/dev/fd/${63 + this.state.files.size}`;
    const flow = this.#apart(() => this.#script(script, UNKNOWN));
    if (input) this.state.files.set(name, flow);
    return { text: name, known: true, pattern: false, network: flow.network };
  }

  run(argv: readonly Arg[], input: Content): Content {
    const [command, ...args] = argv;
    if (command === undefined) return NOTHING;
    this.#commands += 1;
    if (this.#commands > SHELL_COMMANDS_MAX) throw new Exceeded();
    if (!command.known || command.pattern) {
      const nested = command.network ? ["shell.nested-exec"] : [];
      this.sink.program(placeholder("command"), false, [], nested);
      this.#anyFiles(args);
      return UNKNOWN;
    }
    const written = command.text;
    if (written.includes("/")) {
      const found = PROGRAM_FOLDER.exec(written);
      const name = found?.[3] ?? found?.[4];
      if (name === undefined) return this.runFile(command, args, null);
      return this.#named(name, args, input);
    }
    const alias = this.state.aliases.get(written);
    if (alias !== undefined && this.#depth < SHELL_TEXTS_DEPTH_MAX)
      this.#deeper(() =>
        this.#parsed(`${alias} ${args.map(({ text }) => quoted(text)).join(" ")}`),
      );
    const functions = this.state.functions.get(written);
    if (functions !== undefined) return this.#function(functions, args, input);
    return this.#named(written, args, input);
  }

  #uncalled(body: Command): void {
    this.#apart(() => {
      positional([{ ...plain(placeholder("argument")), known: false }], this.state);
      return this.#maybe(() => this.#command(body, UNKNOWN));
    });
  }

  #function(bodies: readonly Command[], args: readonly Arg[], input: Content): Content {
    return this.#deeper(() => {
      const outer = this.state.variables.get("@");
      positional(args, this.state);
      for (const body of bodies) this.#defined.delete(body);
      const flow = joined(bodies.map((body) => this.#command(body, input)));
      if (outer !== undefined) this.state.variables.set("@", outer);
      return flow;
    });
  }

  #named(name: string, args: readonly Arg[], input: Content): Content {
    const outer = this.#name;
    this.#name = name;
    try {
      return this.#program({ name, args, input });
    } finally {
      this.#name = outer;
    }
  }

  #program(call: Call): Content {
    const builtin = BUILTINS[call.name];
    if (Object.hasOwn(BUILTINS, call.name) && builtin !== undefined) return builtin(call, this);
    return this.tabled(call);
  }

  /** A program as the table has it. */
  tabled(call: Call): Content {
    const program = programOf(call.name);
    if (program === null) {
      this.sink.program(call.name, false, [], []);
      if (foreign(call.name)) this.sink.unknown(["shell.unparsed"]);
      else this.#anyFiles(call.args);
      return { ...UNKNOWN, network: call.input.network, decoded: call.input.decoded };
    }
    const chosen = choose(program, call.args);
    if (chosen === null) {
      this.sink.program(call.name, false, [], []);
      applyLeading(program, call, this);
      this.#anyFiles(call.args);
      return UNKNOWN;
    }
    const standing = chosen.program.standing ?? program.standing ?? "known";
    const classes = { known: ["dev-command"], grave: [], interpreter: ["interpreter"] }[standing];
    if (standing !== "interpreter") this.sink.program(call.name, true, classes, []);
    return apply(chosen, call, this);
  }

  /** What nobody knows may read and change the files it is given: a hard forbid on one of them must hold. */
  #anyFiles(args: readonly Arg[]): void {
    for (const arg of args.slice(0, UNKNOWN_FILES_MAX)) {
      const text = arg.text.replace(/^-[^=]*=/, "");
      if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) this.sink.url(text, null);
      else if (/^[^-].*[/.]|^[~/.]/.test(text)) this.file({ ...arg, text }, ["read", "update"]);
    }
  }

  script(content: Content, args: readonly Arg[] | null = null): Content {
    const findings = content.network || content.decoded ? ["shell.nested-exec"] : [];
    if (content.text === null || findings.length > 0) {
      this.sink.program("sh", false, ["interpreter"], findings);
    }
    if (content.text === null) return UNKNOWN;
    const { text } = content;
    return this.#deeper(() => {
      const outer = this.state.variables.get("@");
      if (args !== null) positional(args, this.state);
      const flow = this.#parsed(text);
      if (args !== null && outer !== undefined) this.state.variables.set("@", outer);
      return flow;
    });
  }

  program(language: string, content: Content): void {
    const findings = content.network || content.decoded ? ["shell.nested-exec"] : [];
    const reading = content.text === null ? null : readForeign(language, content.text);
    const harmless = reading?.harmless === true && findings.length === 0;
    this.sink.program(this.#name, harmless, [harmless ? "dev-command" : "interpreter"], findings);
    if (reading === null) return;
    for (const path of reading.paths)
      this.file(plain(path.text), path.actions, { recursive: path.recursive });
    for (const url of reading.urls) this.sink.url(url, null);
    for (const command of reading.commands) this.script({ ...content, text: command });
    for (const text of reading.statements) this.sink.sql("postgresql", "unknown", text);
    for (const name of reading.variables) this.environment(name);
  }

  runFile(arg: Arg, args: readonly Arg[], interpreter: string | null): Content {
    this.file(arg, ["read"]);
    const content = this.#files.isDownloaded(arg) ? DOWNLOADED : this.content(arg);
    const shebang = content.text === null ? null : /^#!.*?(\w+)[\d.]*(?:\s|$)/.exec(content.text);
    const language = interpreter ?? (shebang === null ? null : (shebang[1] ?? null));
    const findings = content.network || content.decoded ? ["shell.nested-exec"] : [];
    const isShell = language === null ? content.text !== null : /^(ba|z|da|k|a)?sh$/.test(language);
    if (content.text !== null && isShell) return this.script(content, args);
    if (content.text !== null && language !== null) {
      this.#named(language, [], NOTHING);
      this.program(language, content);
      return UNKNOWN;
    }
    this.sink.program(interpreter ?? "script", false, ["interpreter"], findings);
    return UNKNOWN;
  }

  readonly file: Files["file"] = (...given) => this.#files.file(...given);
  readonly worktree: Files["worktree"] = (...given) => this.#files.worktree(...given);
  readonly committed: Files["committed"] = (...given) => this.#files.committed(...given);
  readonly copy: Files["copy"] = (...given) => this.#files.copy(...given);
  readonly content: Files["content"] = (...given) => this.#files.content(...given);
  readonly kind: Files["kind"] = (...given) => this.#files.kind(...given);
  readonly wrote: Files["wrote"] = (...given) => this.#files.wrote(...given);
  readonly downloaded: Files["downloaded"] = (...given) => this.#files.downloaded(...given);
  readonly enter: Files["enter"] = (...given) => this.#files.enter(...given);

  inside(folder: Arg, part: () => Content): Content {
    const before = this.state.folders;
    this.enter(folder);
    const flow = part();
    this.state.folders = before;
    return flow;
  }

  #deeper(read: () => Content): Content {
    if (this.#depth >= SHELL_TEXTS_DEPTH_MAX) throw new Exceeded();
    this.#depth += 1;
    try {
      return read();
    } finally {
      this.#depth -= 1;
    }
  }

  url(arg: Arg, method: string | null, body?: Content): void {
    this.sink.url(arg.text, method, body?.text);
  }

  host(arg: Arg, port: number): void {
    this.sink.host(arg.text, port);
  }

  install(
    ecosystem: string,
    name: string,
    { pinned = false }: { readonly pinned?: boolean } = {},
  ): void {
    this.sink.package("install", ecosystem, name, pinned);
  }

  publish(ecosystem: string, name: string): void {
    this.sink.package("publish", ecosystem, name, false);
  }

  secret(id: string): void {
    this.sink.secret(id);
  }

  object(action: Action, kind: string, id: string, options: ObjectOptions = {}): void {
    this.sink.object(action, kind, id, options);
  }

  sql(dialect: "postgresql" | "sqlite" | "mysql", database: string, { text }: Content): void {
    // The empty text is one that nobody understands.
    this.sink.sql(dialect, database, text ?? "");
  }

  unknown(findings: readonly string[] = []): void {
    this.sink.program(this.#name, false, [], findings);
  }

  add(effects: readonly Effect[]): void {
    this.sink.add(effects);
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
