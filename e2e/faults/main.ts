/**
 * `npm run faults [-- --json]`: kills the gateway with SIGKILL at random moments of a mixed workload and
 * compares, after every restart, what the log says with what reached the upstream.
 * BYLAW_KILLS: how often (20). BYLAW_SEED: which moments and which calls (random, printed).
 */
import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { LedgerRecord } from "@bylaw/core";
import { addAgent, ask, killStarting, run, up } from "../harness/bylaw.ts";
import { recorded, recorderSite } from "../harness/recorder.ts";
import type { Site } from "../harness/site.ts";
import { contradictions } from "./check.ts";
import { randomFrom } from "./random.ts";
import { type Knowledge, work } from "./workload.ts";

const SEED_MAX = 2 ** 31;
/** Milliseconds of work before the kill. */
const KILL_AFTER_MS = { from: 20, to: 1500 } as const;
/** One kill in so many hits a gateway that is still starting, within so many milliseconds. */
const STARTING_ONE_IN = 5;
const STARTING_MS = 600;

const json = process.argv.includes("--json");
const kills = Number(process.env["BYLAW_KILLS"] ?? 20);
const seed = Number(process.env["BYLAW_SEED"] ?? randomInt(SEED_MAX));

interface Result {
  readonly seed: number;
  readonly kills: number;
  readonly calls: number;
  readonly reached: number;
  readonly approved: number;
  readonly records: number;
  readonly contradictions: readonly string[];
}

async function play(site: Site): Promise<Result> {
  const random = randomFrom(seed);
  const knowledge: Knowledge = {
    answered: new Set(),
    approved: new Set(),
    calls: 0,
  };
  let token = "";
  let found: readonly string[] = [];
  let records: readonly LedgerRecord[] = [];
  for (let round = 0; round <= kills && found.length === 0; round += 1) {
    if (round > 0 && round < kills && random.between(1, STARTING_ONE_IN) === 1) {
      await killStarting(site, random.between(0, STARTING_MS));
      continue;
    }
    const gateway = await up(site);
    found = await verified(site, round);
    if (token === "") token = await addAgent(site, "tester", "testers");
    if (round === kills) {
      await gateway.stop(); // the last round only looks
      records = await recordsOf(site);
      break;
    }
    const working = work({ site, token, random, knowledge }, gateway, round);
    await pause(random.between(KILL_AFTER_MS.from, KILL_AFTER_MS.to));
    await gateway.kill();
    await working;
    records = await recordsOf(site);
    found = [...found, ...contradictions({ records, calls: recorded(site), knowledge })];
    progress(`kill ${round + 1} of ${kills}: ${knowledge.calls} calls, ${records.length} records`);
  }
  const { calls, approved } = knowledge;
  const reached = recorded(site).length;
  return {
    seed,
    kills,
    calls,
    reached,
    approved: approved.size,
    records: records.length,
    contradictions: found,
  };
}

async function verified(site: Site, round: number): Promise<readonly string[]> {
  const { code, stdout, stderr } = await run(site, "audit", "verify", "--json");
  return code === 0 ? [] : [`after kill ${round} the log does not verify: ${stdout}${stderr}`];
}

async function recordsOf(site: Site): Promise<readonly LedgerRecord[]> {
  const shown = await ask<readonly { readonly record: LedgerRecord }[]>(site, "audit", "show");
  return shown.map(({ record }) => record);
}

function progress(text: string): void {
  if (!json) process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
}

progress(`seed ${seed}`);
const site = recorderSite({ holdLimit: "300ms" });
const result = await play(site);
const kept = result.contradictions.length === 0;
if (kept) site.remove();
if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
else {
  for (const sentence of result.contradictions) process.stdout.write(`${sentence}\n`);
  if (!kept) process.stdout.write(`kept for a look: ${site.folder}\n`);
  const { calls, reached, approved, records } = result;
  process.stdout.write(
    `${kills} kills, ${calls} calls, ${reached} reached the upstream, ${approved} approved, ${records} records, seed ${seed}: ${kept ? "promise kept" : "PROMISE BROKEN"}\n`,
  );
}
process.exit(kept ? 0 : 1);
