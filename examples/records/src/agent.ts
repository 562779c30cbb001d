import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import {
  getDefaultEnvironment,
  StdioClientTransport,
} from "@modelcontextprotocol/sdk/client/stdio.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";

/** Milliseconds; longer than any hold of the demo. */
const CALL_TIMEOUT_MS = 60_000;

/** What Bylaw says about a call it did not let through, from the result's `_meta`. */
export interface Refusal {
  readonly outcome: string;
  readonly code: string;
  readonly policy: string | null;
  /** For people. */
  readonly reason: string;
  readonly record: number | null;
  readonly approval: { readonly id: string; readonly expires: string } | null;
}

/** What the agent gets to see of one call. */
export interface Answer {
  readonly text: string;
  /** Null where the call went through, or where nothing governs it. */
  readonly refusal: Refusal | null;
}

/** The agent's only door to the world: MCP tools of one server. */
export interface Tools {
  /** Rejects where the connection fails; `handle` presents an approval. */
  call(tool: string, args: Readonly<Record<string, unknown>>, handle?: string): Promise<Answer>;
  close(): Promise<void>;
}

/** Starts `command` and speaks MCP to it over stdio, through the official client. */
export async function connectTools(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Tools> {
  const [program = "", ...args] = command;
  const client = new Client({ name: "intake-agent", version: "0.1.0" });
  const transport = new StdioClientTransport({
    command: program,
    args,
    env: { ...getDefaultEnvironment(), ...env },
    stderr: "inherit",
  });
  await client.connect(transport);
  return {
    call: async (tool, toolArgs, handle) => {
      const meta = handle === undefined ? {} : { _meta: { "dev.bylaw/approval": handle } };
      const params = { name: tool, arguments: { ...toolArgs }, ...meta };
      const result = await client.callTool(params, undefined, { timeout: CALL_TIMEOUT_MS });
      return answerOf(result as CallToolResult);
    },
    close: () => client.close(),
  };
}

function answerOf(result: CallToolResult): Answer {
  const text = result.content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
  const decision = result._meta?.["dev.bylaw/decision"];
  const refused = result.isError === true && decision !== undefined;
  return { text, refusal: refused ? (decision as Refusal) : null };
}
