import type { Call, Shell } from "../call.ts";
import { plain } from "../expand.ts";
import { UNKNOWN } from "../state.ts";
import { LISTED } from "./build-tools.ts";
import { CONFIG, fetched } from "./fetched.ts";
import { install, installs } from "./install.ts";
import { ANYTHING, type Family, type Program, readArguments, same } from "./program.ts";
import { runScript, scriptsOf } from "./scripts.ts";

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
  otherwise: ANYTHING,
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

/** npm and what stands in for it. */
export const NPMS: Family = {
  npm: NPM,
  ...same("yarn yarnpkg", {
    ...SHORT,
    none: "text",
    sub: { ...SHORT.sub, npm: { sub: NPM_SETS } },
  }),
  pnpm: SHORT,
  ...same("npx pnpx bunx", fetched("npm", "-p --package -c --call -w --workspace")),
  corepack: { sub: { ...same("enable disable prepare use install", {}) } },
};
