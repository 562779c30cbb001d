import { fileURLToPath } from "node:url";
import { addAgent, bylaw, up } from "../../../e2e/harness/bylaw.ts";
import { openSite } from "../../../e2e/harness/site.ts";
import type { Client } from "./caller.ts";
import { type Headers, openHttp, openIdle } from "./http-client.ts";
import { freePort } from "./listen.ts";
import { startProgram } from "./processes.ts";
import { stdioClient } from "./stdio-client.ts";

/** What the client speaks, and what the upstream speaks. */
export type Topology = "HTTP to HTTP" | "stdio to HTTP" | "stdio to stdio";

/** A way from a client to the upstream, running. */
export interface Running {
  /** The process whose time and memory count, with all that it starts; null for the direct way. */
  readonly pid: number | null;
  open(callers: number): Promise<Client>;
  /** Opens a session and leaves it; null where clients are the sessions. */
  readonly idle: (() => Promise<void>) | null;
  stop(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  readonly topology: Topology;
  readonly kind: "direct" | "bare" | "bylaw" | "peer";
  start(): Promise<Running>;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const node = (path: string, ...args: readonly string[]): readonly string[] => [
  process.execPath,
  "--import",
  import.meta.resolve("tsx"),
  here(path),
  ...args,
];
/** Peers start it through a shell or by words alone, so it is one word per part. */
const STDIO_UPSTREAM = [
  process.execPath,
  "--import",
  import.meta.resolve("tsx"),
  here("./echo-stdio.ts"),
];
const PORT = /^port (\d+)$/m;

export const CONTENDERS: readonly Contender[] = [
  { name: "direct", topology: "HTTP to HTTP", kind: "direct", start: direct },
  hop("raw TCP pass-through", "./hops/tcp.ts", "bare"),
  hop("node:http pass-through", "./hops/http.ts", "bare"),
  { name: "bylaw", topology: "HTTP to HTTP", kind: "bylaw", start: () => gateway("http") },
  hop("SDK v1 proxy", "./hops/sdk-v1.ts", "peer"),
  hop("SDK v2 proxy", "./hops/sdk-v2.ts", "peer"),
  // Between HTTP and a pipe there is no direct way; plain HTTP is the nearest.
  { name: "direct, HTTP alone", topology: "stdio to HTTP", kind: "direct", start: direct },
  { name: "bylaw", topology: "stdio to HTTP", kind: "bylaw", start: () => gateway("stdio") },
  { name: "supergateway", topology: "stdio to HTTP", kind: "peer", start: supergateway },
  { name: "mcp-proxy", topology: "stdio to HTTP", kind: "peer", start: mcpProxy },
  piped("direct", "direct", STDIO_UPSTREAM),
  piped("raw pipe", "bare", node("./hops/pipe.ts", ...STDIO_UPSTREAM)),
  { name: "bylaw mcp", topology: "stdio to stdio", kind: "bylaw", start: bridge },
  piped("SDK v1 proxy", "peer", node("./hops/sdk-v1-stdio.ts", ...STDIO_UPSTREAM)),
];

async function direct(): Promise<Running> {
  const upstream = await httpUpstream();
  return { ...overHttp(upstream.url, {}, null), stop: upstream.stop };
}

function hop(name: string, path: string, kind: Contender["kind"]): Contender {
  const start = async (): Promise<Running> => {
    const upstream = await httpUpstream();
    const program = startProgram(node(path, upstream.url.href));
    const url = local(await program.says(PORT));
    return {
      ...overHttp(url, {}, program.child.pid ?? null),
      stop: async () => {
        await program.stop();
        await upstream.stop();
      },
    };
  };
  return { name, topology: "HTTP to HTTP", kind, start };
}

async function httpUpstream(): Promise<{ url: URL; stop: () => Promise<void> }> {
  const program = startProgram(node("./echo-http.ts"));
  return { url: local(await program.says(PORT)), stop: program.stop };
}

function local(port: string): URL {
  return new URL(`http://127.0.0.1:${port}/mcp`);
}

function overHttp(url: URL, headers: Headers, pid: number | null): Omit<Running, "stop"> {
  return {
    pid,
    open: (callers) => openHttp(url, headers, callers),
    idle: () => openIdle(url, headers),
  };
}

/** Agents that idle sessions are spread over: one credential may hold 1,000. */
const IDLERS = 11;

/** Policy, facts, detectors, provenance and log as shipped; reads are on disk within 50 ms. */
async function gateway(kind: "http" | "stdio"): Promise<Running> {
  const upstream = kind === "http" ? await httpUpstream() : null;
  const site = bylawSite(
    upstream === null ? { command: STDIO_UPSTREAM } : { url: upstream.url.href },
  );
  const running = await up(site);
  const tokens: string[] = [];
  for (let at = 0; at < IDLERS; at += 1)
    tokens.push(await addAgent(site, `agent-${at}`, "testers"));
  const url = new URL(`${running.address}/mcp/echo`);
  const as = (token = ""): Headers => ({ authorization: `Bearer ${token}` });
  let idle = 0;
  return {
    pid: running.pid,
    open: (callers) => openHttp(url, as(tokens[0]), callers),
    idle: () => {
      idle += 1;
      return openIdle(url, as(tokens[1 + (idle % (IDLERS - 1))]));
    },
    stop: async () => {
      await running.stop();
      site.remove();
      await upstream?.stop();
    },
  };
}

async function bridge(): Promise<Running> {
  const site = bylawSite({ command: STDIO_UPSTREAM });
  const running = await up(site);
  const token = await addAgent(site, "tester", "testers");
  const { command, args, env } = bylaw(site, "mcp", "--upstream", "echo");
  const program = startProgram([command, ...args], { ...env, BYLAW_TOKEN: token }, "errors");
  return {
    pid: running.pid,
    open: stdioClient(program),
    idle: null,
    stop: async () => {
      await program.stop();
      await running.stop();
      site.remove();
    },
  };
}

function bylawSite(upstream: object): ReturnType<typeof openSite> {
  return openSite(
    {
      version: 1,
      people: { sam: {} },
      upstreams: { echo: { ...upstream, environment: "test", reviewed: true } },
      packs: ["base", "starter"],
      policies: ["./policies"],
      catalog: ["./catalog.yaml"],
    },
    {
      "policies/bench.cedar": `
@id("testers-read")
permit (
  principal in Group::"testers",
  action in [Action::"connect", Action::"list", Action::"read"],
  resource
);
`,
      "catalog.yaml": JSON.stringify({
        version: 1,
        tools: {
          "echo/echo": {
            effects: [{ action: "read", resource: { type: "Object", id: "echo", kind: "record" } }],
          },
        },
      }),
    },
  );
}

async function supergateway(): Promise<Running> {
  const port = String(await freePort());
  const program = startProgram([
    process.execPath,
    here("../node_modules/supergateway/dist/index.js"),
    "--stdio",
    STDIO_UPSTREAM.join(" "),
    "--outputTransport",
    "streamableHttp",
    "--stateful",
    "--port",
    port,
  ]);
  await program.says(/(Listening on port)/);
  return { ...overHttp(local(port), {}, program.child.pid ?? null), stop: program.stop };
}

async function mcpProxy(): Promise<Running> {
  const port = String(await freePort());
  const program = startProgram([
    process.execPath,
    here("../node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs"),
    "--host",
    "127.0.0.1",
    "--port",
    port,
    "--server",
    "stream",
    "--",
    ...STDIO_UPSTREAM,
  ]);
  await program.says(/(starting server on port)/i);
  return { ...overHttp(local(port), {}, program.child.pid ?? null), stop: program.stop };
}

function piped(name: string, kind: Contender["kind"], command: readonly string[]): Contender {
  const start = (): Promise<Running> => {
    const program = startProgram(command, {}, "errors");
    return Promise.resolve({
      pid: kind === "direct" ? null : (program.child.pid ?? null),
      open: stdioClient(program),
      idle: null,
      stop: program.stop,
    });
  };
  return { name, topology: "stdio to stdio", kind, start };
}
