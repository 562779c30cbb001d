import type { Reached } from "../door/door.ts";
import type { ScenarioOps } from "../ops.ts";
import type { Attempt } from "../play.ts";
import { type Run, type RunOptions, runScenario } from "../run.ts";
import { expectedOf, type Scenario, type Step } from "../scenario.ts";
import { randomOf, seedOf } from "./random.ts";
import {
  last,
  type Route,
  SPLIT,
  type Surroundings,
  together,
  type Variant,
  WAYS,
} from "./routes.ts";
import { withSubAgents } from "./sub-agents.ts";

/** A variant of a refused call that came off better than the call itself. */
export interface Weaker {
  readonly step: string;
  /** The way around, as the table of ways calls it. */
  readonly way: string;
  readonly variant: Variant;
  readonly outcome: string;
  /** What the call itself comes to. */
  readonly base: "block" | "require_approval";
}

/** What came of attacking the refused steps of a scenario. */
export interface Attacked {
  readonly file: string;
  readonly gateway: Run["gateway"];
  readonly mutants: number;
  readonly weaker: readonly Weaker[];
  readonly error: string | null;
}

/** Tries that a step gets for each variant that it has not had: many calls have few ways. */
const TRIES_MAX = 20;

interface Tried {
  readonly route: Route;
  readonly variant: Variant;
  /** One answer for each of its calls. */
  readonly reached: readonly Reached[];
}

/**
 * Plays a scenario, and before each call that it says is refused makes variants of it. Never throws. In: how
 * many variants a step gets, and the seed.
 */
export async function attackScenario(
  scenario: Scenario,
  options: Omit<RunOptions, "around"> & { readonly count: number; readonly seed: number },
  ops: ScenarioOps,
): Promise<Attacked> {
  const weaker: Weaker[] = [];
  let mutants = 0;
  const run = await runScenario(
    withSubAgents(scenario),
    {
      ...options,
      aliases: true,
      around: {
        before: async (step, attempt) => {
          if (attempt === null || !isRefused(step)) return;
          // First the call itself: whoever rejects a variant has rejected the call that is the same.
          const { outcome, code } = await attempt.make({
            call: attempt.call,
            sub: false,
            aside: false,
          });
          if (outcome !== "block" && outcome !== "require_approval") return;
          // Whoever rejected it is the attack itself, at an earlier step: policy asked for a person.
          const base = code === "approval.rejected" ? "require_approval" : outcome;
          const tried = await attempts(attempt, options.count, step, options.seed);
          mutants += tried.length;
          for (const { route, variant, reached } of tried)
            if (isWeaker(route, variant, reached, base)) {
              const came = reached.at(-1)?.outcome ?? "none";
              weaker.push({ step: step.step, way: route.name, variant, outcome: came, base });
            }
        },
      },
    },
    ops,
  );
  return { file: scenario.file, gateway: options.gateway, mutants, weaker, error: run.error };
}

function isRefused(step: Step): boolean {
  const { outcome } = expectedOf(step);
  const refused = outcome === "block" || outcome === "require_approval";
  const own = step.credential === undefined && step.passport === undefined;
  return refused && own && step.approved_by === undefined;
}

async function attempts(
  { call, scene, systems, otherGateway, sub, make }: Attempt,
  count: number,
  { step }: Step,
  seed: number,
): Promise<readonly Tried[]> {
  const random = randomOf(seedOf(step, seed));
  const around: Surroundings = { ...scene, systems, otherGateway, subAgent: await sub() };
  const tried: Tried[] = [];
  const attempt = async (route: Route, variant: Variant): Promise<void> => {
    const reached: Reached[] = [];
    for (const ask of variant.asks) reached.push(await make(ask));
    tried.push({ route, variant, reached });
  };
  const split = SPLIT.variant(call, random, around);
  if (split !== null) await attempt(SPLIT, split);
  const had = new Set([JSON.stringify(last(call))]);
  for (let tries = 0; tried.length < count && tries < count * TRIES_MAX; tries += 1) {
    // What one way does not hide, several together may.
    const route = tries % 2 === 0 ? random.pick(WAYS) : together(random);
    const variant = route.variant(call, random, around);
    const text = JSON.stringify(variant);
    if (variant === null || had.has(text)) continue;
    had.add(text);
    await attempt(route, variant);
  }
  return tried;
}

/** Of the same meaning: as strong. Of a like meaning: it does not go through. In parts: not all of them do. */
function isWeaker(
  { exact }: Route,
  { judged }: Variant,
  reached: readonly Reached[],
  base: "block" | "require_approval",
): boolean {
  const counted = judged === "all" ? reached : reached.slice(-1);
  const through = ({ outcome }: Reached): boolean => outcome === "allow" || outcome === "log";
  if (counted.every(through)) return true;
  return exact && base === "block" && counted.some(({ outcome }) => outcome === "require_approval");
}
