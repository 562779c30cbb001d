import { createPublicKey, verify } from "node:crypto";
import { mkdirSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPlace, type Place } from "../../testdata/running.ts";
import { currentUser } from "../config/user.ts";
import type { Status } from "./admin.ts";

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly signature: string;
}

let place: Place;
let hooks: Status["hooks"];
let address: string;
let token: string;

beforeAll(async () => {
  place = createPlace({
    "bylaw.yaml":
      "version: 1\nworkspaces: [./work]\npacks: [base, coding-agent]\nlimits: { body: 64KB }\nholds: { limit: 50ms }\n",
  });
  mkdirSync(join(place.folder, "work"));
  const problem = await place.start();
  if (problem !== null) throw new Error(problem.messages.join());
  ({ hooks, address } = await place.status());
  const added = await place.admin("POST", "/agents", { id: "claude-code" });
  token = String(added.body["token"]);
}, 60_000);

afterAll(() => place.end());

function ask(
  payload: string,
  headers: Readonly<Record<string, string>> = {},
  path = "/v1/hooks/claude-code",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        socketPath: hooks.socket,
        method: "POST",
        path,
        headers: { authorization: `Bearer ${token}`, ...headers },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () =>
          resolve({
            status: answer.statusCode ?? 0,
            body: Buffer.concat(chunks),
            signature: String(answer.headers["bylaw-signature"] ?? ""),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(payload);
  });
}

let calls = 0;
function call(tool: string, input: object, cwd = join(place.folder, "work")): string {
  calls += 1;
  return JSON.stringify({
    session_id: "s",
    hook_event_name: "PreToolUse",
    tool_name: tool,
    tool_input: input,
    tool_use_id: `t${calls}`,
    cwd,
  });
}

const decided = ({ body }: Answer): string => body.toString("utf8");

describe("what a hook asks", () => {
  it("is answered with a signature over the nonce and the answer", async () => {
    const nonce = "n".repeat(24);
    const { status, body, signature } = await ask(call("Bash", { command: "echo a > b" }), {
      "bylaw-nonce": nonce,
    });
    expect(status).toBe(200);
    expect(JSON.parse(body.toString())).toEqual({ nonce, exit: 0, stdout: "{}\n", stderr: "" });
    const key = createPublicKey({
      key: Buffer.from(hooks.key, "base64"),
      format: "der",
      type: "spki",
    });
    expect(verify(null, body, key, Buffer.from(signature, "base64"))).toBe(true);
    expect(verify(null, Buffer.concat([body, body]), key, Buffer.from(signature, "base64"))).toBe(
      false,
    );
  });

  it("is answered in the client's own form on the agents' address", async () => {
    const answer = await fetch(`${address}/v1/hooks/claude-code`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: call("Write", { file_path: "/etc/passwd", content: "x" }),
    });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('"permissionDecision":"deny"');
  });

  it.each([
    ["without a token", "{}", { authorization: "" }, undefined, 401],
    ["with another's token", "{}", { authorization: "Bearer byl_x" }, undefined, 401],
    ["as a client that nobody knows", "{}", {}, "/v1/hooks/somebody", 404],
    ["under another path", "{}", {}, "/v1/hooks/claude-code/x", 404],
    ["with a nonce that is none", "{}", { "bylaw-nonce": "x y" }, undefined, 400],
    ["with an event that is none", "{}", { "bylaw-event": "a-b" }, undefined, 400],
    ["with more than the limit", "x".repeat(70_000), {}, undefined, 413],
    ["with what is not understood", "{}", {}, undefined, 422],
  ])("is refused %s", async (_what, payload, headers, path, status) => {
    expect((await ask(payload, headers as Record<string, string>, path)).status).toBe(status);
  });

  it.each<[string, object, string]>([
    ["Bash", { command: "rm -rf ../data" }, "self.protected"],
    ["Write", { file_path: "../data/admin.token", content: "x" }, "self.protected"],
    ["Read", { file_path: "/etc/shadow" }, "secret.read"],
    ["Write", { file_path: "CLAUDE.md", content: "x" }, "contract.instructions"],
    ["Write", { file_path: ".claude/settings.json", content: "{}" }, "contract.instructions"],
    ["Read", { file_path: "../bylaw.yaml" }, "default_deny"],
    ["WebFetch", { url: "http://169.254.169.254/latest" }, "default_deny"],
    ["SomethingNew", { a: 1 }, "effect.unknown"],
    ["mcp__tickets__close", { id: 1 }, "effect.unknown"],
  ])("%s %j is refused with %s", async (tool, input, code) => {
    expect(decided(await ask(call(tool, input)))).toContain(
      `(${code})`.replace("(default_deny)", "default_deny"),
    );
  });

  it.each<[string, object]>([
    ["Read", { file_path: "a.txt" }],
    ["Write", { file_path: "deep/a.txt", content: "x" }],
    ["Grep", { pattern: "x" }],
    ["TodoWrite", { todos: [] }],
    ["Task", { prompt: "look" }],
    ["Bash", { command: "ls && cat a.txt" }],
  ])("%s %j passes", async (tool, input) => {
    expect(decided(await ask(call(tool, input)))).toBe("{}\n");
  });

  it("reads paths from the folder that the client works in", async () => {
    const outside = call("Write", { file_path: "a.txt", content: "x" }, "/tmp");
    expect(decided(await ask(outside))).toContain("default_deny");
  });

  it("passes once after an approval, whatever the model says about it then", async () => {
    const first = decided(await ask(call("Bash", { command: "git push", description: "one" })));
    const id = /approve (apr_[0-9a-f]+)/.exec(first)?.[1] ?? expect.fail(first);
    const vote = { as: currentUser(), verdict: "approve" };
    const voted = await place.admin("POST", `/approvals/${id}/votes`, vote);
    expect(voted.body["state"]).toBe("approved");
    const again = call("Bash", { command: "git push", description: "another" });
    expect(decided(await ask(again))).toBe("{}\n");
    expect(decided(await ask(call("Bash", { command: "git push" })))).toContain("approve apr_");
  });

  it("lets a teammate claim only the tasks that were delegated to it", async () => {
    await place.admin("POST", "/agents", { id: "teammate" });
    const lead = await place.admin("POST", "/agents/claude-code/passports", {
      lifetimeMs: 600_000,
      thumbprint: null,
    });
    const made = await fetch(`${address}/v1/delegations`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${String(lead.body["passport"])}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({
        to: "teammate",
        resources: [{ type: "Object", id: "claude-code/tasks/3" }],
      }),
    });
    const { passport } = (await made.json()) as { readonly passport: string };
    const claim = async (taskId: string): Promise<string> =>
      decided(
        await ask(call("TaskUpdate", { taskId, owner: "teammate", status: "in_progress" }), {
          authorization: `Bearer ${passport}`,
        }),
      );
    expect(await claim("3")).toBe("{}\n");
    expect(await claim("4")).toContain("delegation.exceeded");
  });

  it("is what status tells of the client, but not what `doctor` tries", async () => {
    const other = await place.admin("POST", "/agents", { id: "codex" });
    const headers = { authorization: `Bearer ${String(other.body["token"])}` };
    await ask(call("Bash", { command: "ls" }), { ...headers, "bylaw-event": "doctor" });
    expect((await place.status()).hooks.heard).not.toHaveProperty("agent:codex");
    await ask(call("Bash", { command: "ls" }), headers);
    expect((await place.status()).hooks.heard).toHaveProperty("agent:codex");
  });
});
