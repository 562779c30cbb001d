import { request } from "node:http";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { bylaw, type Gateway } from "./bylaw.ts";
import type { Site } from "./site.ts";

/** Both ways a client reaches an upstream through Bylaw. */
export const DOORS = ["stdio", "http"] as const;
export type Door = (typeof DOORS)[number];

/** What Bylaw put into the `_meta` of a refused call. */
export interface Refusal {
  readonly outcome: string;
  readonly code: string;
  readonly policy: string | null;
  readonly record: number | null;
  readonly approval: { readonly id: string; readonly expires: string } | null;
}

export interface Called {
  readonly text: string;
  readonly failed: boolean;
  readonly refusal: Refusal | null;
  /** `performance.now()` when the answer was there. */
  readonly at: number;
}

/** The official client behind one of the doors. */
export interface Agent {
  readonly client: Client;
  call(tool: string, args: Record<string, unknown>, approval?: string): Promise<Called>;
  close(): Promise<void>;
}

export interface Place {
  readonly site: Site;
  readonly gateway: Gateway;
  readonly upstream: string;
  readonly token: string;
}

export async function connect(place: Place, door: Door): Promise<Agent> {
  const client = new Client({ name: "e2e", version: "0.1.0" });
  await client.connect(door === "stdio" ? stdio(place) : http(place));
  return {
    client,
    call(name, args, approval) {
      const meta = approval === undefined ? {} : { _meta: { "dev.bylaw/approval": approval } };
      const answer = client
        .callTool({ name, arguments: args, ...meta })
        .then((result) => called(result as CallToolResult));
      // A test that has failed waits for its calls no more, and they end with the client.
      answer.catch(() => undefined);
      return answer;
    },
    close: () => client.close(),
  };
}

function stdio({ site, upstream, token }: Place): Transport {
  const { command, args, env } = bylaw(site, "mcp", "--upstream", upstream);
  return new StdioClientTransport({ command, args, env: { ...env, BYLAW_TOKEN: token } });
}

function http({ gateway, upstream, token }: Place): Transport {
  const headers = { Authorization: `Bearer ${token}` };
  const url = new URL(`/mcp/${upstream}`, gateway.address);
  return new StreamableHTTPClientTransport(url, { requestInit: { headers } });
}

function called(result: CallToolResult): Called {
  const decision = result._meta?.["dev.bylaw/decision"] as Refusal | undefined;
  return {
    text: result.content.map((part) => (part.type === "text" ? part.text : "")).join("\n"),
    failed: result.isError === true,
    refusal: result.isError === true && decision !== undefined ? decision : null,
    at: performance.now(),
  };
}

export interface Reply {
  readonly status: number;
  readonly body: string;
  /** Id of the MCP session, where one was begun. */
  readonly session: string | null;
}

/** Begins a session by hand and returns the headers that go with it. */
export async function beginSession(
  place: Place,
  version: string,
): Promise<Readonly<Record<string, string>>> {
  const clientInfo = { name: "e2e", version: "0.1.0" };
  const params = { protocolVersion: version, capabilities: {}, clientInfo };
  const { session, body } = await post(
    place,
    JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params }),
  );
  if (session === null) throw new Error(`no session: ${body}`);
  const headers = { "Mcp-Session-Id": session, "MCP-Protocol-Version": version };
  await post(place, '{"jsonrpc":"2.0","method":"notifications/initialized"}', headers);
  return headers;
}

/** Posts bytes as they are: what no well-behaved client would send. */
export function post(
  { gateway, upstream, token }: Place,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const url = new URL(`/mcp/${upstream}`, gateway.address);
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${token}`,
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        ...headers,
      },
    });
    sent.on("error", reject);
    sent.on("response", (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => {
        const session = response.headers["mcp-session-id"];
        const status = response.statusCode ?? 0;
        resolve({ status, body, session: typeof session === "string" ? session : null });
      });
    });
    sent.end(body);
  });
}
