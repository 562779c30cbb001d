import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAgent, ask, type Gateway, up } from "../harness/bylaw.ts";
import { type Agent, connect, DOORS } from "../harness/client.ts";
import { openSite, reference, type Site } from "../harness/site.ts";
import { eventually } from "../harness/wait.ts";

const SERVER = reference("server-everything");

/** Several times what a pipe and one message may hold. */
const AT_ONCE = 64;
const LARGE_BYTES = 262_144;

/** Both ways the gateway reaches an upstream, and both ways a client reaches the gateway. */
const ROUTES = (["stdio", "http"] as const).flatMap((behind) =>
  DOORS.map((door) => [door, behind] as const),
);

describe.each(ROUTES)("server-everything, %s to Bylaw and %s behind it", (door, behind) => {
  let server: ChildProcess | null = null;
  let site: Site;
  let gateway: Gateway;
  let agent: Agent;

  beforeAll(async () => {
    const everything =
      behind === "stdio"
        ? { command: [process.execPath, SERVER, "stdio"] }
        : { url: await serve() };
    site = openSite({
      version: 1,
      people: { sam: { groups: [] } },
      upstreams: { everything: { ...everything, environment: "development" } },
      holds: { limit: "10s" },
    });
    gateway = await up(site);
    const token = await addAgent(site, "coder", "coders");
    agent = await connect({ site, gateway, upstream: "everything", token }, door);
  });

  /** The server over Streamable HTTP on a port that was free a moment ago. */
  async function serve(): Promise<string> {
    const port = await freePort();
    server = spawn(process.execPath, [SERVER, "streamableHttp"], {
      env: { ...process.env, PORT: String(port) },
      stdio: "ignore",
    });
    const url = `http://127.0.0.1:${port}/mcp`;
    await eventually("the server listens", () =>
      fetch(url).then(
        () => true,
        () => null,
      ),
    );
    return url;
  }

  afterAll(async () => {
    await agent?.close();
    await gateway?.stop();
    site?.remove();
    if (server !== null) {
      const ended = once(server, "exit");
      server.kill();
      await ended;
    }
  });

  it("answers a ping and lists its tools", async () => {
    await agent.client.ping();
    const { tools } = await agent.client.listTools();
    expect(tools.map(({ name }) => name)).toContain("get-sum");
  });

  it("runs a tool that only reads", async () => {
    const sum = await agent.call("get-sum", { a: 2, b: 3 });
    expect(sum).toMatchObject({ failed: false });
    expect(sum.text).toContain("5");
  });

  it("carries many large calls at once", async () => {
    const note = "x".repeat(LARGE_BYTES);
    const sums = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, a) => agent.call("get-sum", { a, b: 1, note })),
    );
    const right = sums.filter(({ text, failed }, a) => !failed && text.includes(`${a + 1}`));
    expect(right).toHaveLength(AT_ONCE);
  });

  it("holds a tool of which nobody knows what it does, and runs it when told to", async () => {
    const held = agent.call("echo", { message: "through two doors" });
    const id = await eventually("the call is held", async () => {
      const [first] = await ask<readonly { id: string }[]>(site, "approvals", "list");
      return first?.id;
    });
    await ask(site, "approvals", "approve", id, "--as", "sam");
    expect(await held).toMatchObject({ failed: false, text: "Echo: through two doors" });
  });

  it("leaves a log that verifies", async () => {
    expect(await ask(site, "audit", "verify")).toMatchObject({ ok: true });
  });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
