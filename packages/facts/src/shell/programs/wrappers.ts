import type { Call, Shell } from "../call.ts";
import { type Arg, plain } from "../expand.ts";
import { type Content, NOTHING, UNKNOWN } from "../state.ts";
import { installs, publishes } from "./install.ts";
import {
  type Family,
  hasOption,
  type Program,
  part,
  readArguments,
  same,
  valueOf,
} from "./program.ts";

/** Programs that start another one with the rest of their arguments. */
function wrapper(takes: string, operands = 0, more: Partial<Program> = {}): Program {
  return { ...more, also: (call, shell) => start(call, shell, takes, operands) };
}

function start({ args, input }: Call, shell: Shell, takes: string, operands: number): Content {
  const { rest } = readArguments(args, { takes }, true);
  return shell.run(rest.slice(operands), input);
}

/** Everything behind the host, container or pod, which an own shell on the other side reads again. */
function elsewhere(takes: string, dashes: boolean): Program {
  return {
    standing: "grave",
    also: ({ args, input }, shell) => {
      const { rest } = readArguments(args, { takes }, true);
      const from = dashes ? rest.findIndex(({ text }) => text === "--") : 0;
      const argv = rest.slice(from + 1);
      if (argv.length === 0) return UNKNOWN;
      return dashes ? shell.run(argv, input) : shell.script(joined(argv));
    },
  };
}

function joined(args: readonly Arg[]): Content {
  const all = args.every(({ known }) => known);
  return {
    text: all ? args.map(({ text }) => text).join(" ") : null,
    network: args.some(({ network }) => network),
    decoded: false,
  };
}

const SHELL: Program = {
  standing: "interpreter",
  also: ({ name, args, input }, shell) => {
    const { rest, options } = readArguments(args, { takes: "-o -O +O --rcfile --init-file" }, true);
    const read = { options, operands: rest };
    const rc = valueOf(read, "--rcfile", "--init-file");
    if (rc !== null) shell.runFile(rc, [], "sh");
    if (/^(fish|csh|tcsh|nu|xonsh|elvish)$/.test(name)) {
      shell.unknown(["shell.unparsed"]);
      return UNKNOWN;
    }
    if (hasOption(read, "-c")) {
      const [text, , ...positional] = rest;
      return shell.script(text === undefined ? UNKNOWN : ofArg(text), positional);
    }
    const [file, ...positional] = rest;
    if (file !== undefined && !hasOption(read, "-s")) return shell.runFile(file, positional, "sh");
    if (hasOption(read, "--version", "--help")) return UNKNOWN;
    return shell.script(input);
  },
};

function ofArg({ text, known, network }: Arg): Content {
  return { text: known ? text : null, network, decoded: false };
}

/** In: the options under which the language takes a text, and those that take another value. */
function language(name: string, texts: string, takes: string, harmless: string): Program {
  return {
    standing: "interpreter",
    also: ({ args, input }, shell) => {
      const { rest, options } = readArguments(args, { takes: `${texts} ${takes}` }, true);
      const read = { options, operands: rest };
      const given = options.filter((option) => texts.split(" ").includes(option.name));
      const required = options.filter((option) =>
        /^(-r|--require|--import|--loader|-m|--env-file)$/.test(option.name),
      );
      for (const { value, name: option } of required)
        if (value !== null && option === "-m") pythonModule(value, rest, shell, input);
        else if (value !== null && !/^[a-z@][\w@/-]*$/.test(value.text))
          shell.runFile(value, [], name);
      for (const { value } of given) shell.program(name, value === null ? UNKNOWN : ofArg(value));
      const inPlace = options.some((option) => /^-i|^-p?i$/.test(option.name));
      if (given.length > 0)
        for (const file of rest)
          if (/[/.]/.test(file.text)) shell.file(file, inPlace ? ["read", "update"] : ["read"]);
      if (given.length > 0 || required.some((option) => option.name === "-m")) return UNKNOWN;
      if (hasOption(read, ...harmless.split(" "))) {
        shell.program(name, NOTHING);
        return UNKNOWN;
      }
      const [file, ...others] = rest;
      if (file !== undefined && file.text !== "-") return shell.runFile(file, others, name);
      if (input.text === "") shell.unknown();
      else shell.program(name, input);
      return UNKNOWN;
    },
  };
}

const HARMLESS_MODULES =
  /^(pytest|unittest|mypy|black|ruff|flake8|pylint|isort|json\.tool|venv|compileall|coverage|tox|doctest|cProfile|timeit|py_compile|site|sysconfig|pydoc|bandit|pyright|twine|build|mkdocs|sphinx)$/;

function pythonModule(module: Arg, args: readonly Arg[], shell: Shell, input: Content): void {
  if (/^(pip|twine|uv|pipx)$/.test(module.text)) shell.run([module, ...args], input);
  else if (module.known && HARMLESS_MODULES.test(module.text)) {
    shell.program("python", NOTHING);
    for (const arg of args)
      if (/[/.]/.test(arg.text) && !arg.text.startsWith("-")) shell.file(arg, ["read"]);
  } else shell.unknown();
}

/** Starters of other programs: what they start is what counts. */
export const WRAPPERS: Family = {
  ...same(
    "nohup setsid stdbuf unbuffer time exec chrt ionice catchsegv rlwrap caffeinate",
    wrapper("-o -i -e -f -n -c -p -t --output --format"),
  ),
  nice: wrapper("-n --adjustment"),
  ...same("timeout gtimeout", wrapper("-s -k --signal --kill-after", 1)),
  ...same("strace ltrace perf-trace", wrapper("-e -o -p -s -u")),
  ...same("dotenv dotenvx cross-env-shell op-run", {
    standing: "grave",
    also: (call, shell) => start(call, shell, "-e -c -p -f", 0),
  }),
  "cross-env": {
    also: ({ args, input }, shell) => {
      const at = args.findIndex(({ text }) => !/^\w+=/.test(text));
      return at === -1 ? NOTHING : shell.run(args.slice(at), input);
    },
  },
  busybox: wrapper(""),
  toybox: wrapper(""),
  ...same("flock", wrapper("-w -E --timeout", 1)),
  watch: {
    also: ({ args }, shell) => {
      const { rest } = readArguments(args, { takes: "-n --interval" }, true);
      return shell.script(joined(rest));
    },
  },
  entr: wrapper(""),
  ...same("script", { options: { "-c": "script", "--command": "script" }, operands: ["write"] }),
  ...same("sudo doas pkexec gosu su-exec run0", {
    standing: "grave",
    also: (call, shell) => {
      const { rest } = readArguments(
        call.args,
        { takes: "-u -g -h -p -C -r -t -U -D -R -T --user --group" },
        true,
      );
      const skipped = /^(gosu|su-exec)$/.test(call.name) ? rest.slice(1) : rest;
      const at = skipped.findIndex(({ text }) => !/^\w+=/.test(text));
      return at === -1 ? UNKNOWN : shell.run(skipped.slice(at), call.input);
    },
  }),
  ...same("su runuser", {
    standing: "grave",
    takes: "-s --shell -g -G",
    options: { "-c": "script", "--command": "script" },
  }),
  chroot: {
    standing: "grave",
    also: (call, shell) => start(call, shell, "--userspec --groups", 1),
  },
  ...same("unshare nsenter bwrap firejail systemd-run", {
    standing: "grave",
    also: (call, shell) => start(call, shell, "-t --target -u -p --property --unit", 0),
  }),
  env: {
    also: ({ args, input }, shell) => {
      const { rest, options } = readArguments(
        args,
        { takes: "-u --unset -C --chdir -S --split-string" },
        true,
      );
      const split = valueOf({ options, operands: rest }, "-S", "--split-string");
      if (split !== null) return shell.script(ofArg(split));
      const at = rest.findIndex(({ text }) => !/^\w+=/.test(text));
      if (at === -1) {
        // Prints every variable, credentials and all.
        shell.secret("environment");
        return UNKNOWN;
      }
      for (const assignment of rest.slice(0, at)) shell.run([plain("export"), assignment], NOTHING);
      return shell.run(rest.slice(at), input);
    },
  },
  printenv: {
    also: (_, shell, { operands }) => {
      const plainNames =
        /^(PATH|HOME|USER|SHELL|PWD|LANG|LC_\w+|TERM|NODE_ENV|CI|EDITOR|HOSTNAME|LOGNAME|TMPDIR|DISPLAY|VIRTUAL_ENV|GOPATH|JAVA_HOME)$/;
      if (operands.length === 0 || !operands.every(({ text }) => plainNames.test(text)))
        shell.secret("environment");
      return undefined;
    },
  },
  xargs: {
    also: ({ args, input }, shell) => {
      const takes =
        "-I -n -P -L -d -s -E -a --max-args --max-procs --replace --delimiter --arg-file -J -R";
      const { rest, options } = readArguments(args, { takes }, true);
      const argv = rest.length === 0 ? [plain("echo")] : rest;
      const mark =
        valueOf({ options, operands: rest }, "-I", "-i", "--replace", "-J")?.text ?? null;
      const listed = input.names?.map((text): Arg => ({ ...plain(text), pattern: true }));
      const file = valueOf({ options, operands: rest }, "-a", "--arg-file");
      if (file !== null) shell.file(file, ["read"]);
      const given =
        input.text
          ?.trim()
          .split(/\s+/)
          .filter((word) => word !== "") ?? null;
      const unknown: Arg = {
        text: "${argument}",
        known: false,
        pattern: true,
        network: input.network,
      };
      const items = listed ?? (given === null || given.length > 32 ? [unknown] : given.map(plain));
      if (mark === null) return shell.run([...argv, ...items], NOTHING);
      for (const item of items)
        shell.run(
          argv.map((arg) => ({
            ...arg,
            ...(arg.text.includes(mark)
              ? {
                  known: arg.known && item.known,
                  pattern: arg.pattern || item.pattern,
                  network: arg.network || item.network,
                  text: arg.text.replaceAll(mark, item.text),
                }
              : {}),
          })),
          NOTHING,
        );
      return UNKNOWN;
    },
  },
  parallel: {
    also: ({ args, input }, shell) => {
      const { rest } = readArguments(args, { takes: "-j -P -a --jobs --arg-file" }, true);
      const at = rest.findIndex(({ text }) => text.startsWith(":::"));
      const argv = at === -1 ? rest : rest.slice(0, at);
      const values = at === -1 ? null : rest.slice(at + 1);
      if (argv.length === 0) {
        if (values === null) return shell.script(input);
        for (const value of values) shell.script(ofArg(value));
        return UNKNOWN;
      }
      const text = joined(argv).text;
      const items = values ?? [{ ...plain("${argument}"), known: false }];
      for (const item of items) {
        const whole = text?.includes("{}")
          ? text.replaceAll("{}", item.text)
          : `${text} ${item.text}`;
        shell.script(
          text === null ? UNKNOWN : { text: whole, network: input.network, decoded: false },
        );
      }
      return UNKNOWN;
    },
  },
  ...same("sh bash dash zsh ksh ash mksh rbash fish csh tcsh nu xonsh elvish", SHELL),
  ...same(
    "python python2 python3 python3.8 python3.9 python3.10 python3.11 python3.12 python3.13 python3.14 pypy pypy3 ipython",
    language("python", "-c", "-m -W -X", "--version -V -VV --help -h"),
  ),
  ...same(
    "node nodejs",
    language(
      "node",
      "-e -p -pe --eval --print",
      "-r --require --import --loader --env-file --max-old-space-size --test-reporter --test-name-pattern -C --conditions",
      "--version -v --help -h --test --check -c",
    ),
  ),
  ...same("bun", {
    standing: "interpreter",
    sub: {
      "--version": { standing: "known" },
      ...same("install i add a ci update", installs("npm")),
      ...same("remove rm outdated pm", { standing: "known" }),
      publish: publishes("npm"),
    },
    otherwise: language("node", "-e -p --eval --print", "-r --preload", "--version -v --help"),
  }),
  ...same("deno", {
    standing: "interpreter",
    sub: {
      ...same("test lint fmt check info doc --version", { standing: "known", operands: ["read"] }),
      publish: publishes("jsr"),
      eval: {
        also: ({ args }, shell) => (
          shell.program("node", args[0] === undefined ? UNKNOWN : ofArg(args[0])), undefined
        ),
      },
    },
    otherwise: { also: (_, shell) => (shell.unknown(), undefined) },
  }),
  ...same(
    "ts-node tsx esno swc-node",
    language(
      "node",
      "-e -p --eval --print",
      "-r --require --import -P --project --conditions",
      "--version -v --help",
    ),
  ),
  perl: language("perl", "-e -E -ne -pe -pie -lne -lane -ane", "-I -F", "--version -v"),
  ruby: language("ruby", "-e", "-r -I", "--version -v"),
  php: language("php", "-r", "-d -c -f", "--version -v -l -m -i"),
  ...same(
    "lua luajit tclsh osascript Rscript R julia ghci scala groovy elixir iex erl racket guile sbcl",
    language("other", "-e --eval -E", "-l", "--version -v -V"),
  ),
  ssh: {
    standing: "grave",
    also: ({ args, input }, shell) => {
      const takes = "-p -i -l -F -J -L -R -D -W -w -b -c -e -m -o -O -Q -S -B -E -I";
      const { rest, options } = readArguments(args, { takes }, true);
      const [host, ...command] = rest;
      for (const { name, value } of options) {
        if (
          name === "-o" &&
          value !== null &&
          /^(proxycommand|localcommand|permitlocalcommand|knownhostscommand)/i.test(value.text)
        ) {
          shell.script(ofArg(part(value, value.text.search(/[= ]/) + 1)));
        }
        if (name === "-i" && value !== null) shell.file(value, ["read"]);
      }
      if (host !== undefined)
        shell.host(afterUser(host), Number(valueOf({ options, operands: rest }, "-p")?.text ?? 22));
      if (command.length > 0) return shell.script(joined(command));
      if (input.text !== "") shell.script(input);
      return UNKNOWN;
    },
  },
  ...same("mosh autossh sshpass", {
    standing: "grave",
    also: (call, shell) => start(call, shell, "-p -f -e", 0),
  }),
  ...same("lxc-exec", elsewhere("", true)),
};

/** `user@host` without the user. */
function afterUser(arg: Arg): Arg {
  const at = arg.text.lastIndexOf("@");
  return at === -1 ? arg : part(arg, at + 1);
}
