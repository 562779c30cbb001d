/**
 * A server of both eras with everything that the suite asks for, on the official SDK. Prints its port.
 * Runs by itself: `node fixture.ts` on Node 22.18 or newer.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  localhostHostValidation,
  localhostOriginValidation,
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
  toWebRequest,
} from "@modelcontextprotocol/node";
import {
  createMcpHandler,
  createRequestStateCodec,
  isLegacyRequest,
} from "@modelcontextprotocol/server";
import { createEvents } from "./events.ts";
import { buildServer, type Shared } from "./everything.ts";

const codec = createRequestStateCodec<Record<string, unknown>>({
  key: randomBytes(32),
  ttlSeconds: 600,
});
const shared: Shared = {
  mint: (state) => codec.mint(state),
  verify: codec.verify,
  toolsChanged: () => modern.notify.toolsChanged(),
  promptsChanged: () => modern.notify.promptsChanged(),
  closeStream: (session, id) => sessions.get(session ?? "")?.closeSSEStream(id),
};
const modern = createMcpHandler(() => buildServer(shared), { legacy: "reject" });
const serveModern = toNodeHandler(modern);
const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
const hostAllowed = localhostHostValidation();
const originAllowed = localhostOriginValidation();

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString("utf8");
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

async function serveLegacy(
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
): Promise<void> {
  const id = request.headers["mcp-session-id"];
  const known = typeof id === "string" ? sessions.get(id) : undefined;
  if (known !== undefined) return known.handleRequest(request, response, body);
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: createEvents(),
    retryInterval: 500,
    onsessioninitialized: (session) => void sessions.set(session, transport),
  });
  await buildServer(shared).connect(transport);
  await transport.handleRequest(request, response, body);
}

const server = createServer((request, response) => {
  if (!hostAllowed(request, response) || !originAllowed(request, response)) return;
  void (async () => {
    const body = request.method === "POST" ? await bodyOf(request) : undefined;
    const web = await toWebRequest(request, body);
    const legacy = request.method !== "POST" || (await isLegacyRequest(web, body));
    await (legacy ? serveLegacy(request, response, body) : serveModern(request, response, body));
  })().catch((error: unknown) => {
    console.error(error);
    response.destroy();
  });
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
