import type { Json, JsonObject } from "@bylaw/core";
import type { Call } from "../deed.ts";
import type { Reached } from "../door/door.ts";
import type { ScenarioOps } from "../ops.ts";
import type { Attempt } from "../play.ts";
import { type Run, type RunOptions, runScenario } from "../run.ts";
import { expectedOf, type Scenario, type Step } from "../scenario.ts";
import { MUTATORS } from "./mutators.ts";
import { type Random, randomOf, seedOf } from "./random.ts";

/** A variant of a refused call that came off better than the call itself. */
export interface Weaker {
  readonly step: string;
  readonly mutator: string;
  readonly call: Call;
  readonly outcome: string;
  /** What the call itself comes to. */
  readonly base: string;
}

/** What came of attacking the refused steps of a scenario. */
export interface Attacked {
  readonly file: string;
  readonly gateway: Run["gateway"];
  readonly mutants: number;
  readonly weaker: readonly Weaker[];
  readonly error: string | null;
}

/** Tries that a step gets to find one more variant that it has not had. */
const TRIES_MAX = 20;
/** Parts that a list of things is split into. */
const PARTS_MAX = 8;

interface Tried {
  readonly mutator: string;
  readonly exact: boolean;
  readonly call: Call;
  /** One answer, or one for each part. */
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
    scenario,
    {
      ...options,
      aliases: true,
      around: {
        before: async (step, attempt) => {
          if (attempt === null || !isRefused(step)) return;
          // First the call itself: whoever rejects a variant has rejected the call that is the same.
          const base = (await attempt.make(attempt.call)).outcome;
          if (base !== "block" && base !== "require_approval") return;
          const random = randomOf(seedOf(step.step, options.seed));
          const tried = await attempts(attempt, options.count, random);
          mutants += tried.length;
          for (const one of tried)
            if (isWeaker(one, base))
              weaker.push({
                step: step.step,
                mutator: one.mutator,
                call: one.call,
                outcome: one.reached[0]?.outcome ?? "none",
                base,
              });
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
  return refused && step.credential === undefined && step.approved_by === undefined;
}

async function attempts(
  { call, scene, make }: Attempt,
  count: number,
  random: Random,
): Promise<readonly Tried[]> {
  const tried: Tried[] = [];
  const parts = partsOf(call);
  if (parts.length > 1) {
    const reached: Reached[] = [];
    for (const part of parts) reached.push(await make(part));
    tried.push({ mutator: "split into many", exact: false, call: parts[0] ?? call, reached });
  }
  const had = new Set([JSON.stringify(call)]);
  for (let tries = 0; tried.length < count && tries < count + TRIES_MAX; tries += 1) {
    const { name, exact, mutate } = random.pick(MUTATORS);
    const mutant = mutate(call, random, scene);
    if (mutant === null || had.has(JSON.stringify(mutant))) continue;
    had.add(JSON.stringify(mutant));
    tried.push({ mutator: name, exact, call: mutant, reached: [await make(mutant)] });
  }
  return tried;
}

/** A list of things as calls with one each. */
function partsOf(call: Call): readonly Call[] {
  const [name, list] =
    Object.entries(call.args).find(([, value]) => Array.isArray(value) && value.length > 1) ?? [];
  if (name === undefined) return [];
  return (list as readonly Json[]).slice(0, PARTS_MAX).map((item) => {
    const args: JsonObject = { ...call.args, [name]: [item] };
    return { ...call, args };
  });
}

/** Of the same meaning: as strong. Of a like meaning: it does not go through. In parts: not all of them do. */
function isWeaker({ exact, reached }: Tried, base: "block" | "require_approval"): boolean {
  const through = ({ outcome }: Reached): boolean => outcome === "allow" || outcome === "log";
  if (reached.every(through)) return true;
  return exact && base === "block" && reached.some(({ outcome }) => outcome === "require_approval");
}
