import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CONTENDERS, type Measurement, type Plan } from "./measure.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    /** Three sizes and short clocks: shows that everything runs, not how fast. */
    quick: { type: "boolean", default: false },
    seed: { type: "string", default: "20261121" },
  },
});
const sizes = values.quick ? [10, 100, 1_000] : [10, 100, 1_000, 10_000];
const base = {
  seed: Number(values.seed),
  requests: values.quick ? 500 : 2_000,
  budgetMs: values.quick ? 150 : 3_000,
};

/** Each measurement has a process of its own, so that none inherits another's heap or caches. */
function measureInChild(plan: Plan): Measurement {
  const child = fileURLToPath(new URL("./child.ts", import.meta.url));
  const { status, stdout } = spawnSync(
    process.execPath,
    [...process.execArgv, "--expose-gc", child, JSON.stringify(plan)],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 2 ** 24 },
  );
  if (status !== 0) throw new Error(`${plan.contender} at ${plan.policies} policies failed`);
  return JSON.parse(stdout) as Measurement;
}

const results: Measurement[] = [];
for (const { name } of CONTENDERS)
  for (const policies of sizes) {
    console.error(`measuring ${name} at ${policies} policies`);
    results.push(measureInChild({ ...base, contender: name, policies }));
  }

function at(contender: string, policies: number): Measurement {
  const found = results.find((row) => row.contender === contender && row.policies === policies);
  if (found === undefined) throw new Error(`${contender} was not measured at ${policies}`);
  return found;
}

const perCall = at("bylaw, entities per call", 1_000);
const shared = at("bylaw, shared store", 1_000);

/** How many times the decisions of a contender one of ours makes. */
function times(ours: Measurement, contender: string): number {
  return ours.decisionsPerCpuSecond / at(contender, 1_000).decisionsPerCpuSecond;
}

const largest = Math.max(...sizes);
const growth = (contender: string): number =>
  at(contender, 1_000).decisionsPerCpuSecond / at(contender, largest).decisionsPerCpuSecond;

// cedar-wasm is compared on equal input. Microsoft's SDK gets requests that were flattened outside the
// clock, so the equal of it is the store, whose entities were read outside the clock too.
const targets = [
  {
    target: "entities per call, times cedar-wasm stateful",
    wanted: ">= 300",
    got: times(perCall, "cedar-wasm, stateful"),
  },
  {
    target: "entities per call, times cedar-wasm per action",
    wanted: ">= 30",
    got: times(perCall, "cedar-wasm, set per action"),
  },
  {
    target: "shared store, times Microsoft's SDK",
    wanted: ">= 300",
    got: times(shared, "@microsoft/agent-governance-sdk"),
  },
  { target: "p99 with entities per call, us", wanted: "< 50", got: perCall.p99Us },
  { target: "p99 with shared store, us", wanted: "< 50", got: shared.p99Us },
  {
    target: "shared store, decisions per CPU-second",
    wanted: ">= 300000",
    got: shared.decisionsPerCpuSecond,
  },
  ...(largest > 1_000
    ? [
        {
          target: "1,000 to 10,000 policies, shared store, times",
          wanted: "< 6",
          got: growth("bylaw, shared store"),
        },
        {
          target: "1,000 to 10,000 policies, per call, times",
          wanted: "< 6",
          got: growth("bylaw, entities per call"),
        },
      ]
    : []),
].map((row) => ({ ...row, met: meets(row.wanted, row.got) }));

function meets(wanted: string, got: number): boolean {
  const [operator, limit] = wanted.split(" ");
  return operator === "<" ? got < Number(limit) : got >= Number(limit);
}

const wrong = results.reduce((sum, row) => sum + row.wrong, 0);
const checked = results.reduce((sum, row) => sum + row.checked, 0);
const environment = `Node ${process.versions.node}, ${process.platform}-${process.arch}`;
if (values.json)
  console.log(JSON.stringify({ ...base, environment, results, targets, checked, wrong }, null, 2));
else print();
process.exit(wrong === 0 && checked > 0 ? 0 : 1);

function print(): void {
  const table = (title: string, cell: (row: Measurement) => string): void => {
    console.log(
      `\n${title}\n| engine | ${sizes.join(" | ")} |\n| --- |${" --- |".repeat(sizes.length)}`,
    );
    for (const { name } of CONTENDERS)
      console.log(`| ${name} | ${sizes.map((size) => cell(at(name, size))).join(" | ")} |`);
  };
  const round = (value: number): string =>
    value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(1);
  console.log(`${environment}, seed ${base.seed}; one process per cell`);
  table("decisions per CPU-second, by number of policies", (row) =>
    row.decisionsPerCpuSecond.toLocaleString("en"),
  );
  table("latency p50 / p99, us", (row) => `${row.p50Us.toFixed(1)} / ${row.p99Us.toFixed(1)}`);
  table("load, ms", (row) => row.loadMs.toFixed(1));
  table("resident memory gained by loading, MB", (row) => row.memoryMb.toFixed(1));
  table("allowed, %", (row) => (row.allowedShare * 100).toFixed(1));
  console.log("\n| at 1,000 policies | wanted | got | met |\n| --- | --- | --- | --- |");
  for (const { target, wanted: goal, got, met } of targets)
    console.log(`| ${target} | ${goal} | ${round(got)} | ${met ? "yes" : "NO"} |`);
  console.log(`\n${checked} answers checked against the oracle, ${wrong} wrong`);
}
