import { createHash } from "node:crypto";
import { basename, relative } from "node:path/posix";
import { fail, ok, type Result } from "@bylaw/core";
import type { Contract, ContractProblem, Rule } from "./contract.ts";
import { readContract } from "./read.ts";
import { type ContractPolicy, type ContractScope, contractPolicies } from "./text.ts";

/** A contract file: its absolute path and its text. */
export interface ContractFile {
  readonly file: string;
  readonly text: string;
}

export interface CompileInput extends ContractScope {
  readonly files: readonly ContractFile[];
  /** The branch where the contract leaves its name open; null where nobody said one. */
  readonly branch: string | null;
}

export interface CompiledContract extends Contract {
  readonly policies: readonly ContractPolicy[];
  /** The policies as one file, which says what it was made from. */
  readonly text: string;
}

/**
 * Compiles contract files to Cedar. The files themselves are locked too, where they say anything at all.
 * Errors: every problem in every file.
 */
export function compileContract(
  input: CompileInput,
): Result<CompiledContract, readonly ContractProblem[]> {
  const { files, folder, branch } = input;
  const named = files.map(({ file, text }) => ({
    file: shownName(folder, file),
    path: file,
    text,
  }));
  const read = named.map(({ file, text }) => readContract(file, text));
  const problems = read.flatMap((one) => (one.ok ? [] : one.error));
  if (problems.length > 0) return fail(problems);
  const contracts = read.flatMap((one) => (one.ok ? [one.value] : []));
  const said = contracts.flatMap(({ rules }) => rules);
  const own: readonly Rule[] = [
    ...(branch === null
      ? []
      : [{ kind: "branch", file: "--branch", line: 1, name: branch } as const]),
    ...named
      .filter(({ path }) => !relative(folder, path).startsWith(".."))
      .map(({ file }) => ({ kind: "locked", file, line: 1, path: file }) as const),
  ];
  const rules = said.length === 0 && branch === null ? [] : [...said, ...own];
  const unenforced = contracts.flatMap((one) => one.unenforced);
  const policies = contractPolicies({ rules }, input);
  const heads = named.map(
    ({ file, text }) => `// from ${file} sha256:${createHash("sha256").update(text).digest("hex")}`,
  );
  const head = ["// Written by `bylaw contract compile`: compile again, do not edit.", ...heads];
  const text = `${[`${head.join("\n")}\n`, ...policies.map((policy) => policy.text)].join("\n").trimEnd()}\n`;
  return ok({ rules, unenforced, policies, text });
}

/** The path in the folder; only the name for a file that lies elsewhere. */
function shownName(folder: string, file: string): string {
  const inside = relative(folder, file);
  return inside.startsWith("..") ? basename(file) : inside;
}
