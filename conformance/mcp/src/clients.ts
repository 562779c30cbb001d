import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Outcomes } from "./suite.ts";

const INFO = { name: "conformance", version: "1.0.0" };

/** What the official clients see of a server: everything that may not depend on what stands in between. */
export async function runClients(url: string): Promise<Outcomes> {
  const outcomes = new Map<string, string>();
  const note = (client: string, seen: Readonly<Record<string, unknown>>): void => {
    for (const [what, value] of Object.entries(seen))
      outcomes.set(`${client}/${what}`, JSON.stringify(value));
  };
  note("SDK v1", await legacy(url));
  for (const mode of ["auto", "2026-07-28"] as const)
    note(`SDK v2, ${mode}`, await modern(url, mode));
  return outcomes;
}

async function legacy(url: string): Promise<Readonly<Record<string, unknown>>> {
  const client = new LegacyClient(INFO);
  await client.connect(new LegacyTransport(new URL(url)) as Parameters<typeof client.connect>[0]);
  const { tools } = await client.listTools();
  const { content } = await client.callTool({ name: "test_simple_text", arguments: {} });
  const { resources } = await client.listResources();
  const { prompts } = await client.listPrompts();
  await client.close();
  return { tools, content, resources, prompts };
}

async function modern(
  url: string,
  mode: "auto" | "2026-07-28",
): Promise<Readonly<Record<string, unknown>>> {
  const client = new Client(INFO, {
    capabilities: { elicitation: {}, sampling: {}, roots: {} },
    versionNegotiation: { mode: mode === "auto" ? "auto" : { pin: mode } },
  });
  client.setRequestHandler("elicitation/create", () => ({
    action: "accept" as const,
    content: { name: "Alice", color: "blue", ok: true },
  }));
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  const { tools } = await client.listTools();
  const { content } = await client.callTool({ name: "test_simple_text", arguments: {} });
  // Each of these is answered only after one or more questions to the client.
  const asked = await client.callTool({
    name: "test_input_required_result_multi_round",
    arguments: {},
  });
  const stated = await client.callTool({
    name: "test_input_required_result_request_state",
    arguments: {},
  });
  const mirrored = await client.callTool({
    name: "test_x_mcp_header",
    arguments: { region: "eu – ä" },
  });
  const version = client.getNegotiatedProtocolVersion();
  await client.close();
  const answers = [asked, stated, mirrored].map((one) => one.content);
  return { version, tools, content, answers };
}
