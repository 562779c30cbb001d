import {
  type Attacked,
  attackScenario,
  decidingPolicies,
  type ExpectedFailures,
  type GatewayName,
  holds,
  type Kept,
  keepCounterexample,
  type Run,
  runScenario,
  type Scenario,
  waysOf,
} from "@bylaw/scenario";
import { visible } from "../visible.ts";
import { inOrder } from "./in-order.ts";
import { scenarioOps } from "./ops.ts";

const clock = (): number => performance.now();

/** Plays each scenario through each gateway; null is none at all. */
export function playAll(
  scenarios: readonly Scenario[],
  gateways: readonly (GatewayName | null)[],
  tell: (run: Run) => void,
): Promise<readonly Run[]> {
  // Without Bylaw there is one way to the damage.
  const plays = gateways.flatMap((gateway) =>
    scenarios.flatMap((scenario) =>
      (gateway === null ? [scenario] : waysOf(scenario)).map((way) => ({ scenario: way, gateway })),
    ),
  );
  return inOrder(
    plays,
    ({ scenario, gateway }) => runScenario(scenario, { gateway, clock }, scenarioOps()),
    tell,
  );
}

/** What a scenario comes to without one of the policies that it names. */
export interface Without {
  readonly file: string;
  readonly policy: string;
  /**
   * `weaker`: something went further than with it. `other reason`: as far, for another reason. `not
   * needed`: nothing changed, so the scenario says nothing about the policy. `error`: not played.
   */
  readonly result: "weaker" | "other reason" | "not needed" | "error";
  readonly error: string | null;
}

/** Leaves out one policy after the other; the runs with all of them are given. */
export function playWithout(
  scenarios: readonly Scenario[],
  gateway: GatewayName,
  expected: ExpectedFailures,
  whole: readonly Run[],
  tell: (one: Without) => void,
): Promise<readonly Without[]> {
  const plays = scenarios.flatMap((scenario) => {
    const base = whole.find(({ file, way }) => file === scenario.file && way === null);
    const policies = base === undefined ? [] : decidingPolicies(scenario, base);
    return policies.map((policy) => ({ scenario, base, policy }));
  });
  return inOrder(
    plays,
    async ({ scenario, base, policy }) => {
      const options = { gateway, clock, without: new Set([policy]) };
      const run = await runScenario(scenario, options, scenarioOps());
      const about = { file: scenario.file, policy };
      if (run.error !== null || base === undefined)
        return { ...about, result: "error", error: run.error ?? "the scenario itself failed" };
      const result = holds(run, expected)
        ? "not needed"
        : isWeaker(run, base)
          ? "weaker"
          : "other reason";
      return { ...about, result, error: null };
    },
    tell,
  );
}

const STRENGTH: Readonly<Record<string, number>> = { block: 2, require_approval: 1 };

function isWeaker(run: Run, base: Run): boolean {
  const strength = (at: number, { steps }: Run): number =>
    STRENGTH[steps[at]?.verdict.outcome ?? ""] ?? 0;
  const failed = ({ checks }: Run): number => checks.filter((one) => one.failure.length > 0).length;
  return (
    run.steps.some((_, at) => strength(at, run) < strength(at, base)) || failed(run) > failed(base)
  );
}

export function withoutText({ file, policy, result, error }: Without): string {
  const head = result === "weaker" || result === "other reason" ? "ok" : "FAIL";
  const why = error === null ? result : `${result}: ${error.split("\n")[0] ?? ""}`;
  return `${head.padEnd(5)} without ${visible(policy).padEnd(24)} ${visible(file)}  ${visible(why)}`;
}

/** What came of attacking a scenario, with the counterexamples that are kept. */
export interface AttackedFile extends Attacked {
  readonly kept: readonly Kept[];
}

interface AttackOptions {
  readonly count: number;
  readonly seed: number;
  /** Folder for counterexamples; null: none are made. */
  readonly keep: string | null;
}

/** Attacks every refused call of each scenario through each gateway. */
export function attackAll(
  scenarios: readonly Scenario[],
  gateways: readonly GatewayName[],
  { count, seed, keep }: AttackOptions,
  tell: (one: AttackedFile) => void,
): Promise<readonly AttackedFile[]> {
  const plays = gateways.flatMap((gateway) =>
    scenarios.flatMap((scenario) => waysOf(scenario).map((way) => ({ scenario: way, gateway }))),
  );
  return inOrder(
    plays,
    async ({ scenario, gateway }) => {
      const ops = scenarioOps();
      const attacked = await attackScenario(scenario, { gateway, clock, count, seed }, ops);
      const kept: Kept[] = [];
      for (const weaker of keep === null ? [] : attacked.weaker) {
        const one = await keepCounterexample(scenario, weaker, { gateway, clock }, ops);
        if (one !== null && !kept.some(({ name }) => name === one.name)) kept.push(one);
      }
      return { ...attacked, kept };
    },
    tell,
  );
}

/** Characters of the arguments of a variant that are shown. */
const SHOWN_MAX = 400;

export function attackText({ file, gateway, mutants, weaker, error }: Attacked): string {
  const head = weaker.length === 0 && error === null ? "ok" : "FAIL";
  return [
    `${head.padEnd(5)} ${(gateway ?? "").padEnd(11)} ${visible(file)}  ${mutants} variants, ${weaker.length} weaker`,
    ...(error ?? "").split("\n").flatMap((line) => (line === "" ? [] : [`  ! ${visible(line)}`])),
    ...weaker.flatMap(({ step, way, variant, outcome, base }) => [
      `  x ${visible(step)}: ${visible(way)}`,
      `      ${base} became ${outcome}:`,
      ...variant.asks.map(
        ({ call: { system, tool, args } }) =>
          `      ${visible(`${system}/${tool} ${JSON.stringify(args).slice(0, SHOWN_MAX)}`)}`,
      ),
    ]),
  ].join("\n");
}
