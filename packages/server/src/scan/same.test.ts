import { readFileSync } from "node:fs";
import { loadBundle, readPack } from "@bylaw/bundle";
import {
  type ActionRequest,
  type Bundle,
  decide,
  type Effect,
  type JsonObject,
  OUTCOMES,
  type Outcome,
} from "@bylaw/core";
import {
  actionOf,
  analyze,
  buildFacts,
  type Catalog,
  memoryOps,
  parseCatalog,
  prepareFacts,
  type World,
} from "@bylaw/facts";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ALONE } from "../host/alone.ts";
import { circumstances } from "../host/pipeline-ops.ts";

/** A shell text, or a call of a tool. */
type Call = string | { readonly tool: string; readonly arguments: JsonObject };
/** One call, or several of one session. */
type Way = Call | readonly Call[];

interface Same {
  readonly effect: string;
  readonly is: Outcome;
  readonly does: readonly string[];
  readonly milder: Way;
  readonly ways: readonly Way[];
  readonly asked?: readonly Way[];
}

type Rewriting = Way | { readonly through: string; readonly argument: string };

const data = (name: string): unknown =>
  parse(readFileSync(new URL(`./testdata/same/${name}.yaml`, import.meta.url), "utf8"));
const SAME = data("effects") as readonly Same[];
const REWRITINGS = data("rewritings") as readonly Rewriting[];

const CATALOG = `version: 1
tools:
  terminal/run:
    shell: { argument: command, dialect: bash }
  files/read:
    paths: [{ argument: path, action: read }]
  files/write:
    paths: [{ argument: path, action: [create, update] }]
  files/remove:
    paths: [{ argument: path, action: delete }]
  files/move:
    paths: [{ argument: source, action: [read, delete] }, { argument: target, action: [create, update] }]
  web/request:
    url: { argument: url, method: { argument: method } }
  records/delete:
    effects:
      - action: delete
        resource: { type: Table, database: db, id: customers }
        environment: production
        quantity: { count: ids }
${["db: postgresql", "lite: sqlite", "other: mysql"]
  .map((line) => line.split(": "))
  .map(
    ([server, dialect]) => `  ${server}/query:
    sql: { argument: sql, dialect: ${dialect}, database: db, environment: production, tables: { customers: { labels: [personal], unique: [id] }, orders: {} } }
`,
  )
  .join("")}`;

const place = { environment: "development", labels: [], reviewed: true, cwd: "/ws" } as const;
const production = { ...place, environment: "production", cwd: null } as const;
const WORLD: World = {
  workspaces: ["/ws"],
  home: "/home/u",
  protectedPaths: [],
  servers: {
    ...Object.fromEntries(
      ["claude-code", "codex", "cursor", "gemini-cli", "terminal", "files", "web"].map((name) => [
        name,
        place,
      ]),
    ),
    ...Object.fromEntries(["db", "lite", "other", "records"].map((name) => [name, production])),
  },
};
const CLIENTS = ["claude-code", "codex", "cursor", "gemini-cli"];
const DIGEST = `sha256:${"0".repeat(64)}`;

// What an agent of both packs may do at all; without these everything would be refused for want of a permit.
const ALLOWED = `@id("test-tables")
permit (principal is Agent, action in [Action::"observe", Action::"change"], resource is Table);`;

let bundle: Bundle;
let catalog: Catalog;

beforeAll(async () => {
  const packs = (["base", "coding-agent", "data-agent"] as const).map(readPack);
  const own = { file: "test.cedar", text: ALLOWED };
  const [sources] = await Promise.all([Promise.all(packs), prepareFacts()]);
  const loaded = await loadBundle({ sources: [...sources, own] });
  const read = parseCatalog("same", CATALOG);
  if (!loaded.ok || !read.ok) throw new Error(JSON.stringify([loaded, read]));
  bundle = loaded.value;
  catalog = read.value;
});

interface Judged {
  readonly outcome: Outcome;
  readonly effects: readonly Effect[];
}

/** Decides the calls of one session, each in the workspace that the ones before it left. */
function judge(way: Way): Judged {
  const files: Record<string, string> = { "/ws/README.md": "text" };
  const links: Record<string, string> = {};
  const calls = Array.isArray(way) ? (way as readonly Call[]) : [way as Call];
  const judged = calls.map((call) => {
    const one = decideOn(requestOf(call), files, links);
    leave(call, files, links);
    return one;
  });
  return {
    outcome: strongest(judged.map(({ outcome }) => outcome)),
    effects: judged.flatMap(({ effects }) => effects),
  };
}

/** What a call that passed would have left behind for the next one. */
function leave(call: Call, files: Record<string, string>, links: Record<string, string>): void {
  if (typeof call === "string") {
    const [, target, name] = /^ln -s (\S+) (\S+)$/.exec(call) ?? [];
    if (target !== undefined) links[`/ws/${name}`] = target.replace(/^~/, "/home/u");
    return;
  }
  const { file_path, path, content } = call.arguments;
  const named = file_path ?? path;
  if (typeof named !== "string" || typeof content !== "string") return;
  files[named.startsWith("/") ? named : `/ws/${named}`] = content;
}

function decideOn(
  request: ActionRequest,
  files: Readonly<Record<string, string>>,
  links: Readonly<Record<string, string>>,
): Judged {
  const ops = memoryOps({ files, links });
  const analysis = analyze(request, WORLD, catalog, ops);
  const facts = buildFacts({
    now: 1_800_000_000_000,
    request,
    analysis,
    action: actionOf(request, analysis, bundle.argumentPaths, ops),
    ...circumstances(request.caller),
    ...ALONE,
    shield: null,
  });
  return { outcome: decide(bundle, facts).outcome, effects: analysis.effects };
}

function requestOf(call: Call): ActionRequest {
  const { tool, arguments: args } =
    typeof call === "string" ? { tool: "claude-code/Bash", arguments: { command: call } } : call;
  const [upstream = "", target = ""] = tool.split("/");
  return {
    id: "same",
    gateway: CLIENTS.includes(upstream) ? "hook" : "mcp",
    caller: {
      credential: "same",
      session: "same",
      assurance: "local",
      chain: [
        { type: "User", id: "u", groups: [] },
        { type: "Agent", id: "u/agent", groups: [] },
      ],
    },
    upstream,
    operation: "tools/call",
    target,
    arguments: args,
    definition: { digest: DIGEST, name: target, description: "", inputSchema: {}, annotations: {} },
    bytes: { digest: DIGEST, length: 1 },
    handle: null,
  };
}

const rank = (outcome: Outcome): number => OUTCOMES.indexOf(outcome);
const strongest = (outcomes: readonly Outcome[]): Outcome =>
  outcomes.reduce((a, b) => (rank(b) < rank(a) ? b : a));

/** Whether the effect is among them, or one that says that it may be anything. */
function shows(effects: readonly Effect[], does: readonly string[]): boolean {
  return effects.some(
    ({ action, resource, source }) =>
      source === "unknown" ||
      does.some((one) => `${action} ${resource.type}::${resource.id}`.startsWith(one)),
  );
}

/** Another way to write a shell text. */
function rewritten(rewriting: Rewriting, command: string): Way {
  if (typeof rewriting === "string") return fill(rewriting, command);
  if ("through" in rewriting)
    return { tool: rewriting.through, arguments: { [rewriting.argument]: command } };
  return JSON.parse(fill(JSON.stringify(rewriting), command, true)) as Way;
}

function fill(template: string, command: string, json = false): string {
  const bytes = Buffer.from(command);
  const forms: Readonly<Record<string, string>> = {
    command,
    quoted: command.replaceAll("'", "'\\''"),
    double: command.replace(/[\\"$`]/g, "\\$&"),
    base64: bytes.toString("base64"),
    hex: bytes.toString("hex"),
    escaped: [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
    json: JSON.stringify(command),
  };
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const form = forms[name];
    if (form === undefined) return whole;
    return json ? JSON.stringify(form).slice(1, -1) : form;
  });
}

const title = (way: Way): string => (typeof way === "string" ? way : JSON.stringify(way));

describe.each(SAME)("$effect", ({ is, does, milder, ways, asked = [] }) => {
  const [first = ""] = ways;

  it("is written in at least thirty ways, and judged", () => {
    expect(new Set(ways.map(title)).size).toBeGreaterThanOrEqual(30);
    expect(judge(first).outcome).toBe(is);
  });

  it("is not confused with what is harmless", () => {
    expect(rank(judge(milder).outcome)).toBeGreaterThan(rank(is));
  });

  for (const way of asked)
    it(`is asked about as ${title(way)}`, () => {
      expect(judge(way).outcome).toBe("require_approval");
      expect(shows(judge(way).effects, does)).toBe(true);
    });

  it.each(ways.map((way) => [title(way), way] as const))("is no milder as %s", (_, way) => {
    const { outcome, effects } = judge(way);
    const seen = effects.map(
      ({ action, resource }) => `${action} ${resource.type}::${resource.id}`,
    );
    expect({ outcome, seen }).toSatisfy(() => rank(outcome) <= rank(is) && shows(effects, does));
  });

  const texts = typeof first === "string" ? [first] : ways.filter((way) => typeof way === "string");
  it.each(
    REWRITINGS.map((rewriting) => {
      const way = rewritten(rewriting, String(texts[0] ?? ""));
      return [title(way), way] as const;
    }),
  )("is no milder inside of %s", (_, way) => {
    expect(rank(judge(way).outcome)).toBeLessThanOrEqual(rank(is));
  });
});
