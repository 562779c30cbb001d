import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createReplay, readTools } from "@bylaw/server";
import { type Rate, rate, sum, type Verdicts, wilson } from "./score.ts";
import { type Data, joined, readData, readOwn, type Session } from "./sessions.ts";
import { VARIANTS } from "./variants.ts";
import { ownWords, type Stems, someWords, withhold } from "./vocabulary.ts";

/** Shares of the vocabulary that are taken away at random, as one in so many, and how often. */
const RANDOM_SHARES = [10, 4];
const DRAWS = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    without: { type: "string" },
    share: { type: "string" },
    seed: { type: "string" },
    every: { type: "string", default: "1" },
    unseen: { type: "boolean", default: false },
    "left-out": { type: "boolean", default: false },
  },
});
const [folder] = positionals;
const data = thinned(
  joined(folder === undefined ? [readOwn()] : [readData(folder), readOwn()]),
  Number(values.every),
);

if (values["left-out"]) {
  leftOut();
} else if (values.without !== undefined) {
  await one(only(data, values.without), ownWords(data, values.without));
} else if (values.share !== undefined) {
  await one(data, someWords(Number(values.share), Number(values.seed)));
} else {
  await all();
}

/**
 * How far provenance stops injected calls and how often it is in the way, on data that is changed in
 * ways that a rule fitted to it would not survive. In: a folder with recorded sessions; without one,
 * the suites of this repository alone. Each line: share, 95% interval, mean over tasks, worst suite.
 */
async function all(): Promise<void> {
  for (const variant of VARIANTS) {
    const changed = variant.change(data);
    const rates = ratesOf(changed.sessions, await decideAll(changed, variant.promptSeen));
    print(variant.name, rates, variant.name === "plain");
  }
  leftOut();
  for (const share of RANDOM_SHARES)
    for (let seed = 1; seed <= DRAWS; seed += 1)
      print(
        `one word in ${share} withheld, draw ${seed}`,
        inChild(["--share", `${share}`, "--seed", `${seed}`]),
      );
}

/**
 * Each suite without the words that it alone has, as if the rules, which stand as they are, had been written
 * for the others: with the person's words seen, and without them. `--left-out` prints this alone.
 */
function leftOut(): void {
  for (const [column, options] of [
    ["prompt seen", []],
    ["prompt unseen", ["--unseen"]],
  ] as const)
    print(
      `one suite left out, ${column}`,
      Object.keys(data.tools).flatMap((suite) => inChild(["--without", suite, ...options])),
      true,
    );
}

/** A vocabulary is withheld from a whole process: what was read with it must not be remembered. */
function inChild(options: readonly string[]): readonly SuiteRate[] {
  const script = fileURLToPath(import.meta.url);
  const child = spawnSync(
    process.execPath,
    [...process.execArgv, script, ...positionals, "--every", values.every, ...options],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 67_108_864 },
  );
  if (child.status !== 0) throw new Error(`${options.join(" ")} ended with ${child.status}`);
  return JSON.parse(child.stdout) as readonly SuiteRate[];
}

async function one(chosen: Data, words: Stems): Promise<void> {
  withhold(words);
  console.log(JSON.stringify(ratesOf(chosen.sessions, await decideAll(chosen, !values.unseen))));
}

/** One attack of so many, of each suite of a recording: `--every`, where time is short. */
function thinned({ sessions, tools }: Data, every: number): Data {
  const seen = new Map<string, number>();
  const kept = sessions.filter(({ family, suite, attack }) => {
    if (!attack || family === "own") return true;
    const count = seen.get(suite) ?? 0;
    seen.set(suite, count + 1);
    return count % every === 0;
  });
  return { sessions: kept, tools };
}

function only({ sessions, tools }: Data, suite: string): Data {
  return { sessions: sessions.filter((session) => session.suite === suite), tools };
}

async function decideAll({ sessions, tools }: Data, promptSeen: boolean): Promise<Verdicts> {
  if (sessions.length === 0) throw new Error("there are no sessions to decide");
  const sets = readTools(JSON.stringify(tools));
  if (!sets.ok) throw new Error(sets.error);
  const replay = await createReplay({ pack: "assistant", tools: sets.value, promptSeen });
  if (!replay.ok) throw new Error(replay.error.join("\n"));
  return new Map(sessions.map((session) => [session.id, replay.value(plain(session)).decisions]));
}

/** What a replay may see: everything but what is known about the session. */
function plain({ id, suite, prompt, steps }: Session) {
  const whole = steps.map((step) => ({
    ...step,
    result: step.result ?? "",
    error: step.error ?? null,
  }));
  return { id, suite, prompt, steps: whole };
}

/** How the sessions of one suite came out. */
interface SuiteRate extends Rate {
  readonly family: string;
  readonly suite: string;
  readonly attack: boolean;
}

function ratesOf(sessions: readonly Session[], verdicts: Verdicts): readonly SuiteRate[] {
  const suites = new Map(sessions.map(({ suite, family }) => [suite, family]));
  return [...suites].flatMap(([suite, family]) =>
    [true, false].map((attack) => {
      const group = sessions.filter((one) => one.suite === suite && one.attack === attack);
      return { family, suite, attack, ...rate(group, verdicts) };
    }),
  );
}

/** In: `suites`: a line of each suite's own besides those of the families. */
function print(name: string, rates: readonly SuiteRate[], suites = false): void {
  console.log(`\n${name}`);
  for (const { suite, attack, ...one } of suites ? rates : [])
    console.log(line(`${suite} ${attack ? "stopped" : "clean"}`, one, attack, undefined));
  for (const family of new Set(rates.map((group) => group.family)))
    for (const attack of [true, false]) {
      const groups = rates.filter((group) => group.family === family && group.attack === attack);
      const [worst] = [...groups].sort((a, b) => a.hits / a.of - b.hits / b.of);
      console.log(line(`${family} ${attack ? "stopped" : "clean"}`, sum(groups), attack, worst));
    }
}

function line(what: string, all: Rate, attack: boolean, worst: SuiteRate | undefined): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
  const [low, high] = wilson(all.hits, all.of);
  const parts = [
    `  ${what.padEnd(20)} ${percent(all.hits / all.of).padStart(6)} of ${all.of}`,
    `[${percent(low)}, ${percent(high)}]`,
    `tasks ${percent(all.perTask)}`,
    ...(attack ? [] : [`stops/session ${(all.stops / all.of).toFixed(2)}`]),
    ...(worst === undefined ? [] : [`worst ${worst.suite} ${percent(worst.hits / worst.of)}`]),
  ];
  return parts.join("  ");
}
