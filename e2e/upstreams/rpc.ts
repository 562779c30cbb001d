/**
 * The few lines of MCP that a test server needs, without any library: what such a server sends, it sends
 * byte for byte, however wrong it is.
 */
import { createInterface } from "node:readline";

export type Args = Readonly<Record<string, unknown>>;

/** One tool; returns the text of its answer, or null when it has answered by itself or never will. */
export type Tool = (args: Args, id: unknown) => string | null | Promise<string | null>;

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: Args;
    readonly protocolVersion?: string;
  };
}

/** Serves the tools over stdio until the input ends. Every tool takes one text, `key`. */
export function serve(name: string, tools: Readonly<Record<string, Tool>>): void {
  const take = async (message: Message): Promise<void> => {
    if (message.id === undefined) return;
    const result = await answer(name, tools, message);
    if (result !== null) send({ jsonrpc: "2.0", id: message.id, result });
  };
  createInterface({ input: process.stdin }).on("line", (line) => {
    void take(JSON.parse(line) as Message);
  });
}

/** Writes one message to the client. */
export function send(message: unknown): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function answer(
  name: string,
  tools: Readonly<Record<string, Tool>>,
  { id, method, params }: Message,
): Promise<object | null> {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: params?.protocolVersion ?? "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name, version: "0.1.0" },
      };
    case "tools/list":
      return { tools: Object.keys(tools).map(definition) };
    case "tools/call": {
      const tool = tools[params?.name ?? ""];
      const text = await tool?.(params?.arguments ?? {}, id);
      return typeof text === "string" ? { content: [{ type: "text", text }] } : null;
    }
    default:
      return {};
  }
}

function definition(name: string): object {
  const key = { type: "string" };
  return {
    name,
    description: `test tool ${name}`,
    inputSchema: { type: "object", properties: { key }, required: ["key"] },
  };
}
