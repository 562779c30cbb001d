/**
 * The server as a process: `node dist/serve.js DATABASE`. Speaks MCP over stdio; a database that does
 * not exist yet is made and seeded first.
 */
import { existsSync } from "node:fs";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { openRecords, seed } from "./database.ts";
import { recordsServer } from "./tools.ts";

const path = process.argv[2];
if (path === undefined) {
  process.stderr.write("usage: serve DATABASE\n");
  process.exit(2);
}
const fresh = !existsSync(path);
const db = openRecords(path);
if (fresh) seed(db, Date.now());
await recordsServer(db).connect(new StdioServerTransport());
process.stdin.once("end", () => db.close());
