import { UNKNOWN } from "../state.ts";
import { CONFIG, fetched } from "./fetched.ts";
import { install, installs } from "./install.ts";
import { type Family, type Program, readArguments, same } from "./program.ts";

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

/** Package managers of Python. */
export const PYTHON: Family = {
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
};
