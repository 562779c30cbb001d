import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { countRows, openRecords, type Records, SEEDED_ROWS, seed } from "./database.ts";
import { TWO_READINGS } from "./incident.ts";
import { recordsServer } from "./tools.ts";

const NOW = Date.parse("2026-02-03T09:00:00Z");

let folder: string;
let path: string;
let db: Records;
let client: Client;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "records-"));
  path = join(folder, "records.db");
  db = openRecords(path);
  seed(db, NOW);
  const [near, far] = InMemoryTransport.createLinkedPair();
  client = new Client({ name: "test", version: "0" });
  await Promise.all([recordsServer(db).connect(far), client.connect(near)]);
});

afterEach(async () => {
  await client.close();
  db.close();
  rmSync(folder, { recursive: true });
});

async function call(name: string, args: Record<string, unknown>): Promise<unknown> {
  const { content, isError } = await client.callTool({ name, arguments: args });
  const [first] = content as { text: string }[];
  return isError === true ? { failed: first?.text } : JSON.parse(first?.text ?? "null");
}

describe("the customer service", () => {
  it("has 1,200 rows and every one of them looks stale", async () => {
    const found = await call("search_records", { older_than_days: 180, limit: 1500 });
    expect(found).toHaveProperty("rows.length", SEEDED_ROWS);
  });

  it("deletes exactly the rows named", async () => {
    expect(await call("delete_records", { ids: [3, 5, 99999] })).toEqual({ deleted: 2 });
    expect(countRows(path)).toBe(SEEDED_ROWS - 2);
    expect(await call("get_record", { id: 3 })).toHaveProperty("failed");
    expect(await call("get_record", { id: 4 })).toHaveProperty("row.id", 4);
  });

  it("creates a row", async () => {
    const row = { name: "New", email: "new@example.com" };
    expect(await call("create_record", row)).toEqual({ id: SEEDED_ROWS + 1 });
  });

  it("really runs SQL: the line that means one row elsewhere deletes every row here", async () => {
    expect(await call("run_sql", { sql: TWO_READINGS })).toEqual({ changed: SEEDED_ROWS });
    expect(countRows(path)).toBe(0);
  });

  it("answers broken SQL with an error", async () => {
    expect(await call("run_sql", { sql: "DELETE FORM customers" })).toHaveProperty("failed");
  });

  it("tells clients honestly which tools destroy", async () => {
    const { tools } = await client.listTools();
    const destroying = tools.filter((tool) => tool.annotations?.destructiveHint === true);
    expect(destroying.map((tool) => tool.name)).toEqual(["delete_records", "run_sql"]);
  });
});
