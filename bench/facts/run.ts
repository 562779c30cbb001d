/**
 * `npm run bench:facts`: what reading one shell text costs, over the commands of the verdict tables,
 * the package scripts installed here, and texts made to be expensive. Prints figures and exits with 1
 * when one misses its target.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { memoryOps, readShell, type Site, type World } from "@bylaw/facts";
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

const SQL = table("dangerous.txt").filter((text) => /^(psql|mysql|sqlite3)/.test(text));
const commands = [...table("benign.txt"), ...table("dangerous.txt")].filter(
  (text) => !SQL.includes(text),
);
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
];

const small = measure(commands);
const real = measure(scripts());
const large = measure(hostile);
const atMost = (value: number): Figure["target"] => ({ bound: "at most", value });
const figures: readonly Figure[] = [
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
    name: "shell, the most expensive text",
    value: Math.max(...large),
    unit: "ms",
    target: atMost(1_000),
  },
];
for (const figure of figures) console.log(render(figure));
if (figures.some((figure) => met(figure) === false)) process.exitCode = 1;
