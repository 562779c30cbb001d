// A server whose tools nobody guards: the client of the example does.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { deleteRecord, emptyTable, lookUp } from "../records.js";

const server = new McpServer({ name: "records", version: "1.0.0" });
const id = { id: z.string() };
const said = (text) => ({ content: [{ type: "text", text }] });
server.registerTool("look_up", { inputSchema: id }, (input) => said(lookUp(input)));
server.registerTool("delete_record", { inputSchema: id }, (input) => said(deleteRecord(input)));
server.registerTool("empty_table", { inputSchema: {} }, () => said(emptyTable()));
await server.connect(new StdioServerTransport());
