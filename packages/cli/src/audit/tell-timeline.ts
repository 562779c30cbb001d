import { visible } from "../visible.ts";
import { describeEffect } from "./story.ts";
import type { Timeline, Told } from "./timeline.ts";

/** Resources named on one line of the story; the others are counted. */
const NAMED_MAX = 3;

/** A session as a story for a terminal: like actions that follow each other are one line. */
export function tellTimeline(timeline: Timeline): string {
  const { session, chain, from, until, actions } = timeline;
  const lines = [
    `session ${session}  ${chain.join(" -> ")}`,
    `${from} to ${until}  ${count(actions.length, "action")}`,
    "",
  ];
  let tainted = false;
  for (const group of groups(actions)) {
    const [first] = group;
    if (first === undefined) continue;
    lines.push(...tellGroup(group, first));
    if (!tainted && group.some(({ provenance }) => provenance.untrusted)) {
      tainted = true;
      lines.push("          -- from here on the session rests on content from outside --");
    }
  }
  lines.push("", totals(actions));
  return lines.map((line) => `${visible(line)}\n`).join("");
}

function groups(actions: readonly Told[]): readonly (readonly Told[])[] {
  const found: Told[][] = [];
  for (const action of actions) {
    const last = found.at(-1);
    const [before] = last ?? [];
    if (last !== undefined && before !== undefined && alike(before, action)) last.push(action);
    else found.push([action]);
  }
  return found;
}

/** What a person answered, or what somebody stopped for another reason, stands alone. */
function alike(a: Told, b: Told): boolean {
  const same = (key: "step" | "end" | "agent" | "upstream" | "operation" | "target"): boolean =>
    a[key] === b[key];
  return (
    same("step") &&
    same("end") &&
    same("agent") &&
    same("upstream") &&
    same("operation") &&
    same("target") &&
    a.because.policy === b.because.policy &&
    a.because.code === b.because.code &&
    a.provenance.untrusted === b.provenance.untrusted &&
    a.answers.length + b.answers.length === 0
  );
}

const VERBS = { read: "read", asked: "was asked", tried: "tried" } as const;
const ENDS: Readonly<Record<Told["end"], string>> = {
  done: "done",
  failed: "came back as an error",
  unknown: "may or may not have happened",
  open: "sent, and nothing says what came of it",
  stopped: "STOPPED",
  waiting: "waits for a person",
};

function tellGroup(group: readonly Told[], first: Told): readonly string[] {
  const time = first.at.slice(11, 23);
  const times =
    group.length === 1 ? "" : ` (${group.length} times, until ${group.at(-1)?.at.slice(11, 23)})`;
  const what = `${first.upstream} ${first.target ?? first.operation}`;
  const lines = [`${time}  ${first.agent} ${VERBS[first.step]} ${what}${times}: ${endOf(first)}`];
  const indent = "          ".padEnd(16);
  const effects = [...new Set(group.flatMap((one) => one.effects.map(describeEffect)))];
  for (const effect of effects.slice(0, NAMED_MAX)) lines.push(`${indent}${effect}`);
  if (effects.length > NAMED_MAX)
    lines.push(`${indent}and ${count(effects.length - NAMED_MAX, "other effect")}`);
  if (first.end === "stopped" || first.end === "waiting" || first.answers.length > 0)
    lines.push(
      `${indent}because: ${first.because.text} (${first.because.policy ?? first.because.code})`,
    );
  for (const { at, verdict, by, approval } of first.answers)
    lines.push(`${indent}${at.slice(11, 23)} ${verdict} by ${by ?? "nobody"} (${approval})`);
  const origins = [...new Set(group.flatMap(({ provenance }) => provenance.origins))];
  const labels = [...new Set(group.flatMap(({ provenance }) => provenance.labels))];
  if (origins.length > 0) lines.push(`${indent}rests on: ${origins.join(", ")}`);
  if (labels.length > 0) lines.push(`${indent}labelled: ${labels.join(", ")}`);
  const findings = [...new Set(group.flatMap((one) => one.findings))];
  if (findings.length > 0) lines.push(`${indent}found: ${findings.join(", ")}`);
  lines.push(`${indent}records ${group.length === 1 ? "" : "from "}${first.index}, ${first.id}`);
  return lines;
}

function endOf({ end, code, because }: Told): string {
  if (end === "stopped") return `STOPPED by ${because.policy ?? because.code}`;
  return code === null ? ENDS[end] : `${ENDS[end]} (${code})`;
}

function totals(actions: readonly Told[]): string {
  const ends = Object.keys(ENDS) as Told["end"][];
  const parts = ends.flatMap((end) => {
    const number = actions.filter((action) => action.end === end).length;
    return number === 0 ? [] : [`${number} ${end}`];
  });
  const people = new Set(actions.flatMap(({ answers }) => answers.flatMap(({ by }) => by ?? [])));
  const answered = people.size === 0 ? "" : `; answered by ${[...people].join(", ")}`;
  return `${parts.join(", ")}${answered}`;
}

function count(number: number, what: string): string {
  return `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
}
