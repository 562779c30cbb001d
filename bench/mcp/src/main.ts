/**
 * `npm run bench:mcp`: one MCP tool call, directly and through gateways, in turn within one run; every
 * answer is checked. `--quick`: short rounds, small loads alone. `--json`. `--soak MINUTES`: half load
 * on Bylaw with 10,000 idle sessions, and whether its memory stays flat.
 */
import { parseArgs } from "node:util";
import { CONTENDERS, type Contender } from "./contenders.ts";
import {
  bestOf,
  idleBytes,
  type Load,
  type Measured,
  type Refused,
  type Round,
  round,
  warm,
} from "./measure.ts";
import { type Report, render, targets } from "./report.ts";
import { soak } from "./soak.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    soak: { type: "string" },
    only: { type: "string" },
  },
});
const sizes = values.quick ? [64, 16_384] : [64, 16_384, 262_144];
const widths = values.quick ? [1, 16] : [1, 16, 64];
const rounds = values.quick ? 2 : 7;
const budgetMs = values.quick ? 150 : 400;
const warmUp = values.quick
  ? { roundMs: 300, rounds: 1, idle: 1 }
  : { roundMs: 1_000, rounds: 40, idle: 5 };
/** Where the upstream is a program, each session has one of its own: few are enough to see what it costs. */
const idlers = ({ kind, topology }: Contender): number => {
  if (topology !== "HTTP to HTTP") return 10;
  if (kind === "bylaw") return values.quick ? 500 : 9_000;
  return 200;
};

if (values.soak !== undefined) {
  const flat = await soak(Number(values.soak));
  process.exit(flat ? 0 : 1);
}

const chosen = CONTENDERS.filter(({ topology }) => topology.includes(values.only ?? ""));
const measured: Measured[] = [];
const refused: Refused[] = [];
const idle: Report["idle"][number][] = [];
for (const topology of new Set(chosen.map((one) => one.topology))) {
  const contenders = chosen.filter((one) => one.topology === topology);
  const started = await Promise.all(
    contenders.map(async (contender) => ({ contender, running: await contender.start() })),
  );
  for (const { contender, running } of started) {
    console.error(`warming up ${contender.name}, ${topology}`);
    await warm(running, warmUp);
  }
  for (const callers of widths)
    for (const bytes of sizes) measured.push(...(await interleaved(started, { callers, bytes })));
  for (const { contender, running } of started) {
    const bytes = await idleBytes(running, idlers(contender));
    if (bytes !== null) idle.push({ contender, bytes });
    await running.stop();
  }
}

async function interleaved(
  started: readonly { readonly contender: Contender; readonly running: Started }[],
  load: Load,
): Promise<Measured[]> {
  console.error(`measuring ${load.callers} callers, ${load.bytes} bytes`);
  const taken = new Map<Contender, Round[]>(started.map(({ contender }) => [contender, []]));
  for (let at = 0; at < rounds; at += 1)
    for (const { contender, running } of started) {
      const taking = taken.get(contender);
      if (taking === undefined) continue;
      const client = await running.open(load.callers);
      try {
        taking.push(await round(running, client, load.bytes, budgetMs));
      } catch (error) {
        if (contender.kind !== "peer") throw error;
        refused.push({ contender, ...load, why: (error as Error).message });
        taken.delete(contender);
      }
      client.close();
    }
  return [...taken].map(([contender, all]) => ({ contender, ...load, best: bestOf(all) }));
}

type Started = Awaited<ReturnType<Contender["start"]>>;

const report: Report = { measured, refused, idle };
const judged = targets(report);
if (values.json) console.log(JSON.stringify({ ...report, targets: judged }, null, 2));
else console.log(render(report, judged));
process.exit(judged.length > 0 || values.only !== undefined ? 0 : 1);
