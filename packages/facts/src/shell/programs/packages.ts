import { BUILD_TOOLS } from "./build-tools.ts";
import { install, installs } from "./install.ts";
import { NPMS } from "./npm.ts";
import { ANYTHING, type Family, same } from "./program.ts";
import { PYTHON } from "./python.ts";
import { SYSTEM_PACKAGES } from "./system-packages.ts";

/** Package managers: what they install, and from where; scripts of a project. */
export const PACKAGES: Family = {
  ...NPMS,
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
  ...PYTHON,
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
      ...same("run run-script exec", ANYTHING),
    },
  },
  ...SYSTEM_PACKAGES,
  ...BUILD_TOOLS,
};
