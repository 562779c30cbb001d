import type { Action, Effect } from "@bylaw/core";
import { classesOfPath } from "../files/classify.ts";
import { WRITE } from "../files/effects.ts";
import { contains } from "../files/place.ts";
import {
  COPIED_NAMES_MAX,
  SHELL_COMMANDS_MAX,
  SHELL_TEXTS_DEPTH_MAX,
  SHELL_VALUE_UNITS_MAX,
} from "../limits.ts";
import { apply, applyLeading, choose } from "./apply.ts";
import type { Call, FileOptions, ObjectOptions, Shell } from "./call.ts";
import { type Arg, contentOf, expandText, expandWord, plain, type Substitution } from "./expand.ts";
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
  known,
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

/** Folders in which programs stand under their own names. */
const PROGRAM_FOLDER =
  /^(\/usr(\/local)?|\/opt\/homebrew|\/opt\/local)?\/s?bin\/([^/]+)$|(?:^|\/)node_modules\/\.bin\/([^/]+)$/;

/** Goes through a text as the shell would, without running anything. */
export class Walk implements Shell, Substitution {
  readonly sink: Sink;
  state: State;
  readonly #site: Site;
  #commands = 0;
  #depth = 0;
  #looping = false;
  /** Bodies of functions that nothing has called so far. */
  readonly #defined = new Set<Command>();
  /** What this text has written so far, some of it with everything below. */
  readonly #changed: { readonly path: string; readonly all: boolean }[] = [];
  #namesLeft = COPIED_NAMES_MAX;
  #name = "";
  /** What standard input is where no pipe or redirection says. */
  #input: Content = UNKNOWN;

  constructor(site: Site) {
    this.#site = site;
    this.sink = new Sink(site);
    this.state = emptyState(site.context.cwd, site.context.world.home);
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
    switch (command.kind) {
      case "simple":
        return this.#guarded(() => this.#simple(command, input));
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
    const flow = part();
    for (const [path, content] of this.state.files) outer.files.set(path, content);
    for (const folder of this.state.downloads) outer.downloads.add(folder);
    this.state = outer;
    return flow;
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
    if (variable !== null) {
      const args = words === null ? null : words.flatMap((word) => this.#fields(word).flat());
      const texts = args?.every((arg) => arg.known && !arg.pattern)
        ? args.map(({ text }) => text)
        : null;
      const list = words === null ? (this.state.variables.get("@")?.list ?? null) : texts;
      const network = args?.some((arg) => arg.network) ?? false;
      this.state.variables.set(variable, { values: list, list: null, network });
      // File names that match a pattern are used as the pattern itself.
      if (list === null && args?.every(({ known: told }) => told))
        this.state.variables.set(variable, {
          values: args.map(({ text }) => text),
          list: null,
          network,
        });
    }
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
    for (const { name, value, append, array } of assignments)
      this.#assign(name, value, append, array);
    // `$(<file)` is the file's content.
    const reads = redirects.some(({ kind }) => kind === "read");
    if (words.length === 0)
      return this.#redirected(redirects, input, (given) => (reads ? given : NOTHING));
    return this.#redirected(redirects, input, (given) => {
      const lists = words.map((word) => this.#fields(word));
      const calls = combinations(lists);
      const flows = calls.map((argv) => (argv.length === 0 ? NOTHING : this.run(argv, given)));
      const [only] = flows;
      return flows.length === 1 && only !== undefined ? only : { ...joined(flows), text: null };
    });
  }

  #fields(word: Word): readonly (readonly Arg[])[] {
    return expandWord(word, this.state, this);
  }

  #assign(name: string, value: Word | readonly Word[], append: boolean, array: boolean): void {
    const { variables } = this.state;
    if (array && isWords(value)) {
      const args = value.flatMap((word) => this.#fields(word).flat());
      const list = args.every((arg) => arg.known) ? args.map(({ text }) => text) : null;
      const whole = append ? concat(variables.get(name)?.list, list) : list;
      variables.set(name, {
        values: whole?.slice(0, 1) ?? null,
        list: whole,
        network: args.some((arg) => arg.network),
      });
      return;
    }
    const args = expandText(value as Word, this.state, this);
    const before = append ? variables.get(name) : undefined;
    const texts = args.every((arg) => arg.known) ? args.map(({ text }) => text) : null;
    const values = append ? sums(before?.values ?? null, texts) : texts;
    variables.set(name, {
      values: array ? null : values,
      list: null,
      network: args.some((arg) => arg.network),
    });
    for (const arg of args) this.assigned(name, arg);
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
    return this.#apart(() => this.#script(script, this.#input));
  }

  process(script: Script, input: boolean): Arg {
    const name = `/dev/fd/${63 + this.state.files.size}`;
    const flow = this.#apart(() => this.#script(script, this.#input));
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
      this.positional([{ ...plain(placeholder("argument")), known: false }]);
      return this.#maybe(() => this.#command(body, UNKNOWN));
    });
  }

  #function(bodies: readonly Command[], args: readonly Arg[], input: Content): Content {
    return this.#deeper(() => {
      const outer = this.state.variables.get("@");
      this.positional(args);
      for (const body of bodies) this.#defined.delete(body);
      const flow = joined(bodies.map((body) => this.#command(body, input)));
      if (outer !== undefined) this.state.variables.set("@", outer);
      return flow;
    });
  }

  /** `$1`, `$@` and so on. */
  positional(args: readonly Arg[]): void {
    const { variables } = this.state;
    const all = args.every((arg) => arg.known);
    const network = args.some((arg) => arg.network);
    const texts = args.map(({ text }) => text);
    variables.set("@", {
      values: all ? [texts.join(" ")] : null,
      list: all ? texts : null,
      network,
    });
    for (let at = 1; at <= 9; at += 1) {
      const arg = args[at - 1];
      if (arg === undefined) variables.delete(String(at));
      else
        variables.set(String(at), {
          values: arg.known ? [arg.text] : null,
          list: null,
          network: arg.network,
        });
    }
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
    for (const arg of args.slice(0, 32)) {
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
      if (args !== null) this.positional(args);
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
    const content = this.#downloadedFile(arg) ? DOWNLOADED : this.content(arg);
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

  #downloadedFile(arg: Arg): boolean {
    const path = this.#key(arg);
    return (
      path !== null &&
      [...this.state.downloads].some((folder) => path === folder || path.startsWith(`${folder}/`))
    );
  }

  content(arg: Arg): Content {
    if (!arg.known || arg.pattern) return UNKNOWN;
    const path = this.#key(arg);
    if (path === null) return UNKNOWN;
    const written = this.state.files.get(path);
    if (written !== undefined) return written;
    if (this.#downloadedFile(arg)) return DOWNLOADED;
    const { context } = this.#site;
    const real = context.cwd === null ? null : context.ops.realPath(path);
    const inside =
      real !== null && context.world.workspaces.some((folder) => real.startsWith(`${folder}/`));
    const text = inside ? context.ops.readText(real, SHELL_VALUE_UNITS_MAX) : null;
    if (text === null) return UNKNOWN;
    // An approval is bound to the text that was read.
    this.sink.paths.add(real as string);
    return known(text);
  }

  kind(arg: Arg): "absent" | "file" | "folder" | "unknown" {
    const path = arg.known && !arg.pattern ? this.#key(arg) : null;
    if (path === null || this.state.files.has(path) || this.state.folders?.length !== 1)
      return "unknown";
    return this.#standing(path);
  }

  #standing(path: string): "absent" | "file" | "folder" | "unknown" {
    const { cwd, ops } = this.#site.context;
    const digest = cwd === null ? null : ops.fileDigest(path);
    if (digest === null || digest.startsWith("special:")) return "unknown";
    if (digest === "absent") return "absent";
    return digest.startsWith("folder:") ? "folder" : "file";
  }

  copy(from: Arg | null, into: Arg): void {
    const [source, target] = [from === null ? null : this.#key(from), this.#key(into)];
    const names = from === null || source === null ? null : this.#namesBelow(from, source);
    if (names === null || target === null) return this.file(into, WRITE, { recursive: true });
    this.file(into, WRITE);
    const own = new Set(this.#site.context.world.protectedPaths);
    for (const name of names) {
      const path = `${target}/${name.replace(/\/$/, "")}`;
      if (own.has(path) || classesOfPath(path).length > classesOfPath(target).length)
        this.file(plain(path), WRITE);
    }
  }

  /** What a folder holds, before this text and after it; null where that is not known. */
  #namesBelow(folder: Arg, path: string): readonly string[] | null {
    const { cwd, ops } = this.#site.context;
    const changed = this.#changed.some(
      (each) => each.path.startsWith(`${path}/`) || (each.all && contains(each.path, path)),
    );
    if (changed || this.kind(folder) !== "folder" || this.#downloadedFile(folder)) return null;
    const found: string[] = [];
    const waiting = [""];
    for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
      const inside = `${path}/${below}`.replace(/\/$/, "");
      const names = cwd === null ? null : ops.listFolder(inside, this.#namesLeft);
      this.#namesLeft -= names?.length ?? 0;
      if (names === null) return null;
      for (const name of names) {
        found.push(`${below}${name}`);
        if (name.endsWith("/")) waiting.push(`${below}${name}`);
      }
    }
    return found;
  }

  worktree(actions: readonly Action[], options: FileOptions = {}): void {
    const everything = { ...options, recursive: true, versioned: true };
    this.sink.file(plain("."), actions, everything, this.#changeRepositories());
  }

  committed(arg: Arg, actions: readonly Action[], options: FileOptions = {}): void {
    this.#changeRepositories();
    this.file(arg, actions, options);
  }

  /** All has changed in the repository of the current folder; out: where it starts, for every such folder. */
  #changeRepositories(): readonly string[] {
    const { workspaces } = this.#site.context.world;
    const folders = this.state.folders ?? [placeholder("folder")];
    const roots = folders.map(
      (folder) => workspaces.find((root) => folder.startsWith(`${root}/`)) ?? folder,
    );
    const changed = this.state.folders === null ? ["/"] : roots;
    this.#changed.push(...changed.map((path) => ({ path, all: true })));
    return roots;
  }

  inside(folder: Arg, part: () => Content): Content {
    const before = this.state.folders;
    this.enter(folder);
    const flow = part();
    this.state.folders = before;
    return flow;
  }

  wrote(arg: Arg, content: Content): void {
    const path = this.#key(arg);
    if (path === null || !arg.known) return;
    const { text } = content;
    this.state.files.set(
      path,
      text !== null && text.length > SHELL_VALUE_UNITS_MAX ? UNKNOWN : content,
    );
  }

  downloaded(arg: Arg): void {
    const path = this.#key(arg);
    if (path !== null) this.state.downloads.add(path);
  }

  /** A file by the name under which this text knows it. */
  #key({ text }: Arg): string | null {
    const home = this.#site.context.world.home;
    const [folder] = this.state.folders ?? [];
    const from = text.startsWith("~/") && home !== null ? `${home}${text.slice(1)}` : text;
    if (!from.startsWith("/") && (folder === undefined || from === "")) return null;
    return normalized(from.startsWith("/") ? from : `${folder}/${from}`);
  }

  /** Changes the current folder. */
  enter(arg: Arg): void {
    const path = arg.known && !arg.pattern ? this.#key(arg) : null;
    if (path === null) {
      this.state.folders = null;
      return;
    }
    const relative = !/^[/~]/.test(arg.text);
    const all = relative
      ? this.state.folders?.map((folder) => normalized(`${folder}/${arg.text}`))
      : [path];
    this.state.folders = all ?? null;
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

  file(arg: Arg, actions: readonly Action[], options: FileOptions = {}): void {
    const path = WRITE.some((action) => actions.includes(action)) ? this.#key(arg) : null;
    if (path !== null) this.#changed.push({ path, all: options.recursive === true });
    this.sink.file(arg, actions, options, this.state.folders);
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

function isWords(value: Word | readonly Word[]): value is readonly Word[] {
  return value.every((each) => Array.isArray(each));
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
  return found.length > 32 || found.some((text) => text.length > SHELL_VALUE_UNITS_MAX)
    ? null
    : found;
}

/** Every argument list that the fields of the words may make. */
function combinations(
  lists: readonly (readonly (readonly Arg[])[])[],
): readonly (readonly Arg[])[] {
  let found: readonly (readonly Arg[])[] = [[]];
  for (const list of lists) {
    found = found.flatMap((argv) => list.map((fields) => [...argv, ...fields]));
    if (found.length > 32) throw new TooMany();
  }
  return found;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function normalized(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return `/${segments.join("/")}`;
}
