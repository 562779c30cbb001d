/**
 * The client that the suite's authorization scenarios look at: a running Bylaw with the scenario's server
 * as its upstream, an official client that uses it, and a person who allows whatever they are shown.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { authorizerSetup, loadConfig, login, type RunningServer, startServer } from "@bylaw/server";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { administer } from "../../../e2e/harness/admin.ts";
import { openSite, type Site } from "../../../e2e/harness/site.ts";

const ALLOW_ALL = `@id("anything")\npermit (principal, action, resource);\n`;
/** Where the suite says that its client's metadata document is. */
const METADATA = "https://conformance-test.local/client-metadata.json";
const LOGINS_MAX = 3;
const LOGIN_MS = 10_000;

interface Context {
  readonly client_id?: string;
  readonly client_secret?: string;
  readonly private_key_pem?: string;
}

const server = process.argv[2] ?? "";
const scenario = process.env["MCP_CONFORMANCE_SCENARIO"] ?? "";
const version = process.env["MCP_CONFORMANCE_PROTOCOL_VERSION"] ?? "2025-11-25";
const given = JSON.parse(process.env["MCP_CONFORMANCE_CONTEXT"] ?? "{}") as Context;

function openBylaw(): Site {
  const site = openSite({}, { "policies/anything.cedar": ALLOW_ALL });
  const secret = (name: string, text: string): string => {
    writeFileSync(join(site.folder, name), text, { mode: 0o600 });
    return `file:${join(site.folder, name)}`;
  };
  const auth = {
    flow: scenario.startsWith("auth/client-credentials")
      ? "client_credentials"
      : "authorization_code",
    ...(scenario === "auth/basic-cimd" ? { client_metadata: METADATA } : {}),
    ...(given.client_id === undefined ? {} : { client_id: given.client_id }),
    ...(given.client_secret === undefined
      ? {}
      : { client_secret: secret("client.secret", given.client_secret) }),
    ...(given.private_key_pem === undefined
      ? {}
      : { private_key: secret("client.pem", given.private_key_pem) }),
  };
  site.configure({
    version: 1,
    listen: "127.0.0.1:1",
    people: { sam: { groups: [] } },
    upstreams: { fixture: { url: server, environment: "test", auth } },
    packs: [],
    policies: ["./policies"],
  });
  return site;
}

/** Goes where the person is sent, as their browser would, until it is back on this machine. */
async function allow(address: string): Promise<void> {
  const answer = await fetch(address, { redirect: "manual" });
  const next = answer.headers.get("location");
  if (next !== null) await fetch(next);
}

async function main(): Promise<number> {
  const site = openBylaw();
  let running: RunningServer | null = null;
  try {
    const config = loadConfig(join(site.folder, "bylaw.yaml"));
    if (!config.ok) throw new Error(config.error.map(({ message }) => message).join("\n"));
    const started = await startServer({
      config: config.value,
      folder: site.data,
      port: 0,
      version: "conformance",
      log: (line) => console.error(line),
    });
    if (!started.ok) throw new Error(started.error.messages.join("\n"));
    running = started.value;
    const { token } = await administer<{ token: string }>(site, "POST", "/agents", {
      id: "suite",
      user: "sam",
      groups: [],
    });
    for (let logins = 0; ; logins += 1) {
      const failed = await use(new URL("/mcp/fixture", running.address), token);
      if (failed === null) return 0;
      console.error(failed);
      const upstream = config.value.upstreams["fixture"];
      if (upstream?.kind !== "http") throw new Error("the upstream is one over HTTP");
      const setup = authorizerSetup("fixture", upstream, site.data, Date.now);
      if (!setup.ok || setup.value === null) throw new Error("the upstream wants tokens");
      // What `bylaw upstream list` tells the person.
      if (setup.value.store.read()?.wanted == null || logins === LOGINS_MAX) return 1;
      const done = await login({ ...setup.value, port: 0, waitMs: LOGIN_MS, open: allow });
      if (!done.ok) throw new Error(done.error);
    }
  } finally {
    await running?.stop();
    site.remove();
  }
}

/** Lists and calls; out: what it was refused with, null for nothing. */
async function use(url: URL, token: string): Promise<string | null> {
  const modern = version >= "2026";
  const client = new Client(
    { name: "conformance", version: "1.0.0" },
    modern ? { versionNegotiation: { mode: { pin: version } } } : {},
  );
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  try {
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
    const { tools } = await client.listTools();
    for (const { name } of tools.slice(0, 1)) {
      const result = await client.callTool({ name, arguments: {} });
      const decision = result._meta?.["dev.bylaw/decision"];
      if (decision !== undefined) return JSON.stringify(decision);
    }
    return null;
  } catch (error) {
    const data = error instanceof Error && "data" in error ? JSON.stringify(error.data) : "";
    return `${String(error)} ${data}`;
  } finally {
    await client.close().catch(() => undefined);
  }
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error);
  return 1;
});
