import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bundle, canonicalize, type Json } from "@bylaw/core";
import { adminToken, loadRules, parseConfig, runningGateway } from "@bylaw/server";
import { openArchive } from "@bylaw/store";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startGateway } from "../testdata/running.ts";
import { compareBundles } from "./diff.ts";
import { main } from "./main.ts";
import { differences, entriesOf, factsOf, isDecided, recordOf, replay } from "./replay.ts";

const place = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-explain-")));
const data = join(place, "data");
const config = join(place, "bylaw.yaml");

const CONFIG = `
version: 1
workspaces: [ ./workspace ]
people: { olga: { groups: [] }, dana: { groups: [dba] } }
agents: { coder: { user: olga } }
upstreams:
  files: { command: [ ${JSON.stringify(process.execPath)} ], cwd: ./workspace }
  db: { url: "http://127.0.0.1:9/mcp", environment: production }
packs: [ base, starter ]
policies: [ ./rules.cedar ]
catalog: [ ./catalog.yaml ]
`;

const POLICY = `@id("rows") @decision("require_approval") @approvers("Group::\\"dba\\"")
@reason("dropping rows of production takes an owner")
forbid (principal is Agent, action == Action::"delete", resource is Table)
when { context.quantity.atMost <= 5 };
`;

const CATALOG = `
version: 1
tools:
  files/read_file:
    paths: [ { argument: path, action: read } ]
  files/write_file:
    paths: [ { argument: path, action: update } ]
  db/drop_row:
    effects:
      - { action: delete, resource: { type: Table, id: customers, database: crm }, quantity: 1 }
  db/drop_rows:
    effects:
      - { action: delete, resource: { type: Table, id: customers, database: crm }, quantity: { argument: count } }
`;

/** Actions of the run; every fifth of them is refused, one is approved and one rejected. */
const ACTIONS = 1_000;

let rules: Bundle;

function admin(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      authorization: `Bearer ${adminToken(data)}`,
    };
    const socketPath = runningGateway(data)?.admin ?? "";
    const outgoing = request({ socketPath, method, path, headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("end", () => resolve(JSON.parse(text) as Record<string, unknown>));
    });
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** A real gateway decides a thousand actions and writes its log. */
async function run(): Promise<void> {
  const { address, stop } = await startGateway(config, data);
  const { token } = await admin("POST", "/agents", { id: "coder" });
  const ask = async (upstream: string, tool: string, args: object): Promise<string> => {
    const answer = await fetch(`${address}/v1/actions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${String(token)}` },
      body: JSON.stringify({ upstream, tool, arguments: args }),
    });
    const { action, allowed } = (await answer.json()) as { action: string; allowed: boolean };
    if (!allowed) return action;
    await fetch(`${address}/v1/actions/${action}/outcome`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${String(token)}` },
      body: JSON.stringify({ completion: "ok" }),
    });
    return action;
  };
  const answered = async (verdict: "approve" | "reject"): Promise<void> => {
    const call = ask("db", "drop_row", { id: verdict });
    const { id } = await vi.waitFor(
      async () => {
        const [held] = (await admin("GET", "/approvals")) as unknown as [{ id: string }?];
        if (held === undefined) throw new Error("nothing waits yet");
        return held;
      },
      { interval: 5, timeout: 20_000 },
    );
    for (const as of verdict === "approve" ? ["olga", "dana"] : ["dana"])
      await admin("POST", `/approvals/${id}/votes`, { as, verdict });
    await call;
  };
  await answered("approve");
  await answered("reject");
  for (let at = 2; at < ACTIONS; at += 8)
    await Promise.all(
      Array.from({ length: Math.min(8, ACTIONS - at) }, (_, of) => act(ask, at + of)),
    );
  await stop();
}

function act(ask: (upstream: string, tool: string, args: object) => Promise<string>, at: number) {
  if (at % 5 === 0) return ask("files", "write_file", { path: `/etc/${at}` });
  if (at % 5 === 1) return ask("db", "drop_rows", { count: 11 + at });
  return ask("files", at % 2 === 0 ? "read_file" : "write_file", { path: `notes-${at}.md` });
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command in this process: loading it for every case would take most of the time. */
async function bylaw(...args: readonly string[]): Promise<Ran> {
  const said: Record<"log" | "error", string[]> = { log: [], error: [] };
  const spies = (["log", "error"] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((text: string) => void said[name].push(text)),
  );
  try {
    await main(["node", "bylaw", ...args]);
    const code = Number(process.exitCode ?? 0);
    return { code, out: `${said.log.join("\n")}\n`, err: said.error.join("\n") };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = 0;
  }
}

/** The command as it is installed. */
async function installed(...args: readonly string[]): Promise<Ran> {
  const bin = fileURLToPath(new URL("../bin/bylaw.js", import.meta.url));
  const child = spawn(process.execPath, [bin, ...args], { cwd: place });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

beforeAll(async () => {
  vi.stubEnv("BYLAW_DATA", data);
  vi.stubEnv("BYLAW_CONFIG", config);
  mkdirSync(join(place, "workspace"));
  writeFileSync(config, CONFIG);
  writeFileSync(join(place, "rules.cedar"), POLICY);
  writeFileSync(join(place, "catalog.yaml"), CATALOG);
  const parsed = parseConfig(config, CONFIG);
  const loaded = parsed.ok ? await loadRules(parsed.value) : null;
  if (loaded?.ok !== true) throw new Error("the rules of the test do not load");
  rules = loaded.value.bundle;
  await run();
}, 120_000);

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true, force: true });
});

interface Decided {
  readonly index: number;
  readonly kind: string;
  readonly code: string;
  readonly id: string | undefined;
}

async function decided(): Promise<readonly Decided[]> {
  const archive = openArchive(data);
  const found: Decided[] = [];
  for await (const { index, bytes } of entriesOf(archive, (await archive.head()).size)) {
    const record = recordOf(bytes, index);
    if (!isDecided(record)) continue;
    const { kind, action, decision } = record;
    found.push({ index, kind, code: decision.reasons[0]?.code ?? "", id: action?.id });
  }
  archive.close();
  return found;
}

describe("a log of a real run", () => {
  it("comes out byte for byte the same when every record is decided again", async () => {
    const archive = openArchive(data);
    const kinds: Record<string, number> = {};
    for await (const { index, bytes } of entriesOf(archive, (await archive.head()).size)) {
      const record = recordOf(bytes, index);
      if (!isDecided(record) || record.action === null) continue;
      const facts = await factsOf(archive, record.action.facts, index);
      if (facts === null) throw new Error("no facts");
      const again = replay(rules, facts, record.decision);
      const key = `${record.kind} ${again.kind}`;
      kinds[key] = (kinds[key] ?? 0) + 1;
      expect(
        differences(record.decision as unknown as Json, again.decision as unknown as Json),
      ).toEqual(again.kind === "gateway" ? expect.anything() : []);
    }
    archive.close();
    expect(kinds).toEqual({
      "intent identical": 601,
      "hold identical": 2,
      "refusal identical": 398,
      "refusal gateway": 1,
    });
  });

  it("is explained record by record: an intent after its approval, a hold, a refusal", async () => {
    const all = await decided();
    const [hold] = all.filter(({ kind }) => kind === "hold");
    const [intent] = all.filter(({ kind }) => kind === "intent");
    const refusal = all.find(({ code }) => code === "file.outside_workspace");

    const held = await installed("explain", String(hold?.index));
    expect({ code: held.code, err: held.err }).toEqual({ code: 0, err: "" });
    expect(held.out).toContain("decided again, byte for byte the same");
    expect(held.out).toContain("ok    when context.quantity.atMost <= 5: true, because 1 <= 5");
    expect(held.out).toContain('the approval of one of Group::"dba" (rows)');

    const approved = await bylaw("explain", String(intent?.index), "--json");
    const report = JSON.parse(approved.out) as Record<string, Record<string, unknown>>;
    expect(report["explanation"]?.["outcome"]).toBe("allow");
    expect(report["verified"]).toEqual({ included: true, signed: true, identical: true });

    const refused = await bylaw("explain", refusal?.id ?? "");
    expect(refused.out).toContain("starter-change-outside forbids it");
    expect(refused.out).toContain('the resource in Workspace::"current": then require_approval');
  }, 120_000);

  it("says what the gateway refused, and what the policies alone would have done", async () => {
    const rejected = (await decided()).find(({ code }) => code === "approval.rejected");
    const { code, out } = await bylaw("explain", String(rejected?.index));
    expect(code).toBe(0);
    expect(out).toContain(
      "The gateway refused it: a person rejected this action (approval.rejected)",
    );
    expect(out).toContain("Held for a person:");
  });

  it.each([
    ["a record that was not decided", ["explain", "0"], 1, "record.not_decided"],
    ["a record that is not there", ["explain", "999999"], 1, "record.not_found"],
    ["an action that is not there", ["explain", "act_none"], 1, "record.not_found"],
    [
      "policies that are another bundle",
      ["explain", "3", "--policies", join(place, "rules.cedar")],
      1,
      "bundle.digest",
    ],
    [
      "policies that are not there",
      ["explain", "3", "--policies", "none.cedar"],
      2,
      "policies.unreadable",
    ],
  ])("refuses %s", async (_what, args, exit, error) => {
    const { code, err } = await bylaw(...args, "--json");
    expect({ code, error: (JSON.parse(err) as { error: string }).error }).toEqual({
      code: exit,
      error,
    });
  });
});

describe("records that were changed", () => {
  it.each([
    ["a fact", '"atMost":1,"known"', '"atMost":99,"known"'],
    ["the recorded outcome", '"outcome":"allow"', '"outcome":"block"'],
  ])("%s does not come out as recorded", async (_what, from, to) => {
    const archive = openArchive(data);
    for await (const { index, bytes } of entriesOf(archive, 6)) {
      const record = recordOf(bytes, index);
      if (!isDecided(record) || record.action === null || record.kind !== "intent") continue;
      const text = canonicalize(
        (await factsOf(archive, record.action.facts, index)) as unknown as Json,
      );
      const facts = JSON.parse(text.replaceAll(from, to));
      const decision = JSON.parse(JSON.stringify(record.decision).replaceAll(from, to));
      expect(replay(rules, facts, decision).kind).toBe("different");
    }
    archive.close();
  });

  it.each([
    ["an entry", '"outcome":"allow"', '"outcome":"block"', "log.unverified"],
    ["the facts beside it", '"attended":true', '"attended":null', "facts.changed"],
  ])("%s in the data folder itself is found", async (what, from, to, error) => {
    const copy = join(place, `tampered ${what}`);
    cpSync(data, copy, { recursive: true });
    const file = join(copy, "bylaw.db");
    writeFileSync(file, readFileSync(file, "latin1").replaceAll(from, to), "latin1");
    const intent = (await decided()).find(({ kind }) => kind === "intent");
    const { code, err } = await bylaw("explain", String(intent?.index), "--data", copy, "--json");
    expect([code, (JSON.parse(err) as { error: string }).error]).toEqual([1, error]);
  });

  it("facts under a digest that is not theirs are refused", async () => {
    const body = async (): Promise<Uint8Array> => Buffer.from("{}");
    await expect(factsOf({ body }, `sha256:${"0".repeat(64)}`, 7)).rejects.toMatchObject({
      code: "facts.changed",
    });
  });
});

describe("a comparison of policies over the log", () => {
  const next = join(place, "next");
  beforeAll(() => {
    mkdirSync(next);
    mkdirSync(join(next, "workspace"));
    writeFileSync(join(next, "bylaw.yaml"), CONFIG);
    writeFileSync(join(next, "catalog.yaml"), CATALOG);
  });

  it("finds nothing where nothing changed, also when an approved policy got other words", async () => {
    writeFileSync(join(next, "rules.cedar"), POLICY.replace("takes an owner", "takes one owner"));
    const { code, out } = await bylaw("diff", config, next, "--json");
    expect(JSON.parse(out)).toMatchObject({
      replayed: 1002,
      unchanged: 1002,
      weaker: 0,
      stronger: 0,
      other: 0,
      skipped: { pruned: 0, without: 0 },
      unreproduced: { count: 0 },
    });
    expect(code).toBe(0);
  });

  it("groups what would change by the policies that decide, and ends with 1", async () => {
    writeFileSync(
      join(next, "rules.cedar"),
      `@id("hands-off") forbid (principal is Agent, action, resource is File);`,
    );
    const { code, out } = await installed("diff", config, next);
    expect(code).toBe(1);
    expect(out).toContain(
      "1002 decisions replayed: 0 weaker, 600 stronger, 202 other, 200 unchanged",
    );
    expect(out).toMatch(
      /stronger: 600\n {2}old {2}allow by base-users, starter-workspace\n {2}new {2}block by hands-off\n {2}for example \d+, \d+, \d+\n/,
    );
    expect((await bylaw("diff", config, next, "--fail-on", "weaker")).code).toBe(0);
    const weaker = await bylaw("diff", next, config, "--fail-on", "weaker", "--json");
    expect(weaker.code).toBe(1);
    expect(JSON.parse(weaker.out)).toMatchObject({ weaker: 600, unreproduced: { count: 801 } });
  }, 120_000);

  it("leaves out what is outside its window, and is red when nothing is left", async () => {
    const none = await bylaw("diff", config, config, "--until", "2020-01-01", "--json");
    expect([none.code, JSON.parse(none.err).error]).toEqual([2, "diff.nothing"]);
    const other = await bylaw("diff", config, config, "--agent", "nobody", "--json");
    expect([other.code, JSON.parse(other.err).error]).toEqual([2, "diff.nothing"]);
    const typo = await bylaw("diff", config, config, "--since", "yesterday", "--json");
    expect([typo.code, JSON.parse(typo.err).error]).toEqual([2, "usage.time"]);
  });

  it("reads facts from a file, one document on a line, and refuses what is none", async () => {
    const archive = openArchive(data);
    const lines: string[] = [];
    for await (const { index, bytes } of entriesOf(archive, 40)) {
      const record = recordOf(bytes, index);
      if (isDecided(record) && record.action !== null)
        lines.push(
          canonicalize((await factsOf(archive, record.action.facts, index)) as unknown as Json),
        );
    }
    archive.close();
    const file = join(place, "facts.ndjson");
    writeFileSync(file, `${lines.join("\n")}\n`);
    const same = await bylaw("diff", config, config, "--facts", file, "--json");
    expect([same.code, JSON.parse(same.out)]).toMatchObject([0, { replayed: lines.length }]);
    writeFileSync(file, `${lines[0]}\n{"now":1}\n`);
    const broken = await bylaw("diff", config, config, "--facts", file, "--json");
    expect([broken.code, JSON.parse(broken.err).error]).toEqual([2, "facts.malformed"]);
    const missing = await bylaw("diff", config, config, "--facts", "nowhere.ndjson", "--json");
    expect([missing.code, JSON.parse(missing.err).error]).toEqual([2, "facts.unreadable"]);
  });

  it("counts each change once and keeps few examples", async () => {
    const comparison = compareBundles(rules, {
      ...rules,
      engine: { evaluate: () => ({ permits: [], forbids: [], errors: [], invalid: null }) },
    });
    const archive = openArchive(data);
    for await (const { index, bytes } of entriesOf(archive, (await archive.head()).size)) {
      const record = recordOf(bytes, index);
      if (!isDecided(record) || record.action === null) continue;
      const facts = await factsOf(archive, record.action.facts, index);
      if (facts !== null) comparison.add(index, facts, record.decision);
    }
    archive.close();
    const { groups, weaker, stronger, other, ungrouped } = comparison.report();
    expect(groups.reduce((sum, { count }) => sum + count, ungrouped)).toBe(
      weaker + stronger + other,
    );
    expect(groups.every(({ examples }) => examples.length <= 3)).toBe(true);
    expect(weaker).toBe(0);
  });
});

it("finds the policies of a record in the history, and only those that come to its digest", async () => {
  const folder = join(data, "bundles");
  const hex = rules.digest.slice("sha256:".length);
  const file = readdirSync(folder).find((name) => name.startsWith(hex)) ?? "";
  const [hold] = (await decided()).filter(({ kind }) => kind === "hold");
  const explained = async (): Promise<Ran> => bylaw("explain", String(hold?.index), "--json");
  writeFileSync(config, CONFIG.replace("starter", "assistant"));
  expect((await explained()).code).toBe(0);
  const text = readFileSync(join(folder, file), "utf8");
  writeFileSync(join(folder, file), text.replaceAll("forbid", "permit"));
  expect(JSON.parse((await explained()).err)).toMatchObject({
    error: expect.stringMatching(/^(bundle|policy)\./),
  });
  rmSync(join(folder, file));
  expect(JSON.parse((await explained()).err)).toMatchObject({ error: "bundle.not_found" });
});
