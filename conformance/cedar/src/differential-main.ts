import { parseArgs } from "node:util";
import { bylaw, REFERENCE, runDifferential } from "./differential.ts";
import { PLANTED } from "./planted.ts";

const USAGE = "usage: npm run conformance:differential -- [--sets N] [--seed S] [--json]";
const SELF_TEST_SETS = 25;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    sets: { type: "string", default: "500" },
    seed: { type: "string" },
  },
});
const sets = Number(values.sets);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
if (!Number.isSafeInteger(sets) || sets < 1 || !Number.isSafeInteger(seed)) {
  console.error(USAGE);
  process.exit(2);
}

// The gate first proves that it can turn red.
const planted = Object.entries(PLANTED).map(([defect, evaluator]) => ({
  defect,
  found: runDifferential(seed, SELF_TEST_SETS, { [defect]: evaluator }).mismatches.length,
}));
const report = runDifferential(seed, sets, {
  indexed: bylaw(true),
  linear: bylaw(false),
  reference: REFERENCE,
});
const selfTest = planted.every(({ found }) => found > 0);
// Sets in which nothing holds, or nothing fails, would agree for no reason.
const alive = Object.values(report.seen).every((count) => count > 0);
const passed = selfTest && alive && report.requests > 0 && report.mismatches.length === 0;
if (values.json) console.log(JSON.stringify({ ...report, planted, passed }, null, 2));
else {
  for (const { defect, found } of planted)
    console.log(`planted defect, ${defect}: ${found} mismatches found`);
  for (const mismatch of report.mismatches.slice(0, 20)) console.error(`differs: ${mismatch}`);
  const { permits, forbids, errors } = report.seen;
  console.log(`seed ${report.seed}: ${report.sets} sets, ${report.policies} policies`);
  console.log(
    `${report.requests} requests: ${permits} with permits, ${forbids} with forbids, ${errors} with errors`,
  );
  console.log(`${report.mismatches.length} mismatches`);
}
process.exit(passed ? 0 : 1);
