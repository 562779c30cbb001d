import type { JsonObject } from "@bylaw/core";

/** What an MCP client got back for one request. */
export interface McpAnswer {
  readonly result?: JsonObject;
  readonly error?: { readonly message: string; readonly data?: { readonly code: string } };
}

/** One session of an MCP client with an upstream, over HTTP, with nothing between it and the bytes. */
export interface McpClient {
  readonly introduction: McpAnswer;
  ask(method: string, params?: object): Promise<McpAnswer>;
  /** Names of the tools that are listed. */
  tools(): Promise<readonly string[]>;
  /** What a call came to: its text, or the code it was refused with. */
  call(name: string, args?: object): Promise<string>;
}

export async function mcpClient(address: string, token: string, upstream: string): Promise<McpClient> {
  let session: string | null = null;
  let id = 0;
  const post = async (message: object): Promise<McpAnswer> => {
    const reply = await fetch(`${address}/mcp/${upstream}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...(session === null ? {} : { "mcp-session-id": session }),
      },
      body: JSON.stringify({ jsonrpc: "2.0", ...message }),
    });
    session ??= reply.headers.get("mcp-session-id");
    const text = await reply.text();
    if (text === "") return {};
    // The first event of a stream that can be resumed is empty.
    const events = text.split("\n").filter((line) => /^data:\s*\S/.test(line));
    const bodies = text.startsWith("{") ? [text] : events.map((line) => line.slice(5));
    const answers = bodies.map((body) => JSON.parse(body) as McpAnswer & { id?: number });
    return answers.find((answer) => answer.id === id) ?? {};
  };
  const ask = (method: string, params: object = {}): Promise<McpAnswer> => {
    id += 1;
    return post({ id, method, params });
  };
  const introduction = await ask("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "0" },
  });
  if (introduction.result !== undefined) await post({ method: "notifications/initialized" });
  return {
    introduction,
    ask,
    async tools() {
      const { result, error } = await ask("tools/list");
      if (result === undefined) throw new Error(JSON.stringify(error));
      return (result["tools"] as readonly { name: string }[]).map(({ name }) => name);
    },
    async call(name, args = {}) {
      const { result, error } = await ask("tools/call", { name, arguments: args });
      const meta = result?.["_meta"] as Record<string, { code?: string }> | undefined;
      const code = meta?.["dev.bylaw/decision"]?.code ?? error?.data?.code;
      const [content] = (result?.["content"] ?? []) as readonly { text?: string }[];
      return code ?? content?.text ?? "";
    },
  };
}
