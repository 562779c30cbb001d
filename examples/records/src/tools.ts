import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import type { Records } from "./database.ts";

const READS = { readOnlyHint: true, openWorldHint: false } as const;
const DESTROYS = { readOnlyHint: false, destructiveHint: true, openWorldHint: false } as const;

/** The customer service as an MCP server: it does what it is told, as such servers do. */
export function recordsServer(db: Records): McpServer {
  const server = new McpServer({ name: "records", version: "0.1.0" });

  server.registerTool(
    "search_records",
    {
      description: "Lists customers, oldest update first.",
      inputSchema: {
        older_than_days: z.number().int().min(0).default(0),
        limit: z.number().int().min(1).max(5000).default(100),
      },
      annotations: READS,
    },
    ({ older_than_days, limit }) => {
      const sql = `SELECT * FROM customers WHERE updated_at <= date('now', ?)
                   ORDER BY updated_at, id LIMIT ?`;
      return answer({ rows: db.prepare(sql).all(`-${older_than_days} days`, limit) });
    },
  );

  server.registerTool(
    "get_record",
    {
      description: "Reads one customer.",
      inputSchema: { id: z.number().int() },
      annotations: READS,
    },
    ({ id }) => {
      const row: unknown = db.prepare("SELECT * FROM customers WHERE id = ?").get(id);
      return row === undefined ? failure(`no customer has the id ${id}`) : answer({ row });
    },
  );

  server.registerTool(
    "create_record",
    {
      description: "Creates one customer.",
      inputSchema: { name: z.string().min(1), email: z.email(), plan: z.string().default("free") },
      annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
    },
    ({ name, email, plan }) => {
      const sql =
        "INSERT INTO customers (name, email, plan, updated_at) VALUES (?, ?, ?, date('now'))";
      const { lastInsertRowid } = db.prepare(sql).run(name, email, plan);
      return answer({ id: Number(lastInsertRowid) });
    },
  );

  server.registerTool(
    "delete_records",
    {
      description: "Deletes customers for good. There is no undo.",
      inputSchema: { ids: z.array(z.number().int()).min(1), reason: z.string().optional() },
      annotations: DESTROYS,
    },
    ({ ids }) => {
      const sql = "DELETE FROM customers WHERE id IN (SELECT value FROM json_each(?))";
      return answer({ deleted: Number(db.prepare(sql).run(JSON.stringify(ids)).changes) });
    },
  );

  server.registerTool(
    "run_sql",
    {
      description: "Runs one SQL statement (SQLite dialect) against the customer database.",
      inputSchema: { sql: z.string().min(1) },
      annotations: DESTROYS,
    },
    ({ sql }) => {
      try {
        const statement = db.prepare(sql);
        if (statement.columns().length > 0) return answer({ rows: statement.all() });
        return answer({ changed: Number(statement.run().changes) });
      } catch (error) {
        return failure(error instanceof Error ? error.message : String(error));
      }
    },
  );

  return server;
}

function answer(value: object): CallToolResult {
  return { content: [{ type: "text", text: JSON.stringify(value) }] };
}

function failure(text: string): CallToolResult {
  return { content: [{ type: "text", text }], isError: true };
}
