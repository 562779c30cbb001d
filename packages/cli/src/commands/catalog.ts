import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { draftCatalog, isApiDocument, parseCatalog } from "@bylaw/facts";
import { listTools } from "@bylaw/gateway";
import { type Config, environment, mcpUpstreams, openAccess, wallClock } from "@bylaw/server";
import { Command } from "commander";
import { CommandError, EXIT } from "../exit.ts";
import { openOutput } from "../output.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";
import { readConfig } from "../read-config.ts";
import { visible } from "../visible.ts";

export function catalogCommand(): Command {
  return new Command("catalog")
    .description("what tools do, as a person describes it")
    .addCommand(inferCommand())
    .addCommand(checkCommand());
}

interface InferOptions extends DataOption {
  readonly upstream?: string;
  readonly config?: string;
  readonly out?: string;
  readonly json?: boolean;
}

function inferCommand(): Command {
  return new Command("infer")
    .description("write a starting point for the catalog from a live server's tools")
    .option("--upstream <name>", "upstream of bylaw.yaml (default: the only one)")
    .option("--config <file>", "bylaw.yaml (default: $BYLAW_CONFIG or ./bylaw.yaml)")
    .option("--out <file>", "where to write it (default: standard output)")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  $ bylaw catalog infer --upstream files --out files.catalog.yaml",
        "  $ bylaw catalog infer --upstream files --json",
        "",
        "It starts the server, reads its list of tools and ends it; no tool is called. Comments say how far",
        "each entry can be relied on, and what it could not tell. With --json: that alone.",
      ].join("\n"),
    )
    .action(async (options: InferOptions) => {
      const config = readConfig(options.config);
      const name = upstreamOf(config, options.upstream);
      const access = openAccess(config, dataFolder(options), wallClock);
      if (!access.ok)
        throw new CommandError(EXIT.usage, "upstream.secret", access.error.join("\n"));
      const upstream = mcpUpstreams(config, access.value).get(name);
      if (upstream === undefined) throw new Error(`no upstream \`${name}\``);
      const tools = await listTools(upstream, environment());
      if (!tools.ok) {
        const message = `upstream \`${name}\` did not show its tools (${tools.error})`;
        throw new CommandError(EXIT.unreachable, "catalog.unreachable", message);
      }
      const { text, drafts } = draftCatalog(
        name,
        tools.value.map(({ definition }) => definition),
      );
      if (!options.json || options.out !== undefined) {
        const output = openOutput(options.out);
        await output.write(text);
        await output.finish();
      }
      const told = drafts.filter(({ entry }) => entry !== null).length;
      if (options.json)
        console.log(
          JSON.stringify({
            upstream: name,
            tools: drafts.map(({ name: tool, confidence, open }) => ({ tool, confidence, open })),
          }),
        );
      else
        console.error(
          `${told} of ${drafts.length} tools have an entry; each one needs a person's look`,
        );
    });
}

function upstreamOf(config: Config, named: string | undefined): string {
  const known = Object.keys(config.upstreams);
  const name = named ?? (known.length === 1 ? known[0] : undefined);
  if (name !== undefined && known.includes(name)) return name;
  const message =
    named === undefined
      ? `say which one with --upstream: ${known.join(", ") || "bylaw.yaml names none"}`
      : `bylaw.yaml has no upstream \`${named}\``;
  throw new CommandError(EXIT.usage, "catalog.upstream", message);
}

interface CheckOptions {
  readonly json?: boolean;
}

function checkCommand(): Command {
  return new Command("check")
    .description("read catalog files, and say what is wrong in them and what nobody has reviewed")
    .argument("<files...>", "catalog files")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample:\n  $ bylaw catalog check files.catalog.yaml\n\nExit codes: 0 valid, 1 something is wrong, 2 a file cannot be read.",
    )
    .action((files: readonly string[], options: CheckOptions) => {
      const reports = files.map(checkFile);
      if (options.json) console.log(JSON.stringify(reports));
      else for (const report of reports) say(report);
      if (reports.some(({ errors }) => errors.length > 0)) process.exitCode = EXIT.no;
    });
}

interface Report {
  readonly file: string;
  readonly entries: number;
  /** Entries that no person has put a name to, or that are bound to no definition. */
  readonly unreviewed: readonly string[];
  readonly errors: readonly {
    readonly code: string;
    readonly message: string;
    readonly line: number;
    readonly column: number;
  }[];
}

function checkFile(file: string): Report {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new CommandError(EXIT.usage, "file.unreadable", `cannot read \`${file}\` (${code})`);
  }
  const parsed = parseCatalog(file, text, documentsBeside(file));
  if (!parsed.ok) return { file, entries: 0, unreviewed: [], errors: parsed.error };
  const tools = [...parsed.value.tools];
  const unreviewed = tools
    .filter(([, { reviewedBy, definition }]) => reviewedBy === null || definition === null)
    .map(([name]) => name);
  return { file, entries: tools.length, unreviewed, errors: [] };
}

/** The OpenAPI documents in the folder of a catalog file, by name, where it can be read. */
function documentsBeside(file: string): ReadonlyMap<string, string> {
  const folder = dirname(file);
  const names = readdirSync(folder).filter((name) => /\.(ya?ml|json)$/.test(name));
  return new Map(
    names.slice(0, DOCUMENTS_MAX).flatMap((name): [string, string][] => {
      const path = join(folder, name);
      if (!statSync(path).isFile() || statSync(path).size > DOCUMENT_MAX_BYTES) return [];
      const text = readFileSync(path, "utf8");
      return isApiDocument(text) ? [[name, text]] : [];
    }),
  );
}

const DOCUMENTS_MAX = 500;
const DOCUMENT_MAX_BYTES = 16 * 1_048_576;

function say({ file, entries, unreviewed, errors }: Report): void {
  for (const { code, message, line, column } of errors)
    console.log(visible(`${file}:${line}:${column}: ${message} (${code})`));
  if (errors.length > 0) return;
  console.log(visible(`${file}: ${entries} entries, ${unreviewed.length} not reviewed`));
  for (const name of unreviewed) console.log(visible(`  ${name}`));
}
