import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, startHarness } from "../../testdata/harness.ts";
import type { Rule } from "../../testdata/memory-ops.ts";
import { connectClient, type Kind } from "../../testdata/sdk-client.ts";
import type { UpstreamConfig } from "./index.ts";

const testdata = (name: string): string =>
  fileURLToPath(new URL(`../../testdata/servers/${name}`, import.meta.url));

const rule: Rule = (operation, target) => {
  if (operation === "sampling/createMessage") return sampling;
  if (target === "wipe") return "block";
  if (target === "ask") return "hold";
  if (operation === "resources/read" && target?.startsWith("file:") === true) return "block";
  return "permit";
};
let sampling: ReturnType<Rule> = "permit";

let harness: Harness;
const children: ChildProcessWithoutNullStreams[] = [];

async function httpFixture(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [testdata("http-server.mjs"), ...args], { stdio: "pipe" });
  children.push(child);
  const [port] = (await once(child.stdout, "data")) as [Buffer];
  return `http://127.0.0.1:${port.toString().trim()}/mcp`;
}

beforeAll(async () => {
  const stdio: UpstreamConfig = {
    kind: "stdio",
    command: process.execPath,
    args: [testdata("stdio-server.mjs")],
    env: { FIXTURE: "1" },
    cwd: null,
  };
  const upstreams = new Map<string, UpstreamConfig>([
    ["stdio", stdio],
    ["http", { kind: "http", url: await httpFixture(), headers: { authorization: "Bearer own" } }],
    ["json", { kind: "http", url: await httpFixture("--json"), headers: {} }],
  ]);
  harness = await startHarness({
    rule,
    upstreams,
    visible:
      async () =>
      ({ name }) =>
        name !== "wipe",
  });
});

afterAll(async () => {
  await harness.close();
  for (const child of children) child.kill("SIGKILL");
});

const connect = (kind: Kind, upstream: string): Promise<Client> =>
  connectClient(harness.url, kind, upstream);

describe.each([
  ["http", "stdio"],
  ["http", "http"],
  ["http", "json"],
  ["bridge", "stdio"],
  ["bridge", "http"],
] as const)("client over %s, upstream over %s", (kind, upstream) => {
  it("passes what is allowed and refuses the rest", async () => {
    const client = await connect(kind, upstream);
    const before = harness.ops.records.length;

    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain("echo");
    expect(tools.map(({ name }) => name)).not.toContain("wipe");

    const echoed = await client.callTool({ name: "echo", arguments: { text: "grüße 🎈" } });
    expect(echoed.content).toEqual([{ type: "text", text: "grüße 🎈" }]);

    const wiped = await client.callTool({ name: "wipe", arguments: {} });
    expect(wiped.isError).toBe(true);
    expect(wiped._meta?.["dev.bylaw/decision"]).toMatchObject({
      outcome: "block",
      policy: "never",
    });

    expect((await client.readResource({ uri: "note://one" })).contents[0]).toMatchObject({
      text: "remember the milk",
    });
    await expect(client.readResource({ uri: "file:///etc/passwd" })).rejects.toMatchObject({
      code: -32010,
    });
    expect(
      (await client.getPrompt({ name: "greet", arguments: { name: "you" } })).messages,
    ).toHaveLength(1);

    const kinds = harness.ops.records.slice(before).map((record) => record.kind);
    expect(kinds.filter((one) => one === "refusal")).toHaveLength(2);
    expect(kinds.filter((one) => one === "intent").length).toBe(
      kinds.filter((one) => one === "outcome").length,
    );
    await client.close();
  });

  it("carries progress and what the server asks of the client", async () => {
    const client = await connect(kind, upstream);
    const seen: number[] = [];
    const done = await client.callTool({ name: "steps", arguments: {} }, undefined, {
      onprogress: ({ progress }) => seen.push(progress),
    });
    expect(done.content).toEqual([{ type: "text", text: "done" }]);
    if (upstream !== "json") expect(seen).toEqual([1, 2, 3]);
    if (upstream !== "json") {
      sampling = "permit";
      const sampled = await client.callTool({ name: "sample", arguments: {} });
      expect(sampled.content).toEqual([{ type: "text", text: "model: hi" }]);
      sampling = "block";
      const refused = await client.callTool({ name: "sample", arguments: {} });
      expect(refused.content).toEqual([{ type: "text", text: "refused: -32010" }]);
    }
    await client.close();
  });
});
