import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LedgerRecord } from "@bylaw/core";
import { differences, type Verdict, verdictOf } from "./judge.ts";
import { ScenarioFailure, type ScenarioOps } from "./ops.ts";
import { newSigner } from "./passport.ts";
import { type Around, type Played, playSteps } from "./play.ts";
import { type Check, expectedOf, type Scenario } from "./scenario.ts";
import { writeSite } from "./site.ts";
import { type GatewayName, openStage, type Stage } from "./stage.ts";
import { look } from "./world/look.ts";
import { placeIn } from "./world/place.ts";

/** What came of one step. */
export interface StepResult {
  readonly step: string;
  /** The last of its verdicts. */
  readonly verdict: Verdict;
  readonly milliseconds: number;
  /** What is not as expected; empty when all is. */
  readonly failure: readonly string[];
  /** Why the gateway cannot say such a step; then it does not count. Null: it can. */
  readonly skipped: string | null;
}

/** What came of one look at the world. */
export interface CheckResult {
  /** From 1. */
  readonly check: number;
  readonly what: string;
  readonly failure: readonly string[];
}

/** What came of a scenario, played once. */
export interface Run {
  readonly file: string;
  readonly title: string;
  /** Which of the other ways it was; null: `when`. */
  readonly way: string | null;
  /** Per cent of the file's ways that have to be satisfied; null: all. */
  readonly atLeast: number | null;
  /** Null: without Bylaw. */
  readonly gateway: GatewayName | null;
  readonly steps: readonly StepResult[];
  readonly checks: readonly CheckResult[];
  /** What is wrong with the log; null where it verifies, or there is none. */
  readonly log: string | null;
  /** Why the scenario could not be played. */
  readonly error: string | null;
  readonly milliseconds: number;
}

export interface RunOptions {
  readonly gateway: GatewayName | null;
  /** Ids of policies that are left out, wherever they are. */
  readonly without?: ReadonlySet<string>;
  /** Tools have another name as well, which no catalog knows; default false. */
  readonly aliases?: boolean;
  readonly around?: Partial<Around>;
  /** Milliseconds since any fixed time. */
  readonly clock: () => number;
}

/** Plays a scenario in a folder of its own and looks at what came of it. Never throws. */
export async function runScenario(
  scenario: Scenario,
  { gateway, without = new Set(), aliases = false, around = {}, clock }: RunOptions,
  ops: ScenarioOps,
): Promise<Run> {
  const started = clock();
  const root = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-scenario-")));
  const { file, title, way = null, satisfied: atLeast = null } = scenario;
  const about = { file, title, way, atLeast, gateway };
  try {
    const stage = await openStage(root, scenario, gateway, { without, aliases }, ops);
    const both: Around = {
      before: around.before ?? (async () => undefined),
      after: around.after ?? (() => undefined),
    };
    const played = await finishing(stage, () => playSteps(scenario, stage, both, clock));
    const { records, problem } = await logOf(stage, ops);
    return {
      ...about,
      steps: played.map((one) => resultOf(one, records, gateway)),
      checks: looks(scenario, stage, gateway),
      log: problem,
      error: null,
      milliseconds: Math.round(clock() - started),
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const nothing = { steps: [], checks: [], log: null };
    return { ...about, ...nothing, error: message, milliseconds: Math.round(clock() - started) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function finishing<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await stage.close();
  }
}

async function logOf(
  { governed }: Stage,
  ops: ScenarioOps,
): Promise<{ readonly records: readonly LedgerRecord[]; readonly problem: string | null }> {
  return governed === null ? { records: [], problem: null } : await ops.log(governed.data);
}

function resultOf(
  played: Played,
  records: readonly LedgerRecord[],
  gateway: GatewayName | null,
): StepResult {
  const last = played.reached.at(-1);
  if (last === undefined) throw new ScenarioFailure("scenario.setup", "a step was not played");
  return {
    step: played.step.step,
    verdict: verdictOf(last, records),
    milliseconds: played.milliseconds,
    failure: gateway === null || played.skipped !== null ? [] : differences(played, records),
    skipped: played.skipped,
  };
}

/** Without Bylaw, `damage` must be there; with it, `then` must hold. */
function looks(
  { given, then = [], damage = [] }: Scenario,
  { place, governed }: Stage,
  gateway: GatewayName | null,
): readonly CheckResult[] {
  const checks = gateway === null ? damage : then;
  return checks.map((check, at) => ({
    check: at + 1,
    what: whatOf(check),
    failure: look(place, given, check, governed?.data ?? null),
  }));
}

function whatOf(check: Check): string {
  const [key = "", value] = Object.entries(check)[0] ?? [];
  return `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`;
}

/**
 * Writes the configuration that a scenario's gateway starts with, into an empty folder, to be checked
 * without playing anything. Out: the path of its `bylaw.yaml`.
 */
export async function writeConfiguration(root: string, scenario: Scenario): Promise<string> {
  const place = placeIn(join(root, "world"));
  const issuers = Object.keys(scenario.given.issuers ?? {}).map(newSigner);
  const options = { without: new Set<string>(), via: "sdk" as const, now: 0, issuers };
  return (await writeSite(root, scenario, place, options)).config;
}

/** Every policy that a scenario names as deciding, of whatever outcome. */
export function namedPolicies({ when }: Scenario): readonly string[] {
  return [...new Set(when.flatMap((step) => expectedOf(step).policy ?? []))];
}

/** Ids of the policies and grants that only a step puts in force. */
export function laterPolicies({ when }: Scenario): readonly string[] {
  return when.flatMap((step) => [
    ...(step.grant === undefined ? [] : [step.grant.id]),
    ...[...(step.policies ?? "").matchAll(/@id\("([^"]+)"\)/g)].map(([, id = ""]) => id),
  ]);
}

/** Policies that a scenario says stop its steps, of the steps that came out as said. */
export function decidingPolicies({ when }: Scenario, { steps }: Run): readonly string[] {
  const ids = when.flatMap((step, at) => {
    const { outcome, policy } = expectedOf(step);
    const refused = outcome === "block" || outcome === "require_approval";
    return refused && steps[at]?.failure.length === 0 ? (policy ?? []) : [];
  });
  return [...new Set(ids)];
}
