import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import { CommandError, EXIT } from "../exit.ts";

const TEMPLATE = `# Bylaw's configuration. Reference: docs/configuration.md. Check it with: bylaw check
version: 1

# Folders that agents may work in; everything outside is refused by the starter pack.
workspaces: [ . ]

# Who may approve. Groups are what policies name in @approvers.
people:
  __USER__: { groups: [admins] }

# MCP servers that agents reach through http://127.0.0.1:7117/mcp/<name> or: bylaw mcp --upstream <name>
upstreams: {}
#  files:
#    command: [npx, -y, "@modelcontextprotocol/server-filesystem", .]
#    environment: development
#  tickets:
#    url: https://mcp.example.com/mcp
#    headers: { Authorization: "Bearer …" }
#    environment: production

# Policy packs that ship with Bylaw, your own policies, and what your tools do.
packs: [ base, starter ]
policies: []
catalog: []
# watch: false          # put changed files in force only by: bylaw policy reload
# shadow: { share: 0 }  # do not compare a share of decisions with Cedar's own evaluator

holds:
  limit: 50s   # how long a call waits before its caller gets a resumable handle
  ttl: 15m     # how long a request for approval stays open
`;

export function initCommand(): Command {
  return new Command("init")
    .description("write a commented bylaw.yaml to start from")
    .argument("[file]", "where to write it", "bylaw.yaml")
    .addHelpText("after", "\nExample:\n  $ bylaw init && bylaw check && bylaw up")
    .action(async (file: string) => {
      const { currentUser } = await import("@bylaw/server");
      try {
        writeFileSync(file, TEMPLATE.replace("__USER__", currentUser()), { flag: "wx" });
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== "EEXIST")
          throw new CommandError(
            EXIT.usage,
            "file.unwritable",
            `cannot write \`${file}\` (${code})`,
          );
        const message = `\`${file}\` exists already; nothing was written`;
        throw new CommandError(EXIT.usage, "init.exists", message);
      }
      console.log(`wrote ${resolve(file)}; next: bylaw check, then bylaw up`);
    });
}
