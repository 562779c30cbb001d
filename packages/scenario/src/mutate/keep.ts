import { stringify } from "yaml";
import type { ScenarioOps } from "../ops.ts";
import { parseScenario } from "../read.ts";
import { type RunOptions, runScenario } from "../run.ts";
import type { Scenario, Step } from "../scenario.ts";
import { ALIAS } from "../world/tools.ts";
import type { Weaker } from "./attack.ts";
import { subAgentOf, withSubAgents } from "./sub-agents.ts";

/** A counterexample as the file of a scenario, and how many steps it has. */
export interface Kept {
  readonly name: string;
  readonly text: string;
  readonly steps: number;
}

/** Runs that one counterexample may take to become smaller. */
const RUNS_MAX = 12;

type Options = Pick<RunOptions, "gateway" | "clock">;

/**
 * A variant that came off better, as a scenario that fails until the hole is closed: without the earlier steps
 * that it does not need. Null where it does not happen again, or no file can say it: a call through another
 * gateway is run with that one.
 */
export async function keepCounterexample(
  scenario: Scenario,
  weaker: Weaker,
  options: Options,
  ops: ScenarioOps,
): Promise<Kept | null> {
  const at = scenario.when.findIndex(({ step }) => step === weaker.step);
  if (at === -1 || weaker.variant.asks.some(({ aside }) => aside)) return null;
  const fails = async (earlier: readonly Step[]): Promise<string | null> => {
    const text = textOf(scenario, earlier, weaker);
    const read = parseScenario("counterexample.yaml", text);
    if (!read.ok) return null;
    const { error, steps } = await runScenario(read.value, options, ops);
    // The call itself has to be refused as before: without what led to that, everything is let through.
    const refused = steps.find(({ step }) => step === weaker.step)?.failure.length === 0;
    const through = (steps.at(-1)?.failure.length ?? 0) > 0;
    return error === null && refused && through ? text : null;
  };
  const smallest = await smaller(scenario.when.slice(0, at), fails);
  return smallest === null
    ? null
    : {
        name: nameOf(scenario, weaker),
        text: smallest.text,
        steps: smallest.earlier.length + 1 + weaker.variant.asks.length,
      };
}

interface Small {
  readonly earlier: readonly Step[];
  readonly text: string;
}

/** Leaves out halves, then quarters and so on, of the earlier steps, as long as it still fails. */
async function smaller(
  all: readonly Step[],
  fails: (earlier: readonly Step[]) => Promise<string | null>,
): Promise<Small | null> {
  const none = await fails([]);
  if (none !== null) return { earlier: [], text: none };
  const text = await fails(all);
  if (text === null) return null;
  let small: Small = { earlier: all, text };
  let runs = 2;
  for (let size = Math.ceil(all.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let from = 0; from < small.earlier.length && runs < RUNS_MAX; ) {
      const rest = [...small.earlier.slice(0, from), ...small.earlier.slice(from + size)];
      const still = await fails(rest);
      runs += 1;
      if (still === null) from += size;
      else small = { earlier: rest, text: still };
    }
  return small;
}

function nameOf({ file }: Scenario, { step, way }: Weaker): string {
  const [base = ""] = (file.split(/[\\/]/).at(-1) ?? "").split(".yaml", 1);
  return `${base} ${step} ${way}`.replace(/[^A-Za-z0-9]+/g, "-").slice(0, 120);
}

/** The scenario up to the step, and the variant in its place. */
function textOf(scenario: Scenario, earlier: readonly Step[], weaker: Weaker): string {
  const { variant, base, step, way } = weaker;
  const sub = variant.asks.some((ask) => ask.sub);
  const refused = scenario.when.filter((one) => one.step === step);
  const by = refused[0]?.by;
  const actor = by ?? Object.keys(scenario.given.agents)[0] ?? "";
  const given = sub ? withSubAgents(scenario).given : scenario.given;
  const steps = variant.asks.map(({ call, sub: bySub }, at) => ({
    step: `${way}, ${at + 1} of ${variant.asks.length}`,
    ...(bySub ? { by: subAgentOf(actor) } : by === undefined ? {} : { by }),
    call: `${call.system}/${call.tool}`,
    with: call.args,
    ...(at === variant.asks.length - 1 ? { then: base } : { last_only: true }),
  }));
  const delegation = sub
    ? [
        {
          step: "the agent passes on what it may do",
          by: actor,
          delegate: { to: subAgentOf(actor) },
        },
      ]
    : [];
  const file = {
    title: `${scenario.title}: ${step}, ${way}`,
    ...(scenario.source === undefined ? {} : { source: scenario.source }),
    story: `An attack on this step was let through: ${step}. It went ${way}.`,
    given: { ...given, systems: withTools(given.systems, variant) },
    when: [...earlier, ...refused.map((one) => ({ ...one, then: base })), ...delegation, ...steps],
  };
  return stringify(file, { aliasDuplicateObjects: false });
}

/** A file names only tools that are there: the other names that attacks use become tools nobody described. */
function withTools(
  systems: Scenario["given"]["systems"],
  { asks }: Weaker["variant"],
): Scenario["given"]["systems"] {
  return Object.fromEntries(
    Object.entries(systems).map(([name, system]) => {
      const strange = asks.flatMap(({ call: { system: of, tool } }) =>
        of === name && tool.endsWith(ALIAS) ? [[tool, {}] as const] : [],
      );
      const tools = { ...system.tools, ...Object.fromEntries(strange) };
      return [name, strange.length === 0 ? system : { ...system, tools }] as const;
    }),
  );
}
