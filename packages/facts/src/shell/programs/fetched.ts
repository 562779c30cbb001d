import { plain } from "../expand.ts";
import { UNKNOWN } from "../state.ts";
import { LISTED } from "./build-tools.ts";
import { install } from "./install.ts";
import { hasOption, type Program, readArguments, same, valueOf } from "./program.ts";

/** Runs a package's program: one that is known to only build and check, or one that is fetched. */
export function fetched(ecosystem: string, takes: string): Program {
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

/** Settings of a package manager. */
export const CONFIG: Program = {
  sub: {
    ...same("get list ls", {}),
    ...same("set delete edit fix", {
      also: (_, shell) => (shell.file(plain("~/.npmrc"), ["update"]), undefined),
    }),
  },
};
