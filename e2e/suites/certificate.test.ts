import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Authority,
  createAuthority,
  type ServerCertificate,
} from "../../packages/server/testdata/certificates.ts";
import { addAgent, ask, type Gateway, run, up } from "../harness/bylaw.ts";
import { type Agent, connect, type Place } from "../harness/client.ts";
import { openSite, type Site } from "../harness/site.ts";

const READS = {
  effects: [{ action: "read", resource: { type: "Object", id: "pong", kind: "record" } }],
};

/** An MCP server behind https whose certificate can be another one from a moment on. */
class Upstream {
  readonly port: number;
  #server: HttpsServer;

  private constructor(server: HttpsServer) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async open(certificate: ServerCertificate): Promise<Upstream> {
    return new Upstream(await listening(certificate, 0));
  }

  /** The same address; no connection of before goes on. */
  async show(certificate: ServerCertificate): Promise<void> {
    await this.close();
    this.#server = await listening(certificate, this.port);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

async function listening(certificate: ServerCertificate, port: number): Promise<HttpsServer> {
  const server = createServer(certificate, (request, response) => void serve(request, response));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const mcp = new McpServer({ name: "vault", version: "1.0.0" });
  mcp.registerTool(
    "ping",
    { description: "says pong", annotations: { readOnlyHint: true } },
    () => ({
      content: [{ type: "text", text: "pong" }],
    }),
  );
  // Without sessions: every message finds a server of its own.
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
  await mcp.connect(transport);
  await transport.handleRequest(request, response);
}

describe("a server whose certificate changes", () => {
  let one: Authority;
  let two: Authority;
  let strict: Upstream;
  let usual: Upstream;
  let site: Site;
  let gateway: Gateway;
  let token: string;

  beforeAll(async () => {
    one = createAuthority("One");
    two = createAuthority("Two");
    [strict, usual] = await Promise.all([Upstream.open(one.issue()), Upstream.open(one.issue())]);
    const at = ({ port }: Upstream): string => `https://127.0.0.1:${port}/mcp`;
    site = openSite(
      {
        version: 1,
        people: { sam: {} },
        upstreams: {
          strict: { url: at(strict), environment: "test", reviewed: true, certificate: "key" },
          usual: { url: at(usual), environment: "test", reviewed: true },
        },
        packs: ["base"],
        policies: ["./policies"],
        catalog: ["./catalog.yaml"],
      },
      {
        "policies/all.cedar": `
@id("testers-use")
permit (principal in Group::"testers", action, resource);
`,
        "catalog.yaml": JSON.stringify({
          version: 1,
          tools: { "strict/ping": READS, "usual/ping": READS },
        }),
      },
    );
    // Both authorities are trusted: which of them it was is what pinning adds.
    process.env["NODE_EXTRA_CA_CERTS"] = site.write("ca.pem", `${one.ca}${two.ca}`);
    gateway = await up(site);
    token = await addAgent(site, "tester", "testers");
  });

  afterAll(async () => {
    delete process.env["NODE_EXTRA_CA_CERTS"];
    await gateway?.stop();
    await Promise.all([strict?.close(), usual?.close()]);
    for (const made of [one, two, site]) made?.remove();
  });

  const place = (upstream: string): Place => ({ site, gateway, upstream, token });

  async function pong(agent: Agent): Promise<void> {
    expect(await agent.call("ping", {})).toMatchObject({ failed: false, text: "pong" });
  }

  async function served(upstream: string): Promise<void> {
    const agent = await connect(place(upstream), "http");
    await pong(agent);
    await agent.close();
  }

  /** What a person does who was told of the renewal. */
  async function accept(upstream: string): Promise<void> {
    const { stdout } = await run(site, "definitions", "diff", `${upstream}#identity`);
    const digest = /--digest (sha256:[0-9a-f]+)/.exec(stdout)?.[1] ?? "";
    const done = await run(
      site,
      "definitions",
      "accept",
      `${upstream}#identity`,
      "--digest",
      digest,
    );
    expect(done).toMatchObject({ code: 0 });
  }

  async function waitsForPerson(upstream: string): Promise<void> {
    await expect(connect(place(upstream), "http")).rejects.toThrow(/certificate has changed/);
    await accept(upstream);
    await served(upstream);
  }

  it("held to its key: the open session is cut off, new ones wait for a person", async () => {
    const agent = await connect(place("strict"), "http");
    await pong(agent);
    await strict.show(one.issue());
    const { refusal } = await agent.call("ping", {});
    expect(refusal).toMatchObject({ code: "upstream.unreachable" });
    await waitsForPerson("strict");
    await agent.close();
  });

  it("held to its authority: a renewal goes on, another authority does not", async () => {
    const agent = await connect(place("usual"), "http");
    await pong(agent);
    await usual.show(one.issue());
    await pong(agent);
    await usual.show(two.issue());
    const { refusal } = await agent.call("ping", {});
    expect(refusal).toMatchObject({ code: "upstream.unreachable" });
    await waitsForPerson("usual");
    await agent.close();
  });

  it("leaves a log that verifies", async () => {
    expect(await ask(site, "audit", "verify")).toMatchObject({ ok: true });
  });
});
