import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Caller, fail, ok } from "@bylaw/core";
import {
  createMcpGateway,
  HTTP_SERVER_OPTIONS,
  type McpGateway,
  type McpGatewayOptions,
  type Redactor,
  upstreamOfPath,
} from "../src/mcp/index.ts";
import { createMemoryOps, type MemoryOps, type MemoryOptions } from "./memory-ops.ts";

export interface Harness {
  readonly ops: MemoryOps;
  readonly gateway: McpGateway;
  readonly server: Server;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly logged: readonly string[];
  close(): Promise<void>;
}

/** Tokens of the harness name their agent: `Bearer coder` is the agent `coder`. */
const AGENTS = ["coder", "intruder"];

export function callerNamed(agent: string): Caller {
  return {
    credential: `agent:${agent}`,
    session: `session:${agent}`,
    assurance: "local",
    chain: [
      { type: "User", id: "maria", groups: [] },
      { type: "Agent", id: agent, groups: [] },
    ],
  };
}

/** As if a person had accepted whatever servers say. */
const ACCEPTS_ALL: McpGatewayOptions["review"] = {
  identity: async () => null,
  instructions: async () => null,
  tools: async () => () => null,
  tool: async () => null,
};

/** A gateway over in-memory ops behind a real HTTP server on a free port. */
export async function startHarness(
  options: MemoryOptions & {
    readonly upstreams: McpGatewayOptions["upstreams"];
    readonly limits?: McpGatewayOptions["limits"];
    readonly visible?: McpGatewayOptions["visible"];
    readonly review?: McpGatewayOptions["review"];
    readonly agents?: Set<string>;
    readonly redactor?: Redactor;
  },
): Promise<Harness> {
  const ops = createMemoryOps(options);
  const agents = options.agents ?? new Set(AGENTS);
  const logged: string[] = [];
  const gateway = createMcpGateway({
    upstreams: options.upstreams,
    ops,
    async authenticate({ headers }) {
      const agent = headers.authorization?.slice("Bearer ".length);
      if (agent === undefined) return fail({ code: "credential.missing" });
      return agents.has(agent) ? ok(callerNamed(agent)) : fail({ code: "credential.unknown" });
    },
    ids: {
      action: () => `act_${randomBytes(8).toString("hex")}`,
      session: () => randomBytes(16).toString("hex"),
    },
    environment: process.env,
    hosts: ["127.0.0.1", "localhost"],
    origins: [],
    visible: options.visible ?? (async () => () => true),
    review: options.review ?? ACCEPTS_ALL,
    resultDigest: (bytes) => `hmac-sha256:${createHash("sha256").update(bytes).digest("hex")}`,
    redactor: options.redactor ?? { knows: () => false, redact: () => null },
    log: (event) => logged.push(`${event.kind} ${event.text}`),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const server = createServer(HTTP_SERVER_OPTIONS, (request, response) => {
    const upstream = upstreamOfPath(request.url ?? "");
    if (upstream === null) response.writeHead(404).end();
    else void gateway.handleHttp(request, response, upstream);
  });
  server.on("upgrade", (request, socket, head) => {
    const upstream = upstreamOfPath(request.url ?? "");
    if (upstream === null) socket.destroy();
    else void gateway.handleUpgrade(request, socket, head, upstream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    ops,
    gateway,
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    logged,
    async close() {
      await gateway.drain(0);
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
