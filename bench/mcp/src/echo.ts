/** The upstream's side of one message: answers `tools/call` with the text that it was given. */
export const TOOL = {
  name: "echo",
  description: "returns its text",
  inputSchema: {
    type: "object",
    properties: { text: { type: "string" } },
    required: ["text"],
  },
  annotations: { readOnlyHint: true },
} as const;

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: {
    readonly protocolVersion?: string;
    readonly arguments?: { readonly text?: string };
  };
}

/** In: one JSON-RPC message. Out: the answer's text; null for a notification. */
export function answerTo(body: string): string | null {
  const { id, method, params } = JSON.parse(body) as Message;
  if (id === undefined) return null;
  return JSON.stringify({ jsonrpc: "2.0", id, ...outcome(method, params) });
}

function outcome(method: string | undefined, params: Message["params"]): object {
  switch (method) {
    case "initialize":
      return {
        result: {
          protocolVersion: params?.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: "echo", version: "1.0.0" },
        },
      };
    case "tools/list":
      return { result: { tools: [TOOL] } };
    case "tools/call":
      return { result: { content: [{ type: "text", text: params?.arguments?.text }] } };
    case "ping":
      return { result: {} };
    default:
      return { error: { code: -32601, message: `no method ${method}` } };
  }
}
