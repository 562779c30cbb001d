import { parseArgs } from "node:util";
import { runCorpus } from "./corpus.ts";

const USAGE =
  "usage: npm run conformance:cedar -- corpus-tests.tar.gz|FOLDER [--sample N] [--json]";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    /** Runs about N cases, spread evenly; all when absent. */
    sample: { type: "string" },
  },
});
const [file] = positionals;
const sample = values.sample === undefined ? null : Number(values.sample);
if (file === undefined || positionals.length > 1 || (sample !== null && !(sample >= 1))) {
  console.error(USAGE);
  process.exit(2);
}

const report = await runCorpus(file, sample);
const passed = report.requests > 0 && report.mismatches.length === 0;
if (values.json) console.log(JSON.stringify({ ...report, passed }, null, 2));
else {
  const { requests, exact, refused } = report;
  for (const mismatch of report.mismatches.slice(0, 50)) console.error(`differs: ${mismatch}`);
  if (requests === 0) console.error("the archive holds no cases");
  console.log(`cases: ${report.cases}`);
  for (const [evaluator, count] of Object.entries(exact))
    console.log(`${evaluator}: ${count} of ${requests} exact (decision, reasons, errors)`);
  console.log(
    `integers beyond 2^53-1: ${refused.cases} cases, which the product refuses ` +
      `(${refused.policies} in policies at load, ${refused.data} in data; here they are kept exactly)`,
  );
  console.log(`${Math.min(...Object.values(exact))}/${requests}`);
}
process.exit(passed ? 0 : 1);
