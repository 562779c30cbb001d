import type { Call, Shell } from "../call.ts";
import { plain } from "../expand.ts";
import { UNKNOWN } from "../state.ts";
import { install, installs } from "./install.ts";
import { type Family, hasOption, type Program, readArguments, same, valueOf } from "./program.ts";
import { runScript, scriptsOf } from "./scripts.ts";

const unknown: Program = {
  standing: "interpreter",
  also: (_, shell) => (shell.unknown(), undefined),
};

/** Tools that a project's own scripts and `npx` start, and that do no more than build, check and format. */
const TOOLS =
  "tsc tsgo eslint prettier biome oxlint jest vitest mocha ava tap c8 nyc webpack rollup vite esbuild swc babel parcel turbo nx lerna tsup tsdown unbuild microbundle typedoc jsdoc stylelint markdownlint remark cspell knip depcheck madge size-limit publint attw npm-check-updates ncu license-checker karma cypress playwright storybook next nuxt astro svelte-kit svelte-check vue-tsc ng gatsby remix docusaurus husky lint-staged commitlint standard xo tsd dtslint api-extractor changeset pytest py.test mypy ruff black flake8 pylint isort tox nox coverage pyright bandit pre-commit mkdocs sphinx-build golangci-lint staticcheck gofmt goimports gotestsum dlv rustc rustfmt clippy-driver shellcheck shfmt hadolint actionlint yamllint gcc g++ clang clang++ cc c++ clang-format clang-tidy cmake ctest ninja meson javac jar ktlint kotlinc swiftc dotnet-format rubocop rspec erb phpunit phpstan psalm php-cs-fixer protoc buf flow flow-bin browserify uglifyjs terser postcss sass tailwindcss wasm-pack wasm-opt http-server serve json-server concurrently run-p run-s npm-run-all npm-run-all2 wireit rimraf2 mkdirp ncp cpx copyfiles onchange nodemon tsc-watch snyk zuul airtap nanobench matcha benchmark bob aegir buble eslint-find-rules dependency-check del covert istanbul coveralls codecov sauce-test semantic-release-dry auto-changelog conventional-changelog oxfmt uvu gts tshy rolldown node-gyp napi semistandard standard-version web-test-runner wtr osv-scanner dts-bundle-generator tsd-check lcov gcovr tape faucet tap-spec tap-dot lab jasmine qunit ts-standard tslint jshint jscs editorconfig-checker ec eclint evalmd ls-engines safe-publish-latest not-in-publish in-publish npmignore aud can-npm-publish";

const RUNNERS = /^(concurrently|run-p|run-s|npm-run-all|npm-run-all2)$/;

function script(name?: string): Program {
  return {
    also: (call, shell) => {
      const { rest } = readArguments(
        call.args,
        { takes: "-w --workspace --prefix -C --filter" },
        true,
      );
      const [named, ...others] = name === undefined ? rest : [plain(name), ...rest];
      // Without a name the scripts are listed.
      if (named === undefined) return undefined;
      return runScript(
        named.text,
        others.filter(({ text }) => text !== "--"),
        call,
        shell,
      );
    },
  };
}

/** Runs a package's program: one that is known to only build and check, or one that is fetched. */
function fetched(ecosystem: string, takes: string): Program {
  return {
    also: ({ args, input }, shell) => {
      const { rest, options } = readArguments(args, { takes }, true);
      const read = { options, operands: rest };
      const script = valueOf(read, "-c", "--call");
      if (script !== null)
        return shell.script({ ...UNKNOWN, text: script.known ? script.text : null });
      const wanted = options.filter(
        ({ name }) =>
          name === "-p" || name === "--package" || name === "--from" || name === "--with",
      );
      const [program, ...others] = rest;
      for (const { value } of wanted)
        if (value !== null) install(ecosystem, shell, { options: [], operands: [value] });
      if (program === undefined) return undefined;
      const name = program.text.replace(/(?<=.)@.*$/, "");
      if (
        wanted.length > 0 ||
        (program.known &&
          (LISTED.has(name) || hasOption(read, "--no-install", "--no", "--offline")))
      )
        return shell.run([{ ...program, text: name }, ...others], input);
      install(ecosystem, shell, { options: [], operands: [program] });
      shell.unknown();
      if (name === "bylaw") shell.run([{ ...program, text: name }, ...others], input);
      return UNKNOWN;
    },
  };
}

const LISTED: ReadonlySet<string> = new Set(TOOLS.split(" "));

const NPM_READS = same(
  "ls list outdated view info show search why explain audit root bin prefix help version fund docs repo bugs doctor ping query diff pack find-dupes sbom la ll --version -v",
  { takes: "--depth --prefix -w --workspace --pack-destination" },
);
const NPM_SETS = {
  ...same("publish pub", {
    standing: "grave",
    takes: "--tag --access --otp --registry",

    operands: ["read"],
    also: (_: Call, shell: Shell) => (shell.publish("npm", "package"), undefined),
  } satisfies Program),
  ...same("unpublish deprecate owner dist-tag access team org hook star", {
    standing: "grave",
    also: (_: Call, shell: Shell) => (
      shell.object("update", "registry", "package", { audience: "public" }), undefined
    ),
  } satisfies Program),
  ...same("login logout adduser token whoami profile", {
    standing: "grave",
    also: (_: Call, shell: Shell) => (shell.secret("registry token"), undefined),
  } satisfies Program),
} as const;
const CONFIG: Program = {
  sub: {
    ...same("get list ls", {}),
    ...same("set delete edit fix", {
      also: (_, shell) => (shell.file(plain("~/.npmrc"), ["update"]), undefined),
    }),
  },
};

const NPM: Program = {
  takes: "--prefix -w --workspace -C --dir --filter -F --cwd --loglevel --registry",
  sub: {
    ...same(
      "install i add ci clean-install in isntall install-test it update up upgrade dedupe ddp link ln rebuild install-ci-test cit import fetch dlx-add",
      installs("npm"),
    ),
    ...same("uninstall remove rm un r unlink prune autoremove", {}),
    ...NPM_READS,
    ...NPM_SETS,
    ...same("run run-script rum urn", script()),
    ...Object.fromEntries(["test", "start", "stop", "restart"].map((name) => [name, script(name)])),
    ...same("t tst", script("test")),
    ...same("exec x", fetched("npm", "-p --package -c --call -w --workspace")),
    ...same("dlx create init innit", {
      also: (call, shell) => {
        const wanted = call.args.filter(({ text }) => !text.startsWith("-"));
        // `npm init` alone writes a package.json; with a name it fetches and runs a package.
        if (wanted.length === 0) return (shell.file(plain("package.json"), ["create"]), undefined);
        install("npm", shell, { options: [], operands: wanted.slice(0, 1) });
        shell.unknown();
        const [program] = wanted;
        if (program !== undefined && /^bylaw(@|$)/.test(program.text))
          shell.run(
            [plain("bylaw"), ...call.args.slice(call.args.indexOf(program) + 1)],
            call.input,
          );
        return undefined;
      },
    }),
    ...same("config c get set", CONFIG),
    ...same("cache store", {
      sub: { ...same("ls verify list path status", {}), ...same("clean clear prune", {}) },
    }),
    pkg: {
      sub: {
        get: {},
        ...same("set delete fix", {
          also: (_, shell) => (shell.file(plain("package.json"), ["update"]), undefined),
        }),
      },
    },
    shrinkwrap: {},
    workspaces: {},
  },
  otherwise: unknown,
};

/** yarn, pnpm and bun take a script's name where npm wants `run`. */
const SHORT: Program = {
  ...NPM,
  otherwise: {
    also: (call, shell) => {
      const { rest } = readArguments(call.args, { takes: NPM.takes ?? "" }, true);
      const [named, ...others] = rest;
      if (named === undefined) return undefined;
      const scripts = scriptsOf(shell);
      if (scripts !== null && Object.hasOwn(scripts, named.text))
        return runScript(named.text, others, call, shell);
      if (LISTED.has(named.text) || named.text === "bylaw")
        return shell.run([named, ...others], call.input);
      shell.unknown();
      return UNKNOWN;
    },
  },
};

const PIP: Program = {
  takes: "--python --cache-dir --proxy --log",
  sub: {
    ...same("install download wheel sync", installs("pypi")),
    ...same("list show freeze check help debug inspect index cache tree --version -V", {}),
    ...same("uninstall", {}),
    compile: { operands: ["read"], options: { "-o": "write" } },
    config: CONFIG,
  },
};

const RECIPES =
  "Makefile makefile GNUmakefile justfile Justfile .justfile Taskfile.yml Taskfile.yaml Rakefile tasks.py dodo.py magefile.go".split(
    " ",
  );

/** Package managers: what they install, and from where; scripts of a project. */
export const PACKAGES: Family = {
  npm: NPM,
  ...same("yarn yarnpkg", {
    ...SHORT,
    none: "text",
    sub: { ...SHORT.sub, npm: { sub: NPM_SETS } },
  }),
  pnpm: SHORT,
  ...same("npx pnpx bunx", fetched("npm", "-p --package -c --call -w --workspace")),
  corepack: { sub: { ...same("enable disable prepare use install", {}) } },
  ...same("nvm fnm volta n asdf mise rtx pyenv rbenv sdk", {
    sub: {
      ...same(
        "use ls list current which --version -v version versions alias default shell local global exec-which where ls-remote",
        {},
      ),
      ...same("install", installs("runtime")),
      exec: { also: ({ args, input }, shell) => shell.run(args.slice(1), input) },
    },
  }),
  ...same("pip pip2 pip3", PIP),
  pipx: {
    sub: {
      ...same("install inject upgrade", installs("pypi")),
      list: {},
      run: fetched("pypi", "--spec --python"),
    },
  },
  uvx: fetched("pypi", "--from --with --python -p"),
  uv: {
    sub: {
      pip: PIP,
      ...same("add sync lock tool-install", installs("pypi")),
      ...same("remove tree version venv init export python build cache help --version self", {}),
      run: {
        also: ({ args, input }, shell) => {
          const { rest, options } = readArguments(
            args,
            { takes: "--with --python -p --extra --group --env-file --directory --project" },
            true,
          );
          for (const { name, value } of options)
            if (name === "--with" && value !== null)
              install("pypi", shell, { options: [], operands: [value] });
          return rest.length === 0 ? UNKNOWN : shell.run(rest, input);
        },
      },
      tool: { sub: { run: fetched("pypi", "--from --with"), install: installs("pypi"), list: {} } },
      publish: {
        standing: "grave",
        also: (_, shell) => (shell.publish("pypi", "package"), undefined),
      },
    },
  },
  ...same("poetry pdm pipenv hatch rye flit", {
    sub: {
      ...same("install add update lock sync", installs("pypi")),
      ...same(
        "remove show check build version env init export list tree config-list --version",
        {},
      ),
      ...same("run shell", {
        also: ({ args, input }, shell) => (args.length === 0 ? UNKNOWN : shell.run(args, input)),
      }),
      publish: {
        standing: "grave",
        also: (_, shell) => (shell.publish("pypi", "package"), undefined),
      },
      config: CONFIG,
    },
  }),
  twine: {
    sub: {
      check: { operands: ["read"] },
      upload: {
        standing: "grave",
        operands: ["read"],
        also: (_, shell) => (shell.publish("pypi", "package"), undefined),
      },
    },
  },
  ...same("conda mamba micromamba", {
    sub: {
      ...same("install create update", installs("conda", "-n -c --name --channel")),
      ...same("list info search activate deactivate env --version config", {}),
      remove: {},
      run: {
        also: ({ args, input }, shell) =>
          shell.run(readArguments(args, { takes: "-n -p" }, true).rest, input),
      },
    },
  }),
  cargo: {
    takes: "--manifest-path -Z --config --color",
    sub: {
      ...same(
        "build check test bench doc clippy fmt tree metadata search version --version --list help clean fix nextest expand locate-project pkgid verify-project generate-lockfile vendor fetch package llvm-cov deny audit outdated watch b c t d run r",
        {
          takes:
            "-p --package --bin --example --features --target --test -j --manifest-path --profile",
        },
      ),
      ...same("install add update", installs("crates", "-p --package --bin")),
      ...same("remove uninstall new init", {}),
      ...same("publish yank owner", {
        standing: "grave",
        also: (_, shell) => (shell.publish("crates", "package"), undefined),
      }),
      ...same("login logout", {
        standing: "grave",
        also: (_, shell) => (shell.secret("registry token"), undefined),
      }),
    },
  },
  rustup: {
    sub: {
      ...same("show which doc --version default override", {}),
      ...same("install update toolchain target component", installs("rust")),
    },
  },
  go: {
    sub: {
      ...same("build test vet fmt list doc version env tool fix clean help", {
        takes: "-o -run -bench -tags -ldflags -count -timeout -coverprofile -p -mod -C",
        options: { "-exec": "script", "-toolexec": "script", "-vettool": "script" },
      }),
      ...same("install get", installs("go")),
      mod: { sub: { ...same("tidy download vendor graph verify why init edit", {}) } },
      work: {},
      ...same("run generate", {
        also: ({ args }, shell) => {
          if (args.some(({ text }) => /@|^[a-z]+\.[a-z]+\//.test(text))) {
            install("go", shell, {
              options: [],
              operands: args.filter(({ text }) => !text.startsWith("-")).slice(0, 1),
            });
            shell.unknown();
          }
          return undefined;
        },
      }),
    },
  },
  gem: {
    sub: {
      ...same("install update", installs("rubygems")),
      ...same("list search info env which contents --version", {}),
      uninstall: {},
      ...same("push yank owner", {
        standing: "grave",
        also: (_, shell) => (shell.publish("rubygems", "package"), undefined),
      }),
    },
  },
  ...same("bundle bundler", {
    sub: {
      ...same("install update add", installs("rubygems")),
      ...same("list show outdated check info --version config lock clean", {}),
      exec: { also: ({ args, input }, shell) => shell.run(args, input) },
    },
  }),
  composer: {
    sub: {
      ...same("install update require", installs("packagist")),
      ...same("show outdated validate dump-autoload check-platform-reqs --version remove", {}),
      ...same("run run-script exec", unknown),
    },
  },
  ...same(
    "mvn mvnw gradle gradlew sbt ant bazel buck pants dotnet msbuild swift xcodebuild flutter dart mix rebar3 stack cabal zig nuget lein",
    {
      flags: {},
      also: ({ args }, shell) => {
        for (const { text } of args) {
          if (/^(deploy|publish\w*|upload\w*|release:\w+|push)$|:publish/.test(text))
            shell.publish("build", text);
          if (/^(add|restore|get|deps\.get|install)$/.test(text)) shell.install("build", "*");
          if (/^(exec:|run$|-e$|eval)/.test(text)) shell.unknown();
        }
        return undefined;
      },
    },
  ),
  ...same(
    "apt apt-get aptitude dnf yum zypper pacman apk brew port snap flatpak choco winget nix-env nix dpkg rpm yay paru emerge pkg",
    {
      sub: {
        ...same(
          "list search show info policy cache-search depends rdepends --version -l -L -S -s -Q -Ss -Si -Qi -Ql -qa -q -qi config doctor outdated leaves deps tap-info home cat --prefix --cellar develop-info flake-info",
          { operands: ["text"] },
        ),
        ...same(
          "install add reinstall upgrade update dist-upgrade full-upgrade -i -S -Sy -Syu -U refresh tap bundle --install -iA localinstall build-dep",
          { ...installs("system"), standing: "grave" },
        ),
        ...same("remove purge autoremove uninstall clean autoclean del -r -R -Rs -Rns -e cleanup", {
          standing: "grave",
          also: ({ args }, shell) => (
            shell.object("delete", "system-package", args.at(-1)?.text ?? ""), undefined
          ),
        }),
      },
    },
  ),
  "apt-key": {
    standing: "grave",
    also: (_, shell) => (
      shell.object("grant", "system-key", "apt", { audience: "public" }), undefined
    ),
  },
  "add-apt-repository": {
    standing: "grave",
    also: (_, shell) => (shell.install("system", "repository"), undefined),
  },
  ...same("make gmake just task rake invoke inv doit mage", {
    takes: "-C -f -j -I -o -W --directory --file --jobs --justfile",
    options: { "--eval": "script", "-f": "read", "--file": "read" },
    also: (_, shell, read) => {
      // Its recipes may do anything; without any there is nothing to do.
      const named = hasOption(read, "-f", "--file", "--justfile", "-C", "--directory");
      const none = RECIPES.every((name) => shell.kind(plain(name)) === "absent");
      if (!hasOption(read, "-n", "--dry-run", "--version", "-v", "--help") && (named || !none))
        shell.unknown();
      return undefined;
    },
  }),
  ...same(TOOLS, {
    also: ({ name, args, input }, shell, read) => {
      for (const { name: option, value } of read.options)
        if (value !== null && /^--(output|outfile|out)$/.test(option))
          shell.file(value, ["create", "update"]);
      if (RUNNERS.test(name))
        for (const arg of args) {
          if (arg.text.startsWith("-")) continue;
          const npm = /^(?:npm|pnpm|yarn):(.*)$/.exec(arg.text)?.[1];
          if (npm !== undefined || name !== "concurrently")
            shell.run([plain("npm"), plain("run"), { ...arg, text: npm ?? arg.text }], input);
          else shell.script({ ...UNKNOWN, text: arg.known ? arg.text : null });
        }
      return undefined;
    },
  }),
  ...same("nodemon onchange tsc-watch", {
    options: { "--exec": "script", "-x": "script", "--onSuccess": "script" },
    operands: ["text"],
  }),
  ...same("semantic-release np release-it auto", {
    standing: "grave",
    also: (_, shell, read) => {
      if (hasOption(read, "--dry-run", "-d", "--help", "--version")) return undefined;
      // They commit, tag and push in any case.
      shell.object("update", "git-remote", "origin/current");
      if (!hasOption(read, "--no-publish", "--no-npm")) shell.publish("npm", "package");
      return undefined;
    },
  }),
  ...same("lerna changeset nx jsr vsce ovsx clasp", {
    also: ({ args }, shell, read) => {
      const [verb, second] = args.filter(({ text }) => !text.startsWith("-"));
      const publishes =
        verb?.known === false ||
        /^(publish|release|push|deploy)$/.test(verb?.text ?? "") ||
        second?.text === "publish";
      if (publishes && !hasOption(read, "--dry-run", "--help")) shell.publish("npm", "package");
      // A version is a commit and a tag, and `lerna` pushes both.
      if (verb?.text === "version" && !hasOption(read, "--no-push"))
        shell.object("update", "git-remote", "origin/current");
      return undefined;
    },
  }),
};
