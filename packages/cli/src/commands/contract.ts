import { basename, dirname, resolve } from "node:path";
import {
  CONTRACT_MAX_BYTES,
  type CompiledContract,
  type ContractFile,
  type ContractProblem,
  compileContract,
  isBranch,
  type Rule,
} from "@bylaw/bundle";
import { Command } from "commander";
import { readWhole, realFile } from "../connect/backup.ts";
import { applyContract, writeContract } from "../contract-files.ts";
import { CommandError, EXIT } from "../exit.ts";
import { readInput } from "../input-file.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";
import { describePolicy } from "../policy.ts";
import { visible } from "../visible.ts";

interface Options extends DataOption {
  readonly agent: readonly string[];
  readonly folder?: string;
  readonly name?: string;
  readonly branch?: string;
  readonly out?: string;
  readonly check?: string;
  readonly apply?: boolean;
  readonly json?: boolean;
}

export function contractCommand(): Command {
  return new Command("contract")
    .description("what program.md and GOAL.md say, as bylaws")
    .addCommand(compileCommand());
}

function compileCommand(): Command {
  return new Command("compile")
    .description("turn the parts that a machine can enforce into policies, and list the rest")
    .argument("<files...>", "program.md, GOAL.md")
    .option("--agent <name...>", "agents that it binds (default: every agent)", [])
    .option("--folder <dir>", "folder that it is about (default: that of the first file)")
    .option("--name <word>", "first part of the policies' ids (default: the folder's name)")
    .option("--branch <name>", "the branch, where the contract leaves its name open")
    .option("--out <file>", "write the policies there instead of showing them")
    .option("--check <file>", "say whether this file holds what the contract says now")
    .option("--apply", "put them in force at the running gateway, in its folder of policies")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Every policy forbids or asks; no text of a contract permits anything. What it writes lists first",
        "the lines that are enforced, then those that are not.",
        "",
        "Examples:",
        "  $ bylaw contract compile program.md GOAL.md",
        "  $ bylaw contract compile program.md --agent codex --branch autoresearch/mar5 \\",
        "      --out policies/research.cedar",
        "  $ bylaw contract compile program.md --agent codex --apply",
        "  $ bylaw contract compile program.md --check policies/research.cedar",
        "",
        "Exit codes: 0 ok, 1 the contract cannot be compiled or put in force, or is not what the checked",
        "file holds, 2 usage, 3 no gateway runs.",
      ].join("\n"),
    )
    .action(async (names: readonly string[], options: Options) => {
      const files = names.map(read);
      const input = { files, ...scopeOf(files, options) };
      const compiled = compileContract(input);
      if (!compiled.ok) return fail(compiled.error, options);
      const { value } = compiled;
      if (options.check !== undefined) return check(value, options.check, options);
      if (options.out !== undefined) writeContract(resolve(options.out), value.text);
      if (options.apply === true) return await apply(value, input.name, options);
      if (options.json) return console.log(JSON.stringify(reportOf(value)));
      if (options.out === undefined && value.policies.length > 0) console.log(value.text);
      for (const line of summary(value)) console.log(line);
    });
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

function scopeOf(
  files: readonly ContractFile[],
  { agent, folder, name, branch }: Options,
): { folder: string; agents: readonly string[]; name: string; branch: string | null } {
  const real = realFile(resolve(folder ?? dirname(files[0]?.file ?? ".")));
  const word =
    name ??
    basename(real)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "");
  for (const each of [...agent, ...(name === undefined ? [] : [name])])
    if (!NAME.test(each))
      throw new CommandError(EXIT.usage, "usage.name", `\`${visible(each)}\` is no name`);
  if (branch !== undefined && !isBranch(branch))
    throw new CommandError(EXIT.usage, "usage.branch", `\`${visible(branch)}\` is no branch`);
  return {
    folder: real,
    agents: agent,
    name: word === "" ? "folder" : word,
    branch: branch ?? null,
  };
}

function read(name: string): ContractFile {
  try {
    return { file: realFile(resolve(name)), text: readInput(name, CONTRACT_MAX_BYTES) };
  } catch (error) {
    const message = `cannot read \`${visible(name)}\`: ${visible((error as Error).message)}`;
    throw new CommandError(EXIT.usage, "file.unreadable", message);
  }
}

/** A contract of which nothing can be enforced puts nothing in force. */
async function apply(value: CompiledContract, name: string, options: Options): Promise<void> {
  if (value.policies.length === 0) {
    if (options.json) console.log(JSON.stringify(reportOf(value)));
    else for (const line of summary(value)) console.log(line);
    throw new CommandError(EXIT.no, "contract.empty", "there is nothing to put in force");
  }
  const { path, status } = await applyContract(name, value.text, dataFolder(options));
  if (status.refused.length > 0) process.exitCode = EXIT.no;
  if (options.json) return console.log(JSON.stringify({ ...reportOf(value), file: path, status }));
  for (const line of summary(value)) console.log(line);
  for (const problem of status.refused) console.error(visible(problem));
  if (status.refused.length > 0) return console.error("refused; nothing was put in force");
  console.log(`${describePolicy(status)}\nEnd it with: rm ${visible(path)} && bylaw policy reload`);
}

function check({ text }: CompiledContract, name: string, { json }: Options): void {
  const same = readWhole(resolve(name))?.bytes.equals(Buffer.from(text)) === true;
  if (!same) process.exitCode = EXIT.no;
  if (json) return console.log(JSON.stringify({ file: name, same }));
  const word = same ? "holds what the contract says" : "does not hold what the contract says now";
  console.log(`${visible(name)} ${word}`);
}

function fail(problems: readonly ContractProblem[], { json }: Options): void {
  process.exitCode = EXIT.no;
  if (json) return console.log(JSON.stringify({ problems }));
  for (const { file, line, message, code } of problems)
    console.error(`${visible(file)}:${line}: ${visible(message)} (${code})`);
}

function reportOf({ rules, unenforced, policies, text }: CompiledContract): object {
  return {
    coverage: coverageOf(rules, unenforced),
    rules,
    unenforced,
    policies: policies.map(({ id }) => id),
    text,
  };
}

function coverageOf(
  rules: readonly Rule[],
  unenforced: readonly unknown[],
): { readonly enforced: number; readonly unenforced: number } {
  const places = new Set(
    rules.filter(({ kind }) => kind !== "score").map(({ file, line }) => `${file}:${line}`),
  );
  return { enforced: places.size, unenforced: unenforced.length };
}

function summary({ rules, unenforced, policies }: CompiledContract): readonly string[] {
  const { enforced } = coverageOf(rules, unenforced);
  return [
    `Enforced: ${enforced} lines, as ${policies.length} policies`,
    ...policies.map(
      ({ id, rules: from }) =>
        `  ${id}  (${[...new Set(from.map(({ file, line }) => `${visible(file)}:${line}`))].join(", ")})`,
    ),
    `Not enforced: ${unenforced.length} lines`,
    ...unenforced.map(
      ({ file, line, text, because }) =>
        `  ${visible(file)}:${line}  ${visible(text)}  (${because})`,
    ),
  ];
}
