import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LedgerRecord } from "@bylaw/core";
import { decodeBundle } from "@bylaw/ledger";
import { openArchive } from "@bylaw/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HeldAction } from "./api/approvals.ts";
import type { Config } from "./config/config.ts";
import { parseConfig } from "./config/load.ts";
import { adminToken, runningGateway } from "./host/data-folder.ts";
import { loadRules } from "./host/rules.ts";
import { acknowledgeShield, exportShieldList, reportShield } from "./host/shield.ts";
import { type RunningServer, startServer } from "./server.ts";

const place = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-shield-")));
const folder = join(place, "data");

const HEAD =
  "## Active threats (compressed)\n\n| id | category | severity | confidence | action | title | recommendation_agent | expires_at |\n|---|---|---|---|---|---|---|---|\n";
const SHIELD = `${HEAD}| 7d314323 | supply_chain | critical | 0.9 | block | typosquat | BLOCK: skill name equals summarlze | none |
| ask-1 | skill | high | 0.9 | require_approval | unsure | APPROVE: skill name equals maybe | none |
| ioc-0 | tool | critical | 0.9 | block | exfiltration | BLOCK: outbound request to webhook.site | none |
| injected | prompt | high | 0.9 | block | markers | BLOCK: [SYSTEM MESSAGE] prefix | none |
`;

const CATALOG = `
version: 1
tools:
  hub/install:
    effects: [ { action: install, resource: { type: Skill, id: { argument: name } }, quantity: 1 } ]
  hub/fetch:
    url: { argument: url, method: GET }
`;

let upstream: Server;
let server: RunningServer;
let token = "";
let session = "";
let sent = 0;
const forwarded: string[] = [];

function configOf(shield: string): Config {
  const { port } = upstream.address() as AddressInfo;
  const parsed = parseConfig(
    join(place, "bylaw.yaml"),
    `
version: 1
people: { olga: { groups: [] }, dana: { groups: [shield-approvers] }, eve: { groups: [] } }
agents: { coder: { user: olga } }
upstreams: { hub: { url: "http://127.0.0.1:${port}/mcp" } }
packs: []
policies: [ ./all.cedar ]
catalog: [ ./catalog.yaml ]
holds: { limit: 100ms }
shield: ${shield}
`,
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

/** The few methods that these tests use, and a note of what arrives. */
function startUpstream(): Server {
  return createServer((incoming, reply) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const text = Buffer.concat(chunks).toString() || "{}";
      const { id, method, params } = JSON.parse(text) as {
        readonly id?: number;
        readonly method?: string;
        readonly params?: { readonly arguments?: { readonly name?: string } };
      };
      if (id === undefined) return void reply.writeHead(202).end();
      if (method === "tools/call" || method === "prompts/get")
        forwarded.push(params?.arguments?.name ?? method);
      const tool = (name: string) => ({ name, description: "", inputSchema: { type: "object" } });
      const results: Readonly<Record<string, object>> = {
        initialize: {
          protocolVersion: "2025-11-25",
          capabilities: { tools: {}, prompts: {} },
          serverInfo: { name: "hub", version: "1" },
        },
        "tools/list": { tools: [tool("install"), tool("fetch")] },
        "tools/call": { content: [{ type: "text", text: "done" }] },
        "prompts/get": { messages: [] },
      };
      reply.writeHead(200, { "content-type": "application/json" });
      reply.end(JSON.stringify({ jsonrpc: "2.0", id, result: results[method ?? ""] ?? {} }));
    });
  });
}

function admin(method: string, path: string, body?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        socketPath: runningGateway(folder)?.admin ?? "",
        method,
        path,
        headers: {
          authorization: `Bearer ${adminToken(folder)}`,
          "content-type": "application/json",
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
      },
    );
    call.on("error", reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

interface Answer {
  readonly result?: {
    readonly isError?: boolean;
    readonly content?: readonly { readonly text: string }[];
    readonly _meta?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  readonly error?: { readonly message: string; readonly data?: { readonly code?: string } };
}

async function mcp(method: string, params: object): Promise<Answer> {
  const answer = await fetch(`${server.address}/mcp/hub`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${token}`,
      ...(session === "" ? {} : { "mcp-session-id": session }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: (sent += 1), method, params }),
  });
  session = answer.headers.get("mcp-session-id") ?? session;
  const text = await answer.text();
  const data = [...text.matchAll(/^data: (.+)$/gm)].map(([, line]) => line ?? "").at(-1);
  return JSON.parse(data ?? text) as Answer;
}

const install = (name: string): Promise<Answer> =>
  mcp("tools/call", { name: "install", arguments: { name } });
const said = ({ result }: Answer): string => result?.content?.[0]?.text ?? "";

beforeAll(async () => {
  mkdirSync(folder);
  writeFileSync(join(place, "all.cedar"), '@id("all") permit (principal, action, resource);');
  writeFileSync(join(place, "catalog.yaml"), CATALOG);
  writeFileSync(join(place, "SHIELD.md"), SHIELD);
  upstream = startUpstream().listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const config = configOf("{ files: [ ./SHIELD.md ] }");
  const acknowledged = acknowledgeShield(config, ["injected"], "dana");
  if (!acknowledged.ok) throw new Error(acknowledged.error);
  const started = await startServer({
    config,
    folder,
    port: 0,
    version: "0.0.0-test",
    log: () => undefined,
  });
  if (!started.ok) throw new Error(started.error.messages.join("\n"));
  server = started.value;
  const agent = (await admin("POST", "/agents", { id: "coder" })) as { readonly token: string };
  token = agent.token;
  await mcp("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
});

afterAll(async () => {
  await server.stop();
  upstream.close();
  rmSync(place, { recursive: true, force: true });
});

describe("over MCP", () => {
  it("blocks in the words of the format, and forwards nothing", async () => {
    const answer = await install("summarlze");
    expect(answer.result?.isError).toBe(true);
    expect(said(answer)).toContain(
      "Blocked. Threat matched: 7d314323. Match: skill.name=summarlze.",
    );
    expect(answer.result?._meta?.["dev.bylaw/decision"]).toMatchObject({
      outcome: "block",
      code: "shield.match",
      policy: "shield:7d314323",
    });
    expect(forwarded).not.toContain("summarlze");
  });

  it("forwards what no entry is about", async () => {
    expect(said(await install("summarize"))).toBe("done");
    expect(forwarded).toContain("summarize");
  });

  it("blocks by destination, and keeps the query out of the log", async () => {
    const url = "https://a.webhook.site/?key=hunter2-correct-horse";
    const answer = await mcp("tools/call", { name: "fetch", arguments: { url } });
    expect(said(answer)).toContain("Match: domain=webhook.site.");
    expect(readFileSync(join(folder, "bylaw.db")).includes("hunter2-correct-horse")).toBe(false);
  });

  it("asks the people that the settings name, once per action", async () => {
    expect(said(await install("maybe"))).toContain("Threat matched: ask-1.");
    const [held] = (await admin("GET", "/approvals")) as readonly HeldAction[];
    expect(held?.requirements).toMatchObject([
      { policy: "shield:ask-1", approvers: ["on-behalf-of", 'Group::"shield-approvers"'] },
    ]);
    const votes = `/approvals/${held?.id ?? ""}/votes`;
    expect(await admin("POST", votes, { as: "eve", verdict: "approve" })).toMatchObject({
      error: "approver.not_eligible",
    });
    await admin("POST", votes, { as: "dana", verdict: "approve" });
    expect(said(await install("maybe"))).toBe("done");
    expect(await install("maybe")).toMatchObject({ result: { isError: true } });
  });

  it("asks about prompts while a directive about them could not be read", async () => {
    const { error } = await mcp("prompts/get", { name: "p" });
    expect(error?.data?.code).toBe("shield.unparsed");
    expect(forwarded).not.toContain("prompts/get");
  });

  it("records what the DECISION block is made from", async () => {
    const archive = openArchive(folder);
    const { size } = await archive.head();
    const bundle = decodeBundle((await archive.bundle(0, size)) ?? new Uint8Array(), size);
    const threats = (bundle.ok ? bundle.value : []).flatMap((entry) => {
      const record = JSON.parse(Buffer.from(entry).toString()) as LedgerRecord;
      return record.kind === "refusal" ? [record.decision.reasons[0]?.threat] : [];
    });
    archive.close();
    expect(threats).toContainEqual({
      id: "7d314323",
      fingerprint: null,
      scope: "skill.install",
      matchedOn: "skill.name",
      value: "summarlze",
    });
  });
});

describe("what does not load", () => {
  const problems = async (shield: string): Promise<string> => {
    const rules = await loadRules(configOf(shield));
    return rules.ok ? "" : rules.error.join("\n");
  };

  it.each([
    [
      "a file that is not there",
      "{ files: [ ./nowhere.md ] }",
      "nowhere.md: cannot be read (ENOENT)",
    ],
    ["an empty file", "{ files: [ ./empty.md ] }", "shield.empty"],
    ["a folder without one", "{ files: [ ./empty ] }", "no `.md` file in this folder"],
    [
      "a part that nobody acknowledged",
      "{ files: [ ./SHIELD.md ], acks: ./none.yaml }",
      "shield.unacknowledged",
    ],
    [
      "acknowledgements that are none",
      "{ files: [ ./SHIELD.md ], acks: ./bad.yaml }",
      "bad.yaml: `version`",
    ],
    [
      "a damaged file among whole ones",
      "{ files: [ ./SHIELD.md, ./damaged.md ] }",
      "damaged.md:5: shield.entry",
    ],
    ["a feed that is no feed", "{ files: [ ./SHIELD.md ], feeds: [ ./SHIELD.md ] }", "shield.feed"],
  ])("%s", async (_, shield, expected) => {
    mkdirSync(join(place, "empty"), { recursive: true });
    writeFileSync(join(place, "empty.md"), "\n");
    writeFileSync(join(place, "bad.yaml"), "acks: []\n");
    writeFileSync(
      join(place, "damaged.md"),
      `${HEAD}| a | skill | high | 2 | block | t | BLOCK: skill x | none |\n`,
    );
    expect(await problems(shield)).toContain(expected);
  });

  it("an entry that changed after it was acknowledged", async () => {
    expect(await problems("{ files: [ ./SHIELD.md ] }")).toBe("");
    writeFileSync(join(place, "changed.md"), SHIELD.replace("markers", "other markers"));
    expect(await problems("{ files: [ ./changed.md ] }")).toContain("`injected`");
  });
});

describe("for people", () => {
  it("reports coverage, findings and what is not in force", () => {
    writeFileSync(
      join(place, "old.md"),
      `${HEAD}| old | skill | high | 0.9 | block | t | BLOCK: skill old | 2020-01-01 |\n`,
    );
    const report = reportShield(configOf("{ files: [ ./SHIELD.md, ./old.md ] }"));
    expect(report.coverage).toMatchObject({ directives: 5, parsed: 4, partly: 0 });
    expect(report.findings.map(({ code, entry }) => `${code} ${entry}`)).toContain("W01 injected");
    expect([report.expired, report.unacknowledged, report.problems]).toEqual([["old"], [], []]);
  });

  it("acknowledges only what there is to acknowledge, with name and time", () => {
    const config = configOf("{ files: [ ./SHIELD.md ] }");
    const text = readFileSync(config.shield.acks, "utf8");
    expect(text).toMatch(/by: dana/);
    expect(acknowledgeShield(config, ["7d314323"], "dana")).toMatchObject({ ok: false });
    expect(acknowledgeShield(config, ["nobody"], "dana")).toMatchObject({ ok: false });
    expect(readFileSync(config.shield.acks, "utf8")).toBe(text);
  });

  it("exports nothing of files that do not read", () => {
    const config = configOf("{ files: [ ./damaged.md ] }");
    expect(exportShieldList(config, true).ok).toBe(false);
  });
});
