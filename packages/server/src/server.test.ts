import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verify } from "@bylaw/ledger";
import { openArchive } from "@bylaw/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HeldAction } from "./api/approvals.ts";
import { parseConfig } from "./config/load.ts";
import { adminToken, runningGateway } from "./host/data-folder.ts";
import { type RunningServer, startServer } from "./server.ts";

const place = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-server-")));
const workspace = join(place, "workspace");
const folder = join(place, "data");

const CONFIG = `
version: 1
workspaces: [ ./workspace ]
people:
  olga: { groups: [] }
  dana: { groups: [dba] }
  dora: { groups: [dba] }
  eve: { groups: [interns] }
agents:
  coder: { user: olga }
  other: { user: olga }
upstreams:
  files: { command: [ ${JSON.stringify(process.execPath)} ], cwd: ./workspace }
  db: { url: "http://127.0.0.1:9/mcp", environment: production }
packs: [ base, starter ]
policies: [ ./rules.cedar ]
catalog: [ ./catalog.yaml ]
`;

const POLICY = `
@id("two-owners") @decision("require_approval") @approvers("Group::\\"dba\\"") @quorum("2")
@reason("dropping rows of production takes two of its owners")
forbid (principal is Agent, action == Action::"delete", resource is Table);
`;

const CATALOG = `
version: 1
tools:
  files/read_file:
    paths: [ { argument: path, action: read } ]
  db/drop_row:
    effects:
      - { action: delete, resource: { type: Table, id: customers, database: crm }, quantity: 1 }
`;

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

let server: RunningServer;
const tokens = new Map<string, string>();

beforeAll(async () => {
  mkdirSync(workspace);
  writeFileSync(join(workspace, "notes.md"), "hello\n");
  writeFileSync(join(place, "rules.cedar"), POLICY);
  writeFileSync(join(place, "catalog.yaml"), CATALOG);
  const config = parseConfig(join(place, "bylaw.yaml"), CONFIG);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  const started = await startServer({
    config: config.value,
    folder,
    port: 0,
    version: "0.0.0-test",
    log: () => undefined,
  });
  if (!started.ok) throw new Error(started.error.messages.join("\n"));
  server = started.value;
  for (const id of ["coder", "other"]) {
    const { body } = await admin("POST", "/agents", { id });
    tokens.set(id, String(body["token"]));
  }
});

afterAll(async () => {
  await server.stop();
  rmSync(place, { recursive: true, force: true });
});

/** What an agent sends: any bytes, with any credential. */
async function send(path: string, body: string, token: string | null): Promise<Reply> {
  const answer = await fetch(server.address + path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body,
  });
  return { status: answer.status, body: (await answer.json()) as Reply["body"] };
}

const ask = (upstream: string, tool: string, args: unknown, agent = "coder"): Promise<Reply> =>
  send(
    "/v1/actions",
    JSON.stringify({ upstream, tool, arguments: args }),
    tokens.get(agent) ?? null,
  );

const report = (action: unknown, completion: string, agent = "coder"): Promise<Reply> =>
  send(
    `/v1/actions/${String(action)}/outcome`,
    JSON.stringify({ completion }),
    tokens.get(agent) ?? null,
  );

/** One administrative request over the socket; as the owner unless told otherwise. */
function admin(
  method: string,
  path: string,
  body?: unknown,
  authorization: string | null = `Bearer ${adminToken(folder)}`,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath: runningGateway(folder)?.admin ?? "",
        method,
        path,
        headers: {
          "content-type": "application/json",
          ...(authorization === null ? {} : { authorization }),
        },
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) as Reply["body"] }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const vote = (id: string, as: string, verdict: "approve" | "reject" = "approve"): Promise<Reply> =>
  admin("POST", `/approvals/${id}/votes`, { as, verdict });

/** The one action that waits for a person, as soon as it does. */
function waiting(): Promise<HeldAction> {
  return expect
    .poll(async () => (await admin("GET", "/approvals")).body, { interval: 5 })
    .toHaveLength(1)
    .then(async () => (await admin("GET", "/approvals")).body as unknown as [HeldAction])
    .then(([held]) => held);
}

describe("the agents' address", () => {
  it("says that the gateway is ready, to anybody", async () => {
    const answer = await fetch(`${server.address}/healthz`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ name: "bylaw", ready: true });
  });

  it.each([
    ["no credential", null, "credential.missing"],
    ["something else in its place", "hunter2", "credential.malformed"],
    ["a token that was never given out", `byl_${"A".repeat(43)}`, "credential.unknown"],
  ])("refuses %s", async (_what, token, code) => {
    const { status, body } = await send("/v1/actions", '{"tool":"x","arguments":{}}', token);
    expect({ status, body }).toEqual({ status: 401, body: { error: code } });
  });

  it.each([
    ["a key given twice", '{"tool":"read_file","tool":"drop_row","arguments":{}}'],
    ["a key of the arguments given twice", '{"tool":"x","arguments":{"path":"a","path":"b"}}'],
    ["half a surrogate pair", '{"tool":"x","arguments":{"a":"\\ud800"}}'],
    ["a key that nobody reads", '{"tool":"x","arguments":{},"reason":"please"}'],
    ["arguments that are no object", '{"tool":"x","arguments":[]}'],
    ["something that is no JSON", "tool=x"],
  ])("refuses %s before it is decided", async (_what, body) => {
    const answer = await send("/v1/actions", body, tokens.get("coder") ?? null);
    expect(answer).toEqual({ status: 400, body: { error: "request.malformed" } });
  });

  it("calls a message that is larger than its limit that, not a failure of its own", async () => {
    const answer = await send("/v1/actions", "a".repeat(5_000_000), null);
    expect(answer).toEqual({ status: 413, body: { error: "request.too_large" } });
  });

  it.each(["/status", "/agents", "/approvals", "/stop", "/v1/status"])(
    "has no administration at %s, not even with the administrative token",
    async (path) => {
      expect((await send(path, "{}", adminToken(folder))).status).toBe(404);
    },
  );
});

describe("an agent's own code", () => {
  it("may read in the workspace, and its report closes the action once", async () => {
    const { status, body } = await ask("files", "read_file", { path: "notes.md" });
    expect(status).toBe(200);
    expect(body).toMatchObject({ outcome: "allow", allowed: true, approval: null });
    expect(body["record"]).toEqual(expect.any(Number));

    const unknown = { status: 404, body: { error: "action.unknown" } };
    expect(await report(body["action"], "ok", "other")).toEqual(unknown);
    expect((await report(body["action"], "perhaps")).status).toBe(400);
    expect((await report(body["action"], "ok")).status).toBe(200);
    expect(await report(body["action"], "ok")).toEqual(unknown);
  });

  it.each(["/etc/hostname", "../outside.txt", "file:///etc/hostname"])(
    "may not read %s, which is outside",
    async (path) => {
      const { status, body } = await ask("files", "read_file", { path });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        outcome: "block",
        allowed: false,
        code: "file.outside_workspace",
        policy: "starter-read-outside",
      });
      expect(await report(body["action"], "ok")).toMatchObject({ status: 404 });
    },
  );

  it.each([
    ["would be allowed", "notes"],
    ["would be refused", "../outside"],
  ])("is refused, and that is recorded, where no entry can hold what %s", async (_what, folder) => {
    const path = Array.from(
      { length: 60 },
      (_, at) => `${folder}/${`${at}/`.repeat(100)}${"x".repeat(1_000)}`,
    );
    const { body } = await ask("files", "read_file", { path });
    expect(body).toMatchObject({ outcome: "block", allowed: false, code: "record.too_large" });
    expect(body["record"]).toEqual(expect.any(Number));
  });

  it("has words kept out of the log that it reports as a code", async () => {
    const { body } = await ask("files", "read_file", { path: "notes.md" });
    const path = `/v1/actions/${String(body["action"])}/outcome`;
    const words = { completion: "error", code: "could not log in with hunter2" };
    expect((await send(path, JSON.stringify(words), tokens.get("coder") ?? null)).status).toBe(200);
    // The answer does not wait for the outcome to be recorded.
    const last = async (): Promise<string> => {
      const archive = openArchive(folder);
      const { size } = await archive.head();
      const bundle = await archive.bundle(Math.floor(size / 256), size % 256);
      archive.close();
      return Buffer.from(bundle ?? []).toString("latin1");
    };
    await expect.poll(last).toContain("app.error");
    expect(await last()).not.toContain("hunter2");
  });

  it("may not read the administrative token", async () => {
    const { body } = await ask("files", "read_file", { path: join(folder, "admin.token") });
    expect(body["outcome"]).toBe("block");
  });

  it("is blocked when it presents an approval that does not exist", async () => {
    const body = JSON.stringify({
      upstream: "files",
      tool: "read_file",
      arguments: { path: "notes.md" },
      approval: "apr_0",
    });
    const answer = await send("/v1/actions", body, tokens.get("coder") ?? null);
    expect(answer.body).toMatchObject({ outcome: "block", code: "approval.unknown" });
  });
});

describe("an action that a person has to answer", () => {
  it("waits for every approver that its policies name, then the same call goes on", async () => {
    const call = ask("db", "drop_row", { id: 7 });
    const held = await waiting();
    expect(held).toMatchObject({ state: "waiting", agent: "coder", arguments: { id: 7 } });
    expect(held.requirements.map(({ policy }) => policy).sort()).toEqual([
      "starter-delete",
      "two-owners",
    ]);

    expect(await vote(held.id, "mallory")).toEqual({
      status: 403,
      body: { error: "approver.unknown" },
    });
    expect(await vote(held.id, "coder")).toMatchObject({ body: { error: "approver.unknown" } });
    expect(await vote(held.id, "eve")).toEqual({
      status: 403,
      body: { error: "approver.not_eligible" },
    });
    expect(await vote("apr_0", "dana")).toEqual({
      status: 404,
      body: { error: "approval.not_found" },
    });

    expect(await vote(held.id, "dana")).toMatchObject({ status: 200, body: { state: "waiting" } });
    expect(await vote(held.id, "dana")).toEqual({ status: 409, body: { error: "approver.voted" } });
    expect(await vote(held.id, "olga")).toMatchObject({ status: 200, body: { state: "waiting" } });
    expect((await vote(held.id, "dora")).status).toBe(200);

    const { body } = await call;
    expect(body).toMatchObject({ outcome: "allow", allowed: true });
    expect((await report(body["action"], "ok")).status).toBe(200);
    expect(await vote(held.id, "dora")).toMatchObject({
      status: 409,
      body: { error: "approval.not_waiting" },
    });
  });

  it("is used up by one call: the same arguments wait anew", async () => {
    const call = ask("db", "drop_row", { id: 7 });
    const held = await waiting();
    expect(await vote(held.id, "dana", "reject")).toMatchObject({ body: { state: "rejected" } });
    expect((await call).body).toMatchObject({ outcome: "block", code: "approval.rejected" });
  });

  it("is withdrawn when its caller hangs up", async () => {
    const caller = new AbortController();
    const call = fetch(`${server.address}/v1/actions`, {
      method: "POST",
      headers: { authorization: `Bearer ${tokens.get("coder")}` },
      body: JSON.stringify({ upstream: "db", tool: "drop_row", arguments: { id: 8 } }),
      signal: caller.signal,
    }).catch(() => "gone");
    const held = await waiting();
    caller.abort();
    expect(await call).toBe("gone");
    await expect
      .poll(async () => (await admin("GET", `/approvals/${held.id}`)).body["state"], {
        interval: 5,
      })
      .toBe("withdrawn");
    expect(await vote(held.id, "dana")).toMatchObject({ body: { error: "approval.not_waiting" } });
  });

  it("is asked about when nobody knows what the tool does", async () => {
    const call = ask("app", "frobnicate", {});
    const held = await waiting();
    expect(held.requirements.map(({ policy }) => policy)).toEqual(["base-unknown"]);
    expect((await vote(held.id, "olga")).status).toBe(200);
    const { body } = await call;
    expect(body).toMatchObject({ outcome: "allow" });
    expect((await report(body["action"], "error")).status).toBe(200);
  });
});

describe("the administrative socket", () => {
  it.each([
    ["no token", null],
    ["an agent's token", () => `Bearer ${tokens.get("coder")}`],
    ["half of the token", () => `Bearer ${adminToken(folder).slice(0, 20)}`],
  ])("refuses %s, whatever is asked", async (_what, given) => {
    const authorization = given === null ? null : given();
    for (const [method, path] of [
      ["GET", "/status"],
      ["POST", "/agents"],
      ["POST", "/stop"],
      ["GET", "/nowhere"],
    ] as const)
      expect(await admin(method, path, undefined, authorization)).toEqual({
        status: 401,
        body: { error: "admin.unauthorized" },
      });
  });

  it("refuses what it does not understand", async () => {
    const invalid = { status: 400, body: { error: "admin.invalid" } };
    expect(await admin("POST", "/agents", { id: "../x" })).toEqual(invalid);
    expect(await admin("POST", "/agents", { id: "x", admin: true })).toEqual(invalid);
    expect(await admin("POST", "/agents/coder/suspend", {})).toEqual(invalid);
  });

  it("gives a name out once, and only for people it knows", async () => {
    expect((await admin("POST", "/agents", { id: "coder" })).body["error"]).toBe("agent.exists");
    expect((await admin("POST", "/agents", { id: "new", user: "mallory" })).body["error"]).toBe(
      "agent.unknown_user",
    );
  });

  it("suspends an agent from its next action on, and lets it act again", async () => {
    const read = (): Promise<Reply> => ask("files", "read_file", { path: "notes.md" }, "other");
    const before = await read();
    expect(before.body["allowed"]).toBe(true);
    expect((await report(before.body["action"], "ok", "other")).status).toBe(200);

    expect((await admin("POST", "/agents/other/suspend", { suspended: true })).status).toBe(200);
    expect(await read()).toEqual({ status: 401, body: { error: "credential.suspended" } });
    expect((await ask("files", "read_file", { path: "notes.md" })).body["allowed"]).toBe(true);

    expect((await admin("POST", "/agents/other/suspend", { suspended: false })).status).toBe(200);
    expect((await read()).body["allowed"]).toBe(true);
    expect((await admin("POST", "/agents/nobody/suspend", { suspended: true })).status).toBe(404);
  });
});

describe("a gateway that was stopped", () => {
  it("leaves a signed log that verifies, with what was never reported still open", async () => {
    await server.stop();
    expect(runningGateway(folder)).toBeNull();
    const vkey = readFileSync(join(folder, "log.vkey"), "utf8").trim();
    const archive = openArchive(folder);
    const trust = { origin: vkey.split("+", 1)[0] ?? "", vkeys: [vkey], checkpoints: [] };
    const verified = await verify(archive, { ...trust, records: true });
    archive.close();
    expect(verified.ok && verified.value).toMatchObject({ ok: true, first: null });
    expect(verified.ok && verified.value.signed).toBe(verified.ok && verified.value.size);
    expect(verified.ok && verified.value.open).toHaveLength(2);
  });
});
