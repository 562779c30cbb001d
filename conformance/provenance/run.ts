import { createReplay, readTools } from "@bylaw/server";
import { type Rate, rate, type Verdicts, wilson } from "./score.ts";
import { type Data, readData, readOwn, type Session } from "./sessions.ts";
import { VARIANTS, type Variant } from "./variants.ts";

/**
 * How far provenance stops injected calls and how often it is in the way, on data that is changed in
 * ways that a rule fitted to it would not survive. In: a folder with recorded sessions; without one,
 * the suites of this repository alone. Each line: share, 95% interval, mean over tasks, worst suite.
 */
async function main(folder: string | undefined): Promise<void> {
  const data = folder === undefined ? [readOwn()] : [readData(folder), readOwn()];
  for (const variant of VARIANTS) {
    console.log(`\n${variant.name}`);
    for (const set of data) await report(set, variant);
  }
}

async function report(data: Data, variant: Variant): Promise<void> {
  const changed = variant.change(data);
  if (changed.sessions.length === 0) throw new Error("there are no sessions to decide");
  const verdicts = await decideAll(changed, variant.promptSeen);
  for (const family of new Set(changed.sessions.map((session) => session.family)))
    for (const attack of [true, false]) {
      const chosen = changed.sessions.filter((s) => s.family === family && s.attack === attack);
      const suites = [...new Set(chosen.map(({ suite }) => suite))].map((suite) => ({
        suite,
        ...rate(
          chosen.filter((session) => session.suite === suite),
          verdicts,
        ),
      }));
      const worst = suites.sort((a, b) => a.hits / a.of - b.hits / b.of)[0];
      const all = rate(chosen, verdicts);
      console.log(line(`${family} ${attack ? "stopped" : "clean"}`, all, attack, worst));
    }
}

async function decideAll({ sessions, tools }: Data, promptSeen: boolean): Promise<Verdicts> {
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

function line(
  what: string,
  all: Rate,
  attack: boolean,
  worst: (Rate & { suite: string }) | undefined,
): string {
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

await main(process.argv[2]);
