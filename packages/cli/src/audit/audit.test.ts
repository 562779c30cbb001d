import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ActionSummary, canonicalTime, type Decision, type LedgerRecord } from "@bylaw/core";
import { openStore } from "@bylaw/store";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { main } from "../main.ts";
import { cell } from "./csv.ts";
import { matchesGlob } from "./glob.ts";
import { growth } from "./growth.ts";

const place = mkdtempSync(join(tmpdir(), "bylaw-audit-"));
const data = join(place, "data");
/** A tool name that would clear the screen, and one that a spreadsheet would run. */
const HOSTILE = "=cmd|'/c calc'!A1\u001b[2J\u202e";
const START = Date.parse("2026-02-03T09:00:00.000Z");
let clock = START;
const at = (): string => canonicalTime((clock += 1_000));

function decision(outcome: Decision["outcome"], policy: string | null, code: string): Decision {
  return {
    version: 1,
    outcome,
    reasons: [{ code, outcome, policy, effect: 0, member: null, text: `because of ${code}` }],
    requirements: [],
    obligations: [],
    claims: { approvals: [], grants: [] },
    wouldHave: [],
    bundle: `sha256:${"b".repeat(64)}`,
  };
}

function action(id: string, parts: Partial<ActionSummary>): ActionSummary {
  return {
    id,
    gateway: "mcp",
    upstream: "crm",
    operation: "tools/call",
    target: "rows.delete",
    session: "s-1",
    credential: "token:coder",
    assurance: "local",
    chain: [
      { type: "User", id: "maria" },
      { type: "Agent", id: "coder" },
    ],
    effects: [
      {
        action: "delete",
        resource: { type: "Table", id: "crm/customers" },
        atMost: 2,
        known: true,
      },
    ],
    provenance: { labels: [], origins: [], untrusted: false },
    arguments: `hmac-sha256:${"a".repeat(64)}`,
    digest: `hmac-sha256:${"d".repeat(64)}`,
    facts: `sha256:${"f".repeat(64)}`,
    ...parts,
  };
}

const read = action("act_read", {
  target: "rows.read",
  effects: [
    { action: "read", resource: { type: "Table", id: "crm/orders" }, atMost: 9, known: false },
  ],
  provenance: { labels: ["personal"], origins: ["web"], untrusted: true },
});
const erase = action("act_erase", {});
const blocked = action("act_blocked", { target: HOSTILE, session: "s-2" });
const other = action("act_other", { chain: [{ type: "Agent", id: "mailer" }], session: "s-3" });

/** A morning: one reads a page, deletes with a person's word, is stopped; another one's call is lost. */
function records(): readonly LedgerRecord[] {
  const allow = decision("allow", "may", "policy.may");
  const hold = decision("require_approval", "ask-dba", "policy.ask-dba");
  const used: Decision = { ...allow, claims: { approvals: ["apr_1"], grants: [] } };
  const never = decision("block", "never", "policy.never");
  return [
    {
      v: 1,
      kind: "start",
      at: at(),
      version: "0.1.0",
      bundle: allow.bundle,
      configuration: allow.bundle,
      tier: "advisory",
      unclosed: 0,
    },
    { v: 1, kind: "intent", at: at(), action: read, decision: allow },
    {
      v: 1,
      kind: "outcome",
      at: at(),
      action: read.id,
      intent: 1,
      completion: "ok",
      code: null,
      result: null,
    },
    {
      v: 1,
      kind: "hold",
      at: at(),
      approval: "apr_1",
      action: erase,
      decision: hold,
      expires: at(),
    },
    {
      v: 1,
      kind: "approval",
      at: at(),
      approval: "apr_1",
      digest: erase.digest,
      verdict: "approved",
      by: "ben",
      policies: ["ask-dba"],
    },
    { v: 1, kind: "intent", at: at(), action: erase, decision: used },
    {
      v: 1,
      kind: "outcome",
      at: at(),
      action: erase.id,
      intent: 5,
      completion: "error",
      code: "upstream.error",
      result: null,
    },
    { v: 1, kind: "refusal", at: at(), id: blocked.id, action: blocked, decision: never },
    { v: 1, kind: "intent", at: at(), action: other, decision: allow },
    {
      v: 1,
      kind: "reject",
      at: at(),
      id: "act_bad",
      gateway: "mcp",
      upstream: "crm",
      credential: null,
      code: "json.syntax",
      bytes: { digest: allow.bundle, length: 3 },
    },
    {
      v: 1,
      kind: "change",
      at: at(),
      subject: "agent",
      id: "mailer",
      before: "active",
      after: "suspended",
      by: "maria",
    },
    { v: 1, kind: "stop", at: at() },
  ];
}

beforeAll(async () => {
  const store = await openStore({ folder: data, origin: "audit.example/log", now: () => clock });
  for (const record of records()) await store.log.append(record, "write", null);
  await store.close();
});

afterAll(() => rmSync(place, { recursive: true }));
afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

interface Ran {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

/** Runs a command line in this process and catches what it prints. */
async function audit(...words: readonly string[]): Promise<Ran> {
  let out = "";
  let err = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(console, "log").mockImplementation((text: string) => void (out += `${text}\n`));
  vi.spyOn(console, "error").mockImplementation((text: string) => void (err += `${text}\n`));
  const needsData = words[0] !== "check-proof";
  await main(["node", "bylaw", "audit", ...words, ...(needsData ? ["--data", data] : [])]);
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  vi.restoreAllMocks();
  return { out, err, code };
}

async function found(...words: readonly string[]): Promise<readonly number[]> {
  const { out } = await audit("query", "--json", ...words);
  return out
    .split("\n")
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { index: number }).index);
}

// shows: C11.3
describe("query", () => {
  it.each<[string, readonly string[], readonly number[]]>([
    ["an agent, with what came back", ["--agent", "coder"], [1, 2, 3, 4, 5, 6, 7]],
    ["an agent of which something was changed", ["--agent", "mailer"], [8, 10]],
    ["a person", ["--user", "maria", "--kind", "intent"], [1, 5]],
    ["a session", ["--session", "s-2"], [7]],
    ["an effect", ["--effect", "read"], [1, 2]],
    ["a resource", ["--resource", "Table::crm/orders"], [1, 2]],
    ["a resource in quotes", ["--resource", 'Table::"crm/orders"'], [1, 2]],
    ["resources by a pattern", ["--resource", "T*::crm/*s", "--kind", "intent"], [1, 5, 8]],
    [
      "an effect on a resource that has another",
      ["--effect", "delete", "--resource", "*orders"],
      [],
    ],
    ["a verdict", ["--outcome", "block"], [7, 9]],
    ["what came back", ["--outcome", "error"], [6]],
    ["a policy, with the approval", ["--policy", "ask-dba"], [3, 4]],
    ["a code", ["--code", "upstream.error"], [6]],
    ["a kind", ["--kind", "change"], [10]],
    ["a person who answered", ["--by", "ben"], [4]],
    ["a time", ["--since", "2026-02-03T09:00:10Z", "--until", "2026-02-03T09:00:12.000Z"], [8, 9]],
    ["at most so many", ["--limit", "2"], [0, 1]],
    ["nothing else", ["--agent", "nobody"], []],
  ])("finds %s", async (_what, words, indices) => {
    expect(await found(...words)).toEqual(indices);
  });

  it("says by its exit code that nothing was found", async () => {
    expect((await audit("query", "--agent", "nobody")).code).toBe(1);
    expect((await audit("query", "--agent", "coder")).code).toBe(0);
  });

  it.each([
    ["--effect", "purge"],
    ["--outcome", "maybe"],
    ["--kind", "pause"],
    ["--since", "yesterday"],
    ["--since", "2026-13-45"],
    ["--limit", "0"],
  ])("refuses what no record can have: %s %s", async (...words) => {
    expect((await audit("query", ...words)).code).toBe(2);
  });

  it("shows no character of an agent that moves the cursor", async () => {
    const { out } = await audit("query", "--session", "s-2");
    expect(out).toContain("calc");
    expect(out).not.toMatch(/[\u001b\u202e]/);
  });
});

describe("show", () => {
  it("tells the whole story of one action", async () => {
    const { out } = await audit("show", "act_erase");
    const told = [
      "maria -> coder",
      "delete Table::crm/customers, at most 2",
      "HELD as apr_1",
      "APPROVED by ben for ask-dba",
      "FORWARDED, using apr_1",
      "ERROR (upstream.error)",
    ];
    const places = told.map((text) => out.indexOf(text));
    expect(places.every((where) => where >= 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it("finds it by its approval too, and gives it to machines", async () => {
    const { out } = await audit("show", "apr_1", "--json");
    expect((JSON.parse(out) as { index: number }[]).map(({ index }) => index)).toEqual([3, 4]);
    const whole = JSON.parse((await audit("show", "act_erase", "--json")).out) as {
      index: number;
    }[];
    expect(whole.map(({ index }) => index)).toEqual([3, 4, 5, 6]);
  });

  it("says what comes from outside", async () => {
    expect((await audit("show", "act_read")).out).toContain(
      "from web; labelled personal; partly UNTRUSTED",
    );
  });

  it("gives every record to machines, and one by its index", async () => {
    const all = JSON.parse((await audit("show", "--json")).out) as { record: LedgerRecord }[];
    expect(all.map(({ record }) => record.kind)).toEqual(records().map(({ kind }) => kind));
    expect(JSON.parse((await audit("show", "7")).out)).toMatchObject({ id: "act_blocked" });
    expect((await audit("show", "--last", "1")).out).toMatch(/^ +11 .* STOP\n$/);
  });

  it.each(["12", "act_nowhere"])("says that there is no %s", async (record) => {
    expect((await audit("show", record)).code).toBe(1);
  });
});

describe("prove and check-proof", () => {
  const key = (): string => readFileSync(join(data, "log.vkey"), "utf8").trim();
  const file = join(place, "entry.tlog-proof");

  it.each(["0", "7", "11", "act_erase"])(
    "proves %s to somebody with the key alone",
    async (record) => {
      expect((await audit("prove", record, "--out", file)).code).toBe(0);
      const { out, code } = await audit("check-proof", file, "--key", key(), "--json");
      expect(code).toBe(0);
      const index = record === "act_erase" ? 5 : Number(record);
      expect(JSON.parse(out)).toMatchObject({
        ok: true,
        origin: "audit.example/log",
        size: 12,
        index,
      });
    },
  );

  it("shows nothing that paints the screen", async () => {
    await audit("prove", "7", "--out", file);
    const { out } = await audit("check-proof", file, "--key", key());
    expect(out).toContain("act_blocked");
    expect(out).not.toMatch(/[\u001b\u202e]/);
  });

  it("says what is wrong with a changed file", async () => {
    await audit("prove", "7", "--out", file);
    writeFileSync(file, readFileSync(file, "utf8").replace("index 7", "index 6"));
    const changed = await audit("check-proof", file, "--key", key(), "--json");
    expect(changed).toMatchObject({ code: 1, out: "" });
    expect(JSON.parse(changed.err)).toMatchObject({ error: "proof.mismatch" });
    expect((await audit("check-proof", file, "--key", "x")).code).toBe(2);
    expect((await audit("check-proof", join(place, "nowhere"), "--key", key())).code).toBe(2);
  });

  it("has none for what is not there", async () => {
    expect((await audit("prove", "12")).code).toBe(1);
  });
});

describe("export", () => {
  const SESSION = ["--session", "s-2"];

  it("writes CSV that no spreadsheet runs", async () => {
    const { out } = await audit("export", "--csv");
    const rows = out.split("\r\n").slice(0, -1);
    expect(rows).toHaveLength(13);
    expect(rows[8]).toContain(`"'=cmd|'/c calc'!A1`);
    expect(out).not.toMatch(/[\u001b\u202e]/);
  });

  it.each(["=1", "+1", "-1", "@a", "\t=1", " =1", "\u202e=1", "\uff1d1", "\r=1"])(
    "puts an apostrophe before what a spreadsheet would run: %j",
    (text) => {
      expect(cell(text).replace(/^"/, "")).toMatch(/^'/);
    },
  );

  it("writes OCSF events with every attribute that their classes require", async () => {
    const { out } = await audit("export", "--ocsf");
    const events = out
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Event);
    expect(events).toHaveLength(12);
    for (const event of events) expect(missing(event)).toEqual([]);
    expect(events.map(({ class_uid }) => class_uid)).toEqual([
      6002,
      ...Array(9).fill(6003),
      3004,
      6002,
    ]);
    expect(events[7]).toMatchObject({
      action_id: 2,
      disposition_id: 2,
      severity_id: 3,
      ai_agent: { uid: "coder" },
    });
    expect(missing({ ...events[7], actor: {}, src_endpoint: undefined })).toEqual([
      "src_endpoint",
      "actor: none of its constraint",
    ]);
  });

  it("writes OTLP with the GenAI attributes of the action, also for its outcome", async () => {
    const { out } = await audit("export", "--otlp", "--outcome", "error");
    const { resourceLogs } = JSON.parse(out) as Otlp;
    const record = resourceLogs[0]?.scopeLogs[0]?.logRecords[0];
    expect(record).toMatchObject({ severityNumber: 13, timeUnixNano: `${START + 8_000}000000` });
    const attributes = Object.fromEntries(
      (record?.attributes ?? []).map(({ key, value }) => [key, value]),
    );
    expect(attributes).toMatchObject({
      "gen_ai.operation.name": { stringValue: "execute_tool" },
      "gen_ai.tool.name": { stringValue: "rows.delete" },
      "gen_ai.agent.id": { stringValue: "coder" },
      "error.type": { stringValue: "upstream.error" },
      "bylaw.log.index": { intValue: "6" },
    });
  });

  it("writes a file as a whole or not at all", async () => {
    const file = join(place, "export.csv");
    expect((await audit("export", "--csv", "--out", file, ...SESSION)).code).toBe(0);
    expect(readFileSync(file, "utf8").split("\r\n")).toHaveLength(3);
    expect((await audit("export", "--csv", "--out", join(place, "no", "folder.csv"))).code).toBe(1);
    expect(readdirSync(place).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("wants one format", async () => {
    expect((await audit("export")).code).toBe(2);
    expect((await audit("export", "--csv", "--ocsf")).code).toBe(2);
  });
});

describe("timeline", () => {
  it("tells what was read, tried, approved and how it ended", async () => {
    const { out } = await audit("timeline", "s-1");
    for (const text of [
      "coder read crm rows.read: done",
      "rests on: web",
      "content from outside",
      "coder tried crm rows.delete: came back as an error (upstream.error)",
      "approved by ben (apr_1)",
      "answered by ben",
    ])
      expect(out).toContain(text);
  });

  it("names who stopped what, and paints nothing", async () => {
    const { out } = await audit("timeline", "s-2");
    expect(out).toContain("STOPPED by never");
    expect(out).not.toMatch(/[\u001b\u202e]/);
  });

  it("leaves open what nothing closed", async () => {
    const { out } = await audit("timeline", "s-3", "--json");
    expect(JSON.parse(out)).toMatchObject({
      session: "s-3",
      actions: [{ id: "act_other", end: "open" }],
    });
  });

  it("says that there is no such session", async () => {
    expect((await audit("timeline", "s-9")).code).toBe(1);
  });
});

describe("follow", () => {
  it("gives what is there, and goes on while gateways come and go", async () => {
    const folder = join(place, "followed");
    const stop = new AbortController();
    const seen: string[] = [];
    const write = async (id: string): Promise<void> => {
      const store = await openStore({ folder, origin: null, now: () => clock });
      const record = {
        v: 1,
        kind: "change",
        at: at(),
        subject: "agent",
        id,
        before: null,
        after: "active",
        by: "maria",
      } as const;
      await store.log.append(record, "sync", null);
      await store.close();
    };
    await write("first");
    await write("second");
    for await (const entries of growth(folder, -1, stop.signal)) {
      for (const { record } of entries) if (record.kind === "change") seen.push(record.id);
      if (seen.length === 1) await write("third");
      else if (seen.length === 2) await write("fourth");
      else stop.abort();
    }
    expect(seen).toEqual(["second", "third", "fourth"]);
  });

  it("refuses a folder without a log", async () => {
    const first = growth(join(place, "nowhere"), -1, AbortSignal.timeout(1_000)).next();
    await expect(first).rejects.toMatchObject({ exit: 2 });
  });
});

describe("a pattern", () => {
  it.each<[string, string, boolean]>([
    ["a", "a", true],
    ["a", "ab", false],
    ["*", "", true],
    ["a*", "abc", true],
    ["*c", "abc", true],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-c", false],
    ["a*a", "a", false],
    ["*b*", "abc", true],
    ["a.c", "abc", false],
  ])("%s is %s: %s", (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });
});

interface Otlp {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        readonly attributes: readonly { key: string; value: object }[];
      }[];
    }[];
  }[];
}

type Event = Readonly<Record<string, unknown>>;

/** Required attributes of OCSF 1.9.0, by class; objects with theirs, and constraints of at least one. */
const EVERY = [
  "activity_id",
  "category_uid",
  "class_uid",
  "metadata",
  "severity_id",
  "time",
  "type_uid",
];
const REQUIRED: Readonly<Record<number, readonly string[]>> = {
  6003: ["actor", "api", "src_endpoint"],
  3004: ["entity"],
  6002: ["app"],
};
const OBJECTS: Readonly<Record<string, readonly string[]>> = {
  metadata: ["product", "version"],
  api: ["operation"],
  ai_agent: ["uid"],
};
const AT_LEAST_ONE: Readonly<Record<string, readonly string[]>> = {
  actor: ["process", "user", "invoked_by", "session", "app_name", "app_uid"],
  src_endpoint: [
    "ip",
    "uid",
    "name",
    "hostname",
    "svc_name",
    "instance_uid",
    "interface_uid",
    "interface_name",
    "domain",
  ],
  entity: ["name", "uid"],
  app: ["name", "uid"],
};

function missing(event: Event): readonly string[] {
  const own = [...EVERY, ...(REQUIRED[Number(event["class_uid"])] ?? ["a known class"])];
  const inside = Object.entries(OBJECTS).flatMap(([name, keys]) => {
    const object = event[name] as Event | undefined;
    return object === undefined
      ? []
      : keys.filter((key) => object[key] === undefined).map((key) => `${name}.${key}`);
  });
  const none = Object.entries(AT_LEAST_ONE).flatMap(([name, keys]) => {
    const object = event[name] as Event | undefined;
    const empty = object !== undefined && keys.every((key) => object[key] === undefined);
    return empty ? [`${name}: none of its constraint`] : [];
  });
  const uid = Number(event["class_uid"]) * 100 + Number(event["activity_id"]);
  const type = event["type_uid"] === uid ? [] : ["type_uid is not class and activity"];
  return [...own.filter((key) => event[key] === undefined), ...inside, ...none, ...type];
}
