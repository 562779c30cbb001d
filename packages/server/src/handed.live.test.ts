import { fileURLToPath } from "node:url";
import type { ApprovalRecord } from "@bylaw/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { McpClient } from "../testdata/mcp-client.ts";
import { createPlace, type Place } from "../testdata/running.ts";
import type { HeldAction } from "./api/approvals.ts";

const SERVER = fileURLToPath(new URL("../testdata/changing-server.mjs", import.meta.url));

const CONFIG = `
version: 1
workspaces: [ ./work ]
people: { olga: {}, dana: { groups: [ dba ] } }
agents: { claude: { user: olga } }
upstreams:
  rows: { command: ${JSON.stringify([process.execPath, SERVER, "./tools.json"])}, environment: test }
packs: [ base ]
policies: [ ./rules.cedar ]
catalog: [ ./catalog.yaml ]
pinning: trust-first
shadow: { share: 0 }
holds: { limit: 20s, ttl: 10m }
`;

const RULES = `
@id("may") permit (principal is Agent, action, resource)
when { resource is Table || resource is Server };
@id("ask") @decision("require_approval") @approvers("Group::\\"dba\\"")
forbid (principal is Agent, action == Action::"delete", resource is Table);
`;

const CATALOG = `
version: 1
tools:
  rows/drop: { effects: [ { action: delete, resource: { type: Table, id: { argument: table }, database: crm }, quantity: 3 } ] }
`;
const TOOLS = JSON.stringify({
  tools: [
    {
      name: "drop",
      description: "drops a table",
      inputSchema: { type: "object", properties: { table: { type: "string" } } },
    },
  ],
});

let place: Place;
let client: McpClient;
let token: string;
let address: string;

async function start(rules: string): Promise<void> {
  place = createPlace({
    "bylaw.yaml": CONFIG,
    "rules.cedar": rules,
    "catalog.yaml": CATALOG,
    "tools.json": TOOLS,
    "work/notes.md": "",
  });
  const problem = await place.start();
  if (problem !== null) throw new Error(problem.messages.join());
  ({ address } = await place.status());
  token = String((await place.admin("POST", "/agents", { id: "claude" })).body["token"]);
  place.present(token);
  client = await place.connect("rows");
}

let count = 0;
/** Claude Code asks about `drop` of its server `rows`; out: what it is told. */
async function hooked(table: string): Promise<string> {
  count += 1;
  const answer = await fetch(`${address}/v1/hooks/claude-code`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({
      session_id: "s",
      hook_event_name: "PreToolUse",
      tool_name: "mcp__rows__drop",
      tool_input: { table },
      tool_use_id: `t${count}`,
      cwd: "/",
    }),
  });
  return await answer.text();
}

async function waiting(): Promise<HeldAction> {
  for (;;) {
    const { body } = await place.admin("GET", "/approvals");
    const [held] = body as unknown as readonly HeldAction[];
    if (held !== undefined) return held;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function answer(verdict: "approve" | "reject", as = "dana"): Promise<HeldAction> {
  const held = await waiting();
  const { status } = await place.admin("POST", `/approvals/${held.id}/votes`, { as, verdict });
  expect(status).toBe(200);
  return held;
}

/** Somebody is asked about this and says no. */
async function isAskedAbout(call: Promise<string>): Promise<void> {
  await answer("reject");
  expect(await call).toBe("approval.rejected");
}

const PASS = "{}\n";
const drop = (table: string): Promise<string> => client.call("drop", { table });
const approvals = async (): Promise<readonly ApprovalRecord[]> =>
  (await place.records()).filter((record) => record.kind === "approval");

afterEach(() => place.end());

describe("a yes at a client's hook", () => {
  beforeEach(() => start(RULES));

  it("answers the same call at its server, once, and the log says why", async () => {
    const asked = hooked("customers");
    const { id } = await answer("approve");
    expect(await asked).toBe(PASS);
    expect(await drop("customers")).toBe("did drop");
    const [first, second] = await approvals();
    expect(first).toMatchObject({ approval: id, verdict: "approved", by: "dana" });
    expect(second).toMatchObject({ verdict: "approved", by: "dana", policies: ["ask"] });
    expect(second?.reason).toBe(`as ${id}, for the same call at the client's hook`);
    await isAskedAbout(drop("customers"));
  });

  it("answers no other call, and no call twice", async () => {
    const asked = hooked("customers");
    await answer("approve");
    expect(await asked).toBe(PASS);
    await isAskedAbout(drop("orders"));
    expect(await drop("customers")).toBe("did drop");
    await isAskedAbout(drop("customers"));
  });

  it("that was a no answers nothing", async () => {
    const asked = hooked("customers");
    await answer("reject");
    expect(await asked).toContain("deny");
    await isAskedAbout(drop("customers"));
  });

  it("of another agent answers nothing", async () => {
    const asked = hooked("customers");
    await answer("approve");
    expect(await asked).toBe(PASS);
    const other = await place.admin("POST", "/agents", { id: "codex" });
    place.present(String(other.body["token"]));
    const theirs = await place.connect("rows");
    await isAskedAbout(theirs.call("drop", { table: "customers" }));
  });

  it("answers nothing after the policy that asked has changed", async () => {
    const asked = hooked("customers");
    await answer("approve");
    expect(await asked).toBe(PASS);
    place.write("rules.cedar", RULES.replace('@id("ask")', '@id("ask") @reason("new")'));
    expect((await place.admin("POST", "/policy/reload")).status).toBe(200);
    await isAskedAbout(drop("customers"));
  });
});

describe("a yes at a client's hook, where the server is asked about more", () => {
  it("answers nothing", async () => {
    await start(`${RULES}
@id("ask-mcp") @decision("require_approval") @approvers("Group::\\"dba\\"")
forbid (principal is Agent, action == Action::"delete", resource is Table)
when { context.gateway == Gateway::"mcp" };
`);
    const asked = hooked("customers");
    await answer("approve");
    expect(await asked).toBe(PASS);
    await isAskedAbout(drop("customers"));
  });
});
