/**
 * `npm run faults [-- --json]`: kills gateways with SIGKILL at random moments of a mixed workload of
 * concurrent callers, and holds, after every restart, what the log says against what reached the
 * upstream and against what the log said before.
 * BYLAW_KILLS: how often (20). BYLAW_SEED: which moments and which calls (random, printed).
 * BYLAW_LANES: how many gateways, each with a data folder of its own, at the same time (2).
 */
import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { addAgent, killStarting, run, up } from "../harness/bylaw.ts";
import { recorded, recorderSite } from "../harness/recorder.ts";
import type { Site } from "../harness/site.ts";
import { eventually } from "../harness/wait.ts";
import { contradictions } from "./check.ts";
import { follow } from "./follow.ts";
import { type Random, randomFrom } from "./random.ts";
import { type Knowledge, work } from "./workload.ts";

const SEED_MAX = 2 ** 31;
/** Milliseconds from the first answer to the kill. */
const KILL_AFTER_MS = { from: 0, to: 400 } as const;
/** Milliseconds until the first answer, on a machine with much else to do. */
const ANSWER_MAX_MS = 120_000;
/** One kill in so many hits a gateway that is still starting, within so many milliseconds. */
const STARTING_ONE_IN = 5;
const STARTING_MS = 1_000;
/** Kills between two verifications of the whole log; in between only what is new is read. */
const WHOLE_EVERY = 50;

const json = process.argv.includes("--json");
const kills = Number(process.env["BYLAW_KILLS"] ?? 20);
const seed = Number(process.env["BYLAW_SEED"] ?? randomInt(SEED_MAX));
const lanes = Number(process.env["BYLAW_LANES"] ?? 2);

interface Result {
  readonly kills: number;
  readonly calls: number;
  readonly reached: number;
  readonly approved: number;
  readonly records: number;
  readonly contradictions: readonly string[];
}

let killed = 0;

/** One site: killed `times` times, then started once more to look. */
async function play(site: Site, times: number, random: Random): Promise<Result> {
  const knowledge: Knowledge = {
    answered: new Set(),
    approved: new Set(),
    calls: 0,
    settled: 0,
  };
  const log = follow(site.data);
  let token = "";
  let found: readonly string[] = [];
  let round = 0;
  for (; round <= times && found.length === 0; round += 1) {
    if (round > 0 && round < times && random.between(1, STARTING_ONE_IN) === 1) {
      await killStarting(site, random.between(0, STARTING_MS));
      progress();
      continue;
    }
    const gateway = await up(site);
    found = await log.look();
    const { records } = log;
    found = [...found, ...contradictions({ records, calls: recorded(site), knowledge })];
    if (round % WHOLE_EVERY === 0) found = [...found, ...(await verified(site, round))];
    if (round === times || found.length > 0) {
      await gateway.stop(); // the last round only looks
      found = [...found, ...(await verified(site, round))];
      break;
    }
    if (token === "") token = await addAgent(site, "tester", "testers");
    const before = knowledge.settled;
    const working = work({ site, token, random, knowledge }, gateway, round);
    const answered = (): true | null => (knowledge.settled > before ? true : null);
    await eventually("a call is answered", answered, ANSWER_MAX_MS);
    await pause(random.between(KILL_AFTER_MS.from, KILL_AFTER_MS.to));
    await gateway.kill();
    await working;
    progress();
  }
  return {
    kills: round,
    calls: knowledge.calls,
    reached: recorded(site).length,
    approved: knowledge.approved.size,
    records: log.records.length,
    contradictions: found.map((sentence) => `${site.folder}: ${sentence}`),
  };
}

async function verified(site: Site, round: number): Promise<readonly string[]> {
  const { code, stdout, stderr } = await run(site, "audit", "verify", "--json");
  return code === 0 ? [] : [`after kill ${round} the log does not verify: ${stdout}${stderr}`];
}

function progress(): void {
  killed += 1;
  if (!json) say(`kill ${killed} of ${kills}`);
}

function say(text: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
}

function total(results: readonly Result[]): Result {
  const sum = (pick: (result: Result) => number): number =>
    results.reduce((before, result) => before + pick(result), 0);
  return {
    kills: sum((result) => result.kills),
    calls: sum((result) => result.calls),
    reached: sum((result) => result.reached),
    approved: sum((result) => result.approved),
    records: sum((result) => result.records),
    contradictions: results.flatMap((result) => result.contradictions),
  };
}

if (!json) say(`seed ${seed}`);
const sites = Array.from({ length: Math.min(lanes, kills) }, () =>
  recorderSite({ holdLimit: "300ms" }),
);
const results = await Promise.all(
  sites.map((site, lane) => {
    const times = Math.floor(kills / sites.length) + (lane < kills % sites.length ? 1 : 0);
    return play(site, times, randomFrom(seed + lane));
  }),
);
const result = { seed, ...total(results) };
const kept = result.contradictions.length === 0 && result.kills === kills;
if (kept) for (const site of sites) site.remove();
if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
else {
  for (const sentence of result.contradictions) process.stdout.write(`${sentence}\n`);
  const { calls, reached, approved, records } = result;
  process.stdout.write(
    `${result.kills} kills, ${calls} calls, ${reached} reached the upstream, ${approved} approved, ${records} records, seed ${seed}: ${kept ? "promise kept" : "PROMISE BROKEN"}\n`,
  );
}
process.exit(kept ? 0 : 1);
