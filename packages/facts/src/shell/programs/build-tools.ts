import { plain } from "../expand.ts";
import { UNKNOWN } from "../state.ts";
import { type Family, hasOption, same } from "./program.ts";

/** Tools that a project's own scripts and `npx` start, and that do no more than build, check and format. */
const TOOLS =
  "tsc tsgo eslint prettier biome oxlint jest vitest mocha ava tap c8 nyc webpack rollup vite esbuild swc babel parcel turbo nx lerna tsup tsdown unbuild microbundle typedoc jsdoc stylelint markdownlint remark cspell knip depcheck madge size-limit publint attw npm-check-updates ncu license-checker karma cypress playwright storybook next nuxt astro svelte-kit svelte-check vue-tsc ng gatsby remix docusaurus husky lint-staged commitlint standard xo tsd dtslint api-extractor changeset pytest py.test mypy ruff black flake8 pylint isort tox nox coverage pyright bandit pre-commit mkdocs sphinx-build golangci-lint staticcheck gofmt goimports gotestsum dlv rustc rustfmt clippy-driver shellcheck shfmt hadolint actionlint yamllint gcc g++ clang clang++ cc c++ clang-format clang-tidy cmake ctest ninja meson javac jar ktlint kotlinc swiftc dotnet-format rubocop rspec erb phpunit phpstan psalm php-cs-fixer protoc buf flow flow-bin browserify uglifyjs terser postcss sass tailwindcss wasm-pack wasm-opt http-server serve json-server concurrently run-p run-s npm-run-all npm-run-all2 wireit rimraf2 mkdirp ncp cpx copyfiles onchange nodemon tsc-watch snyk zuul airtap nanobench matcha benchmark bob aegir buble eslint-find-rules dependency-check del covert istanbul coveralls codecov sauce-test semantic-release-dry auto-changelog conventional-changelog oxfmt uvu gts tshy rolldown node-gyp napi semistandard standard-version web-test-runner wtr osv-scanner dts-bundle-generator tsd-check lcov gcovr tape faucet tap-spec tap-dot lab jasmine qunit ts-standard tslint jshint jscs editorconfig-checker ec eclint evalmd ls-engines safe-publish-latest not-in-publish in-publish npmignore aud can-npm-publish";

/** Those by name: `npx` and the scripts of a project start them without more. */
export const LISTED: ReadonlySet<string> = new Set(TOOLS.split(" "));

/** They run scripts of the project, several at once. */
const RUNNERS = /^(concurrently|run-p|run-s|npm-run-all|npm-run-all2)$/;

/** Files that say what there is to make. */
const RECIPES =
  "Makefile makefile GNUmakefile justfile Justfile .justfile Taskfile.yml Taskfile.yaml Rakefile tasks.py dodo.py magefile.go".split(
    " ",
  );

/** What builds, checks, formats and releases a project. */
export const BUILD_TOOLS: Family = {
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
