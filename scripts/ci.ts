/**
 * `npm run ci`: every suite of suites.ts, one after the other, then one line with what they came to.
 * `npm run soak`: those with a longer form, at full length. `-- NAME` runs only suites of that name.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type Counts, excerpt, line, sum, verdict } from "./counts.ts";
import { type Soak, SUITES, type Suite } from "./suites.ts";

const SKIPPED: Counts = { passed: 0, failed: 0, skipped: 1 };
const FAILED: Counts = { passed: 0, failed: 1, skipped: 0 };

const [mode = "run", ...names] = process.argv.slice(2).filter((arg) => arg !== "--");
const inCi = process.env["CI"] === "true";
const chosen = SUITES.filter(
  ({ name, soak }) =>
    names.includes(name) || (names.length === 0 && (mode === "run" || soak !== null)),
);

const results: Counts[] = [];
const lines: string[] = [];
const failures: string[] = [];
for (const suite of chosen) {
  const started = process.hrtime.bigint();
  const { counts, told } = await judged(suite);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  results.push(counts);
  lines.push(`${suite.name}: ${line(counts)} in ${seconds.toFixed(0)} s`);
  if (counts.failed > 0) failures.push(`== ${suite.name}: failed\n${told}`);
}
if (chosen.length === 0) results.push(FAILED);
// Said again at the end, where whoever sees only the end of a long log finds it.
for (const failure of failures) console.log(`\n${failure}`);
console.log(`\n${lines.join("\n")}\n`);
const total = sum(results);
console.log(line(total));
process.exitCode = total.failed === 0 ? 0 : 1;

/** How a suite came out, and what to show of it where it failed. */
async function judged(suite: Suite): Promise<{ readonly counts: Counts; readonly told: string }> {
  console.log(`\n== ${suite.name}`);
  const missing = suite.needs.find(({ there }) => !there());
  if (missing !== undefined) {
    const excused = missing.optional || !inCi;
    const told = `${excused ? "skipped" : "failed"}: needs ${missing.what}`;
    console.log(told);
    return { counts: excused ? SKIPPED : FAILED, told };
  }
  const { exit, output } = await run(formOf(suite));
  return { counts: verdict(exit, suite.counts(output)), told: excerpt(output) };
}

function formOf({ run, soak, minutesMax }: Suite): Soak {
  return mode === "soak" && soak !== null ? soak : { run, env: {}, minutesMax };
}

/** Runs npm, passes on what it prints and keeps it. A suite that takes too long is ended with all it started. */
async function run(form: Soak): Promise<{ readonly exit: number | null; readonly output: string }> {
  const { minutesMax } = form;
  const child = spawn("npm", ["run", "-s", ...form.run], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...form.env },
    detached: true,
  });
  const end = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    // A process that left the group may still hold the other ends.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const interrupted = (): void => {
    end();
    process.exit(1);
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  const chunks: Buffer[] = [];
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const)
    from.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      to.write(chunk);
    });
  const timer = setTimeout(() => {
    console.error(`failed: longer than ${minutesMax} minutes`);
    end();
  }, minutesMax * 60_000);
  const [exit] = (await once(child, "close")) as [number | null];
  clearTimeout(timer);
  process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
  return { exit, output: Buffer.concat(chunks).toString("utf8") };
}
