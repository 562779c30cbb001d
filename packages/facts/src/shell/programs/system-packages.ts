import { installs } from "./install.ts";
import { type Family, same } from "./program.ts";

/** Package managers of operating systems. */
export const SYSTEM_PACKAGES: Family = {
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
};
