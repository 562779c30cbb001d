import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmodSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import {
  createServer,
  get,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { type Caller, canonicalTime, fail, ok, type Result } from "@bylaw/core";
import {
  createMcpGateway,
  createSdkGateway,
  HTTP_SERVER_OPTIONS,
  type McpGateway,
  type PipelineOps,
  upstreamOfPath,
} from "@bylaw/gateway";
import { authenticate, type IdentityOps } from "@bylaw/identity";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { adminApi } from "./api/admin.ts";
import { agentApi } from "./api/agent-api.ts";
import type { Config } from "./config/config.ts";
import { createAdminOps } from "./host/admin-ops.ts";
import { keyedDigest } from "./host/analysis-ops.ts";
import { adminSocket, adminToken, announce, withdraw } from "./host/data-folder.ts";
import { openHost, recordStart, type StartError } from "./host/host.ts";
import { createPipelineOps, type Host } from "./host/pipeline-ops.ts";
import { mcpUpstreams } from "./host/places.ts";
import { keepRetention } from "./host/retention.ts";
import { createVisible } from "./host/visible.ts";

/** Milliseconds that calls in flight get to finish when the gateway stops. */
const DRAIN_MS = 30_000;
/** Milliseconds that a connection gets to take its last answer. */
const CLOSE_MS = 500;
/** Milliseconds that whoever has our port gets to say who it is. */
const OWNER_MAX_MS = 1_000;

export interface ServerOptions {
  readonly config: Config;
  /** Data folder; made on first use. */
  readonly folder: string;
  /** Overrides the configured port; 0 takes a free one. */
  readonly port: number | null;
  readonly version: string;
  /** One line for the operator; never carries arguments, results or credentials. */
  readonly log: (line: string) => void;
}

export interface RunningServer {
  readonly address: string;
  readonly bundle: string;
  readonly folder: string;
  /** Takes nothing new, finishes what is in flight, signs the log. Safe to call twice. */
  stop(): Promise<void>;
  /** Resolves when the gateway has stopped, whoever asked for it. */
  readonly stopped: Promise<void>;
}

/** Starts a gateway: agents on the configured address, administration on a socket of its own. */
export async function startServer(
  options: ServerOptions,
): Promise<Result<RunningServer, StartError>> {
  const opened = await openHost(options.config, options.folder);
  if (!opened.ok) return opened;
  const host = opened.value;
  const agents = createServer(HTTP_SERVER_OPTIONS);
  const { host: name, port } = options.config.listen;
  const taken = await listen(agents, options.port ?? port, name);
  if (taken !== null) {
    await host.store.close();
    return fail(taken);
  }
  await recordStart(host, options.version);
  return ok(await serve(options, host, agents));
}

/** Wires the open host to its listeners; everything it needs is known to be there. */
async function serve(
  options: ServerOptions,
  host: Host & { readonly folder: string },
  agents: Server,
): Promise<RunningServer> {
  const { folder, store, config } = host;
  const { ops, holds } = createPipelineOps(host);
  const identify = callerOf(host);
  const mcp = openMcp(options, host, ops, identify);
  const sdk = createSdkGateway(ops, newActionId);
  const api = listenerOf(agentApi(sdk, identify, config.limits.bodyBytes));
  const answering = new Set<ServerResponse>();
  const address = addressOf(agents);
  let draining = false;

  agents.on(
    "request",
    route(mcp, counted(api, answering), () => !draining),
  );
  agents.on("upgrade", (request, socket, head) => {
    const upstream = upstreamOfPath(request.url ?? "");
    if (upstream === null) socket.destroy();
    else void mcp.handleUpgrade(request, socket, head, upstream);
  });

  const endRetention = keepRetention(host, options.log);
  let finish: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= end();
    return stopping;
  };
  const status = () => ({
    version: options.version,
    pid: process.pid,
    address,
    tier: "advisory" as const,
    bundle: host.rules.bundle.digest,
    upstreams: Object.keys(config.upstreams),
  });
  const adminOps = createAdminOps(host, holds, status, () => void stop());
  const admin = await listenAdmin(folder, listenerOf(adminApi(adminOps, adminToken(folder))));
  announce(folder, {
    pid: process.pid,
    address,
    admin: adminSocket(folder),
    version: options.version,
  });

  async function end(): Promise<void> {
    draining = true;
    holds.close();
    await Promise.all([mcp.drain(DRAIN_MS), answered(answering)]);
    await Promise.all([close(agents), close(admin)]);
    await endRetention();
    // A log that cannot be written has been refusing everything; the start record tells the rest.
    await store.log
      .append({ v: 1, kind: "stop", at: canonicalTime(host.now()) }, "sync", null)
      .catch(() => undefined);
    await store.close();
    withdraw(folder); // last: whoever waits for it may start the next gateway at once
    finish();
  }
  return { address, bundle: host.rules.bundle.digest, folder, stop, stopped };
}

function openMcp(
  options: ServerOptions,
  host: Host,
  ops: PipelineOps,
  identify: Identify,
): McpGateway {
  const { config, store } = host;
  return createMcpGateway({
    upstreams: mcpUpstreams(config),
    ops,
    authenticate: (headers) => identify(headers.authorization),
    ids: { action: newActionId, session: () => randomBytes(24).toString("base64url") },
    environment: process.env,
    hosts: ["127.0.0.1", "localhost", "[::1]", config.listen.host.toLowerCase()],
    origins: [],
    visible: createVisible(host),
    resultDigest: (bytes) => keyedDigest(store.digestKey(), bytes),
    log: ({ kind, upstream, text }) => options.log(`${kind} ${upstream ?? "-"} ${text}`),
    limits: { messageBytes: config.limits.bodyBytes },
  });
}

type Identify = (header: string | undefined) => Promise<Result<Caller, { readonly code: string }>>;

function callerOf({ config, store, now }: Host): Identify {
  const ops: IdentityOps = {
    agentByToken: async (hash) => {
      const agent = await store.agents.byToken(hash);
      if (agent === null) return null;
      const user = agent.user === "" ? null : agent.user;
      // What the configuration lists is what somebody reviewed: it wins over what was registered.
      const listed = Object.hasOwn(config.agents, agent.id) ? config.agents[agent.id] : undefined;
      return listed === undefined ? { ...agent, user } : { ...agent, ...listed };
    },
    groupsOfUser: (user) =>
      (Object.hasOwn(config.people, user) ? config.people[user]?.groups : undefined) ?? [],
    session: (credential) => store.session(credential, now()),
  };
  return async (header) => {
    const caller = await authenticate(header, ops);
    return caller.ok ? caller : fail({ code: caller.error });
  };
}

function route(mcp: McpGateway, api: RequestListener, ready: () => boolean): RequestListener {
  return (request, response) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    if (path === "/healthz") {
      const body = { name: "bylaw", pid: process.pid, ready: ready() };
      response.writeHead(ready() ? 200 : 503, { "content-type": "application/json" });
      return void response.end(JSON.stringify(body));
    }
    const upstream = upstreamOfPath(request.url ?? "");
    if (upstream !== null) void mcp.handleHttp(request, response, upstream);
    else if (ready()) api(request, response);
    else response.writeHead(503).end(JSON.stringify({ error: "gateway.draining" }));
  };
}

/** Hono's listener answers every failure itself; nothing is left for the server to wait for. */
function listenerOf(app: Hono): (request: IncomingMessage, response: ServerResponse) => void {
  const listener = getRequestListener(app.fetch);
  return (request, response) => void listener(request, response);
}

/** Keeps what is being answered, so that a stop can wait for it. */
function counted(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  answering: Set<ServerResponse>,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    answering.add(response);
    response.once("close", () => answering.delete(response));
    listener(request, response);
  };
}

async function answered(answering: ReadonlySet<ServerResponse>): Promise<void> {
  const closing = [...answering].map((response) => once(response, "close"));
  const limit = new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref());
  await Promise.race([Promise.all(closing), limit]);
}

function newActionId(): string {
  return `act_${randomUUID()}`;
}

/** Null when it listens; otherwise who, if known, has the port. */
async function listen(server: Server, port: number, host: string): Promise<StartError | null> {
  try {
    server.listen(port, host);
    await once(server, "listening");
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const owner = code === "EADDRINUSE" ? await ownerOf(port, host) : null;
    const who = owner === null ? "" : `; ${owner} has it`;
    return {
      code: "listen.failed",
      messages: [`cannot listen on ${host}:${port} (${code})${who}; choose another with --port`],
    };
  }
}

async function ownerOf(port: number, host: string): Promise<string> {
  const sent = get({ host, port, path: "/healthz", timeout: OWNER_MAX_MS });
  try {
    sent.on("timeout", () => sent.destroy());
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    const [first] = (await once(answer, "data")) as [Buffer];
    const { name, pid } = JSON.parse(first.toString()) as { name?: string; pid?: number };
    return name === "bylaw" ? `another bylaw (process ${pid})` : "another program";
  } catch {
    return "another program";
  } finally {
    sent.destroy();
  }
}

async function listenAdmin(folder: string, listener: RequestListener): Promise<Server> {
  const path = adminSocket(folder);
  if (process.platform !== "win32") {
    ownFolder(dirname(path));
    rmSync(path, { force: true }); // left by a gateway that was killed; the store says that it is gone
  }
  const server = createServer(listener);
  server.listen(path);
  await once(server, "listening");
  if (process.platform !== "win32") chmodSync(path, 0o600);
  return server;
}

/** The socket may lie in a shared folder: nobody else may be able to put another one in its place. */
function ownFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stats = lstatSync(folder);
  const mine = stats.isDirectory() && stats.uid === process.getuid?.();
  if (!mine || (stats.mode & 0o077) !== 0)
    throw new Error(`\`${folder}\` can be changed by other users; choose a shorter data folder`);
}

function addressOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const rest = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
  await closed;
  clearTimeout(rest);
}
