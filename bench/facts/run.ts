/**
 * `npm run bench:facts`: what reading one shell text costs, and SQL in one, over the commands of the verdict tables,
 * the package scripts installed here, and texts made to be expensive; and what provenance costs: reading
 * a result, judging a call, memory. Prints figures and exits with 1 when one misses its target.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { ActionRequest, JsonObject } from "@bylaw/core";
import {
  analyze,
  createProvenance,
  EMPTY_CATALOG,
  memoryOps,
  type ProvenanceSession,
  prepareFacts,
  readShell,
  type Site,
  type ToolCall,
  type World,
} from "@bylaw/facts";
import { type Figure, met, percentile, render } from "../ledger/figures.ts";

const ROOT = new URL("../../", import.meta.url);
const ROUNDS = 5;

const world: World = {
  workspaces: ["/ws"],
  home: "/home/u",
  protectedPaths: [],
  servers: { shell: { environment: "development", labels: [], reviewed: true, cwd: "/ws" } },
};
const site: Site = {
  context: { world, cwd: "/ws", ops: memoryOps() },
  server: "shell",
  tool: { type: "Tool", id: "shell/run", parents: [], attrs: { reviewed: true } },
};

/** Milliseconds of each text, the best of a few rounds: what the machine does besides is not ours. */
function measure(texts: readonly string[]): readonly number[] {
  const best = texts.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round += 1)
    texts.forEach((text, at) => {
      const from = performance.now();
      readShell(text, "bash", site);
      best[at] = Math.min(best[at] ?? Number.POSITIVE_INFINITY, performance.now() - from);
    });
  return best;
}

function table(name: string): readonly string[] {
  const file = new URL(`packages/server/src/scan/testdata/${name}`, ROOT);
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return name.startsWith("dangerous")
    ? lines.map((line) => line.slice(line.indexOf(" ") + 1))
    : lines;
}

function scripts(): readonly string[] {
  const modules = new URL("node_modules/", ROOT);
  return readdirSync(modules).flatMap((name) => {
    const file = new URL(`${name}/package.json`, modules);
    if (!existsSync(file)) return [];
    const manifest = JSON.parse(readFileSync(file, "utf8")) as { scripts?: Record<string, string> };
    return Object.values(manifest.scripts ?? {});
  });
}

/** As they stand in a command: the shell's reading is part of the figure. */
const STATEMENTS = [
  "select id, name from customers where id = 7",
  "select c.name, sum(o.total) from customers c join orders o on o.customer = c.id where o.at > now() group by c.name having sum(o.total) > 100 order by 2 desc limit 20",
  "with gone as (delete from sessions where at < now() returning id) insert into archive select * from gone",
  "update orders set state = 7 where id in (select id from orders where total > 1000)",
  "insert into letters (id, subject) values (1, 2), (3, 4) on conflict (id) do nothing",
  "begin; delete from customers; commit",
  "create table t (id integer primary key, at timestamp not null)",
  "grant select on customers to auditor",
].flatMap((text) => [`psql -c "${text}"`, `sqlite3 app.db "${text}"`]);
const databases = /^(psql|mysql|sqlite3)/;
const all = [...table("benign.txt"), ...table("dangerous.txt")];
const queries = [...STATEMENTS, ...all.filter((text) => databases.test(text))];
const commands = all.filter((text) => !databases.test(text));
const hostile = [
  "$((".repeat(20_000),
  `echo ${"{a,".repeat(5_000)}`,
  "'\n\"\n".repeat(16_000),
  `x=a; ${"if a; then x=$x.a; else x=$x.b; fi; ".repeat(30)} rm $x`,
  "f() { g; g; }; g() { f; f; }; f",
  `${"for i in 1 2 3; do ".repeat(40)}rm $i${"; done".repeat(40)}`,
  `echo ${"*?".repeat(30_000)}`,
  "ls;".repeat(20_000),
  "a".repeat(1_048_576),
  `psql -c "select ${"(".repeat(20_000)}1"`,
  `psql -c "select 1 ${"union select 1 ".repeat(5_000)}"`,
  `sqlite3 app.db "select ${"a+".repeat(20_000)}1"`,
];

/** A list of letters as a tool returns it, about as long as asked for. UTF-16 units. */
function letters(units: number, from: number): string {
  const list: object[] = [];
  for (let length = 0, at = from; length < units; at += 1) {
    const letter = {
      id: `m-${at}`,
      from: `person${at}@team-${at % 40}.example`,
      subject: `Report ${at} of the northern office`,
      body: `Dear all, the figures of week ${at} are in the folder. Please look at room ${at % 90} before we meet on Friday, and send your remarks to desk${at}@team.example.`,
    };
    list.push(letter);
    length += JSON.stringify(letter).length + 2;
  }
  return JSON.stringify(list);
}

function toolCall(tool: string, args: ToolCall["arguments"]): ToolCall {
  const properties = Object.fromEntries(Object.keys(args).map((key) => [key, { type: "string" }]));
  const definition = {
    digest: tool,
    name: tool,
    description: "",
    inputSchema: { properties },
    annotations: {},
  };
  return { tool, definition, arguments: args };
}

const INBOX = toolCall("get_inbox", {});

function after(...results: readonly string[]): ProvenanceSession {
  const session = createProvenance();
  session.prompt("Send the report of the northern office to Ada and book room 7 for Friday.");
  for (const result of results) session.observe(INBOX, session.judge(INBOX), [result], "passed");
  return session;
}

const CALLS = [
  toolCall("send_email", { to: "desk17@team.example", subject: "Report", body: "See the folder." }),
  toolCall("send_email", { to: "person3@team-3.example", body: "Report 3 of the northern office" }),
  toolCall("book_room", { room: "7", start: "2031-10-09 10:00", title: "Northern office" }),
  toolCall("open_page", { url: "https://team.example/figures?week=3" }),
  toolCall("delete_file", { path: "/reports/week-3.pdf" }),
  toolCall("get_letter", { id: "m-9" }),
];

/** Milliseconds of each judgement after 100 KB of results, the best of a few rounds. */
function judgements(): readonly number[] {
  const session = after(letters(50_000, 0), letters(50_000, 1_000));
  return CALLS.map((one) =>
    Math.min(
      ...Array.from({ length: 40 * ROUNDS }, () => {
        const from = performance.now();
        session.judge(one);
        return performance.now() - from;
      }),
    ),
  );
}

/** Processor milliseconds of reading one result of 100 KB, the best of some: others share the machine. */
function reading(): number {
  const text = letters(100_000, 0);
  return Math.min(
    ...Array.from({ length: 4 * ROUNDS }, () => {
      const session = createProvenance();
      const judged = session.judge(INBOX);
      const from = process.cpuUsage();
      session.observe(INBOX, judged, [text], "passed");
      const { user, system } = process.cpuUsage(from);
      return (user + system) / 1_000;
    }),
  );
}

/** Megabytes that a session holds after 1,000,000 units of results. Needs `--expose-gc`. */
function memory(): number {
  const collect = (globalThis as { readonly gc?: () => void }).gc;
  if (collect === undefined) return Number.NaN;
  const texts = Array.from({ length: 10 }, (_, at) => letters(99_000, at * 1_000));
  after(letters(10_000, 0)); // tables and caches are not the session's
  collect();
  const before = process.memoryUsage();
  const session = after(...texts);
  collect();
  const now = process.memoryUsage();
  if (session.judge(INBOX).session.origins.length === 0) throw new Error("nothing was seen");
  return (now.heapUsed + now.external - before.heapUsed - before.external) / 1e6;
}

/** Milliseconds of a typical call through every analyzer but parsers, the best of a few rounds. */
function typical(): readonly number[] {
  const calls: readonly (readonly [string, JsonObject])[] = [
    ["get_issue", { id: 7 }],
    ["read_file", { path: "src/index.ts" }],
    ["create_event", { title: "Review", start: "2031-10-09 10:00", room: "7" }],
    ["fetch_page", { url: "https://team.example/figures?week=3" }],
    ["update_record", { table: "letters", id: "m-9", fields: { subject: "Report", read: true } }],
    ["send_email", { to: "desk17@team.example", subject: "Report", body: "See the folder." }],
  ];
  const requests = calls.map(([tool, args]) => requestOf(tool, args));
  return requests.map((request) =>
    Math.min(
      ...Array.from({ length: 200 * ROUNDS }, () => {
        const from = performance.now();
        analyze(request, world, EMPTY_CATALOG, site.context.ops);
        return performance.now() - from;
      }),
    ),
  );
}

function requestOf(tool: string, args: JsonObject): ActionRequest {
  const digest = `sha256:${"0".repeat(64)}`;
  return {
    id: "bench",
    gateway: "mcp",
    caller: { credential: "a", session: "a", assurance: "local", chain: [] },
    upstream: "shell",
    operation: "tools/call",
    target: tool,
    arguments: args,
    definition: { digest, name: tool, description: "", inputSchema: {}, annotations: {} },
    bytes: { digest, length: 1 },
    handle: null,
  };
}

const usual = typical();
const judged = judgements();
const read = reading();
const held = memory();
const small = measure(commands);
const real = measure(scripts());
await prepareFacts(); // after the memory of sessions: its parser has some of its own
const sql = measure(queries);
const large = measure(hostile);
const atMost = (value: number): Figure["target"] => ({ bound: "at most", value });
const figures: Figure[] = [
  {
    name: `shell, ${small.length} commands, p50`,
    value: percentile(small, 0.5),
    unit: "ms",
    target: atMost(1),
  },
  {
    name: `shell, ${small.length} commands, p99`,
    value: percentile(small, 0.99),
    unit: "ms",
    target: atMost(10),
  },
  {
    name: `shell, ${real.length} package scripts, p50`,
    value: percentile(real, 0.5),
    unit: "ms",
    target: atMost(1),
  },
  {
    name: `shell, ${real.length} package scripts, p99`,
    value: percentile(real, 0.99),
    unit: "ms",
    target: atMost(10),
  },
  {
    name: `SQL in a command, ${sql.length} statements, p50`,
    value: percentile(sql, 0.5),
    unit: "ms",
    target: atMost(1),
  },
  {
    name: "shell and SQL, the most expensive text",
    value: Math.max(...large),
    unit: "ms",
    target: atMost(1_000),
  },
];
figures.push({
  name: `a typical call without parsers, ${usual.length} tools, p50`,
  value: percentile(usual, 0.5),
  unit: "ms",
  target: atMost(0.04),
});
const provenance: readonly Figure[] = [
  {
    name: "provenance, a call after 100 KB of results, p50",
    value: percentile(judged, 0.5),
    unit: "ms",
    target: atMost(0.15),
  },
  {
    name: "provenance, reading a result of 100 KB, processor time",
    value: read,
    unit: "ms",
    target: atMost(15),
  },
  ...(Number.isNaN(held)
    ? []
    : [
        {
          name: "provenance, memory after 1 MB of results",
          value: held,
          unit: "MB",
          target: atMost(1.6),
        },
      ]),
];
figures.push(...provenance);
for (const figure of figures) console.log(render(figure));
if (figures.some((figure) => met(figure) === false)) process.exitCode = 1;
