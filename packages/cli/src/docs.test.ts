import { readdirSync, readFileSync } from "node:fs";
import type { Argument, Command, Option } from "commander";
import { describe, expect, it } from "vitest";
import { EXIT } from "./exit.ts";
import { program } from "./main.ts";

const PAGE = "../../../docs/cli.md";
const page = readFileSync(new URL(PAGE, import.meta.url), "utf8");

/** The commands that do something, each with the words that call it. */
function leaves(command: Command, words: string): readonly (readonly [string, Command])[] {
  const inner = command.commands.flatMap((child) => leaves(child, `${words} ${child.name()}`));
  const acts = inner.length === 0 || command.options.length > 0;
  return acts ? [[words, command], ...inner] : inner;
}

const commands = leaves(await program(), "bylaw");

function table(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `| ${row.join(" | ")} |\n`).join("");
}

function describeArgument(argument: Argument): readonly string[] {
  const name = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
  const value: unknown = argument.defaultValue;
  const initially = typeof value === "string" ? ` (default: ${value})` : "";
  return [`\`${name}\``, argument.description + initially];
}

function describeOption(option: Option): readonly string[] {
  const { defaultValue, description, mandatory } = option as Option & { defaultValue: unknown };
  // A description that names the default itself does so because the value depends on the machine.
  const spelled = typeof defaultValue === "string" && !description.includes("(default:");
  const notes = `${spelled ? ` (default: ${defaultValue})` : ""}${mandatory ? " (required)" : ""}`;
  return [`\`${option.flags}\``, description.replaceAll("|", "\\|") + notes];
}

/** What was added to the end of the command's help: examples, and what they need to be understood. */
function added(command: Command): string {
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help.slice(command.helpInformation().length).trim();
}

function section([words, command]: readonly [string, Command]): string {
  const rows = [
    ...command.registeredArguments.map(describeArgument),
    ...command.options.map(describeOption),
  ];
  const extra = added(command);
  return [
    `### ${words}\n\n${command.description()}\n`,
    rows.length === 0 ? "" : `\n${table([["takes", "meaning"], ["---", "---"], ...rows])}`,
    extra === "" ? "" : `\n\`\`\`text\n${extra}\n\`\`\`\n`,
  ].join("");
}

/** The page with one of its generated parts as it should be. */
function withPart(text: string, name: string, part: string): string {
  const marked = new RegExp(`(<!-- ${name}: [^>]*-->\n)[\\s\\S]*?(<!-- end -->)`);
  expect(text).toMatch(marked);
  return text.replace(marked, (_, begin: string, end: string) => `${begin}\n${part}\n${end}`);
}

describe("docs/cli.md", () => {
  it("says what the commands say (accept a change with `npm run unit -- -u`)", async () => {
    const expected = withPart(page, "commands", commands.map(section).join("\n"));
    await expect(expected).toMatchFileSnapshot(PAGE);
  });

  it.each(commands.map(([words]) => words))("has an example of: %s", (words) => {
    const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((found) => found[1] ?? "");
    const lines = blocks.flatMap((block) => block.split("\n"));
    // `bylaw approvals` alone lists, so that is how people write it.
    const spoken = words === "bylaw approvals list" ? /^bylaw approvals( list)?( |$)/ : words;
    expect(
      lines.some((line) =>
        typeof spoken === "string" ? line.includes(spoken) : spoken.test(line),
      ),
    ).toBe(true);
  });

  it("lists the exit codes in force", () => {
    const listed = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(listed).toEqual(Object.values(EXIT));
  });

  it("explains every error code of a command", () => {
    const folders = [
      ".",
      "./commands",
      "./commands/approvals",
      "./commands/audit",
      "./commands/grant",
      "./commands/person",
      "./factors",
      "./commands/scan",
      "./audit",
      "./bypass",
      "./connect",
      "./isolate",
      "./scan",
    ].map((path) => new URL(`${path}/`, import.meta.url));
    const sources = folders.flatMap((folder) =>
      readdirSync(folder)
        // The attributes of OpenTelemetry look like codes and are none.
        .filter((name) => name.endsWith(".ts") && !/\.test\.ts$|^otlp\.ts$/.test(name))
        .map((name) => readFileSync(new URL(name, folder), "utf8")),
    );
    const codes = sources.flatMap((text) =>
      [...text.matchAll(/"([a-z]+\.[a-z_]+)"(?=[,:])/g)]
        .map(([, code = ""]) => code)
        // Files of the data folder look like codes, too.
        .filter((code) => !/\.(?:db|key|token|yaml)$/.test(code)),
    );
    expect(codes.length).toBeGreaterThan(10);
    const pages = page + readFileSync(new URL("../../../docs/factors.md", import.meta.url), "utf8");
    expect(codes.filter((code) => !pages.includes(`| \`${code}\` |`))).toEqual([]);
  });
});
