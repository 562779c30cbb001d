import { readFileSync } from "node:fs";
import { connectStream } from "@bylaw/gateway";
import { RUNTIME_FOLDER, runningGateway, variable } from "@bylaw/server/client";
import { Command } from "commander";
import { CommandError, EXIT } from "../exit.ts";
import { type DataOption, dataFolder, dataOption } from "../place.ts";

/** Milliseconds until the gateway must have accepted the connection. */
const CONNECT_MAX_MS = 10_000;

interface Options extends DataOption {
  readonly upstream?: string;
  readonly tokenFile?: string;
}

export function mcpCommand(): Command {
  return new Command("mcp")
    .description("connect an MCP client that speaks stdio to the upstreams, through the gateway")
    .option("--upstream <name>", "one upstream of bylaw.yaml (default: all of them)")
    .option("--token-file <file>", "file that holds the agent's token (default: $BYLAW_TOKEN)")
    .addOption(dataOption())
    .addHelpText(
      "after",
      [
        "",
        "The agent's token comes from $BYLAW_TOKEN. In a client's configuration:",
        '  { "command": "npx", "args": ["bylaw", "mcp", "--upstream", "files"],',
        '    "env": { "BYLAW_TOKEN": "byl_…" } }',
        "",
        "It ends with an error when no gateway runs: no gateway, no tools.",
      ].join("\n"),
    )
    .action(async (options: Options) => {
      const folder = dataFolder(options);
      const elsewhere = options.data === undefined ? RUNTIME_FOLDER : folder;
      const gateway = runningGateway(folder) ?? runningGateway(elsewhere);
      if (gateway === null) {
        const message = `no gateway runs in \`${folder}\`, so there are no tools; start one with: bylaw up`;
        throw new CommandError(EXIT.unreachable, "gateway.not_running", message);
      }
      const stream = await connectStream({
        url: gateway.address,
        token: tokenOf(options),
        upstream: options.upstream ?? null,
        timeoutMs: CONNECT_MAX_MS,
      });
      if (!stream.ok) {
        const { upstream } = options;
        const what = upstream === undefined ? "the upstreams" : `upstream \`${upstream}\``;
        const message = `the gateway did not connect ${what} (${stream.error.code})`;
        throw new CommandError(EXIT.no, stream.error.code, message);
      }
      const connection = stream.value;
      let finished = false;
      process.stdin.once("end", () => {
        finished = true;
      });
      process.stdout.once("error", () => connection.destroy()); // nobody reads answers any more
      process.stdin.pipe(connection).pipe(process.stdout);
      await new Promise<void>((resolve) => connection.once("close", resolve));
      if (!finished) console.error("bylaw: the gateway closed the connection; there are no tools");
      process.exit(finished ? EXIT.ok : EXIT.unreachable); // standard input may stay open
    });
}

function tokenOf({ tokenFile }: Options): string {
  if (tokenFile === undefined) return variable("BYLAW_TOKEN") ?? "";
  try {
    return readFileSync(tokenFile, "utf8").trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new CommandError(EXIT.usage, "file.unreadable", `cannot read \`${tokenFile}\` (${code})`);
  }
}
