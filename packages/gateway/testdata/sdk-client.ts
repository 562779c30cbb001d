import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { CreateMessageRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { connectStream } from "../src/mcp/index.ts";
import { DuplexTransport } from "./duplex-transport.ts";

/** How a client reaches the gateway: over HTTP, or on a stream as `bylaw mcp` does. */
export type Kind = "http" | "bridge";

/**
 * The official client, connected as the agent `coder`; asked for a completion it says `hi`. In: the
 * gateway's address, and the upstream, null for all of them.
 */
export async function connectClient(
  url: string,
  kind: Kind,
  upstream: string | null,
): Promise<Client> {
  const client = new Client(
    { name: "test", version: "1" },
    { capabilities: { sampling: {}, roots: {} } },
  );
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    model: "m",
    role: "assistant",
    content: { type: "text", text: "hi" },
  }));
  if (kind === "http") {
    const path = upstream === null ? "/mcp" : `/mcp/${upstream}`;
    const requestInit = { headers: { authorization: "Bearer coder" } };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}${path}`), { requestInit }));
  } else {
    const stream = await connectStream({ url, token: "coder", upstream, timeoutMs: 5_000 });
    if (!stream.ok) throw new Error(stream.error.code);
    await client.connect(new DuplexTransport(stream.value));
  }
  return client;
}
