import { type Amount, type Effect, exactly, type Facts } from "../facts.ts";
import { ASSURANCES, AUDIENCES, GATEWAYS, LABELS, type Label, SOURCES } from "../vocabulary.ts";
import {
  choices,
  type Edit,
  editAt,
  effectPath,
  listEdits,
  namedOf,
  onEffects,
  type Target,
  thresholds,
  toggle,
} from "./edit.ts";
import { attributeEdits, groupEdits, placeEdits, withAttribute } from "./place-edits.ts";
import type { Mentions } from "./reads.ts";
import { showTime } from "./show.ts";

/**
 * The edits that clauses suggest: for each fact that they read, the values at which they could come
 * out otherwise. The list is closed and holds no free text: names, paths and arguments that are
 * text are never proposed, since whoever writes them could then write the way around a bylaw.
 */
export function editsOf(facts: Facts, mentions: Mentions, target: Target): readonly Edit[] {
  const first = facts.effects[target.effects[0] ?? -1];
  if (first === undefined) return [];
  return [
    ...placeEdits(first, mentions, target),
    ...groupEdits(facts, mentions, target),
    ...mentions.reads.flatMap(({ path }) => {
      const [variable, ...rest] = path;
      if (variable === "resource") return attributeEdits(first, rest, mentions, target);
      return variable === "context" ? contextEdits(facts, first, rest, mentions, target) : [];
    }),
  ];
}

function contextEdits(
  facts: Facts,
  effect: Effect,
  path: readonly string[],
  mentions: Mentions,
  target: Target,
): readonly Edit[] {
  const [name = "", inner = ""] = path;
  switch (name) {
    case "quantity":
    case "bytes":
    case "cost":
      return amountEdits(name, effect[name], mentions, target);
    case "reversible":
      return [
        toggle(effectPath(target, name), "the action's being reversible", effect.reversible, (to) =>
          onEffects(target, (of) => ({ ...of, reversible: to })),
        ),
      ];
    case "audience":
      return choices(effectPath(target, name), "the audience", effect.audience, AUDIENCES, (to) =>
        onEffects(target, (of) => ({ ...of, audience: to })),
      );
    case "source":
      return choices(
        effectPath(target, name),
        "how the effect is known",
        effect.source,
        SOURCES,
        (to) => onEffects(target, (of) => ({ ...of, source: to })),
      );
    case "gateway":
      return choices(
        "action.gateway",
        "the gateway",
        facts.action.gateway,
        GATEWAYS,
        (to) => (of) => ({
          ...of,
          action: { ...of.action, gateway: to },
        }),
      );
    case "assurance":
      return choices(
        "caller.assurance",
        "the caller's assurance",
        facts.caller.assurance,
        ASSURANCES,
        (to) => (of) => ({
          ...of,
          caller: { ...of.caller, assurance: to },
        }),
      );
    case "data":
      return labelEdits(effect, mentions, target);
    case "findings":
      return findingEdits(effect, mentions, target);
    case "origin":
      return originEdits(effect, inner, mentions, target);
    case "session":
      return sessionEdits(facts, inner, mentions);
    case "task":
      return taskEdits(facts, inner);
    case "counts":
      return countEdits(facts, inner, mentions);
    case "now":
      return mentions.times.flatMap((time) => timeEdits(facts, Date.parse(time)));
    case "tool":
      return inner === "reviewed" ? reviewEdit(facts) : [];
    case "args":
      return argumentEdits(facts, path, mentions);
    default:
      return [];
  }
}

function amountEdits(
  name: "quantity" | "bytes" | "cost",
  now: Amount,
  mentions: Mentions,
  target: Target,
): readonly Edit[] {
  const values = [...thresholds(mentions, now.known ? now.atMost : Number.MAX_SAFE_INTEGER)];
  if (!now.known) values.push(1); // a clause that asks only whether it is known names no number
  const build = editAt(effectPath(target, name));
  return [...new Set(values)].map((value) =>
    build(
      { ...now },
      { ...exactly(value) },
      now.known
        ? `${name} ${value} instead of ${now.atMost}`
        : `${name} known to be ${value} instead of unknown`,
      onEffects(target, (effect) => ({ ...effect, [name]: exactly(value) })),
    ),
  );
}

/** A label implies others, so they come as a whole: none of them, or one with what it implies. */
function labelEdits(effect: Effect, mentions: Mentions, target: Target): readonly Edit[] {
  const build = editAt(effectPath(target, "labels"));
  const to = (labels: readonly Label[], words: string): Edit =>
    build(
      [...effect.labels],
      [...labels],
      words,
      onEffects(target, (of) => ({ ...of, labels })),
    );
  const none = effect.labels.length === 0 ? [] : [to([], "data without labels")];
  const added = LABELS.filter(
    (label) => namedOf(mentions, "Label").includes(label) && !effect.labels.includes(label),
  ).map((label) => to([label], `data labelled "${label}"`));
  return [...none, ...added];
}

function findingEdits(effect: Effect, mentions: Mentions, target: Target): readonly Edit[] {
  return listEdits(
    effectPath(target, "findings"),
    "findings",
    effect.findings,
    namedOf(mentions, "Finding"),
    (to) => onEffects(target, (of) => ({ ...of, findings: to })),
  );
}

function originEdits(
  effect: Effect,
  inner: string,
  mentions: Mentions,
  target: Target,
): readonly Edit[] {
  if (inner === "untrusted")
    return [
      toggle(
        effectPath(target, "origin.untrusted"),
        "content from outside in the action",
        effect.origin.untrusted,
        (to) => onEffects(target, (of) => ({ ...of, origin: { ...of.origin, untrusted: to } })),
      ),
    ];
  if (inner !== "target" && inner !== "payload") return [];
  return listEdits(
    effectPath(target, `origin.${inner}`),
    `origins of the ${inner}`,
    effect.origin[inner],
    namedOf(mentions, "Origin") as Effect["origin"]["target"],
    (to) => onEffects(target, (of) => ({ ...of, origin: { ...of.origin, [inner]: to } })),
  );
}

function sessionEdits(facts: Facts, inner: string, mentions: Mentions): readonly Edit[] {
  const { session } = facts;
  const put =
    (change: Partial<Facts["session"]>): Edit["apply"] =>
    (of) => ({
      ...of,
      session: { ...of.session, ...change },
    });
  switch (inner) {
    case "untrusted":
      return [
        toggle(
          "session.untrusted",
          "content from outside in the session",
          session.untrusted,
          (to) => put({ untrusted: to }),
        ),
      ];
    case "attended":
      return [
        toggle("session.attended", "a person at the session", session.attended, (to) =>
          put({ attended: to }),
        ),
      ];
    case "depth":
      return thresholds(mentions, session.depth).map((depth) =>
        editAt("session.depth")(
          session.depth,
          depth,
          `a delegation depth of ${depth} instead of ${session.depth}`,
          put({ depth }),
        ),
      );
    case "labels":
      return listEdits(
        "session.labels",
        "labels of the session",
        session.labels,
        namedOf(mentions, "Label") as readonly Label[],
        (labels) => put({ labels }),
      );
    case "origins":
      return listEdits(
        "session.origins",
        "origins in the session",
        session.origins,
        namedOf(mentions, "Origin") as Facts["session"]["origins"],
        (origins) => put({ origins }),
      );
    default:
      return [];
  }
}

const TASK: Readonly<Record<keyof Facts["task"], string>> = {
  declared: "a declared task",
  inScope: "being in the task's scope",
  locked: "the task's being locked",
  offline: "the task's being offline",
  noInstall: "the task's ban on installing",
};

function taskEdits(facts: Facts, inner: string): readonly Edit[] {
  if (!Object.hasOwn(TASK, inner)) return [];
  const name = inner as keyof Facts["task"];
  return [
    toggle(`task.${name}`, TASK[name], facts.task[name], (to) => (of) => ({
      ...of,
      task: { ...of.task, [name]: to },
    })),
  ];
}

function countEdits(facts: Facts, inner: string, mentions: Mentions): readonly Edit[] {
  if (!Object.hasOwn(facts.counts, inner)) return [];
  const name = inner as keyof Facts["counts"];
  const now = facts.counts[name];
  return thresholds(mentions, now).map((value) =>
    editAt(`counts.${name}`)(
      now,
      value,
      `a count \`${name}\` of ${value} instead of ${now}`,
      (of) => ({
        ...of,
        counts: { ...of.counts, [name]: value },
      }),
    ),
  );
}

/** Just before and at an instant. */
export function timeEdits(facts: Facts, instant: number): readonly Edit[] {
  return [instant - 1, instant]
    .filter((ms) => Math.abs(ms) < 8.64e15)
    .map(showTime)
    .filter((to) => to !== facts.now && /^\d{4}-/.test(to))
    .map((to) =>
      editAt("now")(facts.now, to, `the time ${to} instead of ${facts.now}`, (of) => ({
        ...of,
        now: to,
      })),
    );
}

function reviewEdit(facts: Facts): readonly Edit[] {
  const now = facts.tool.attrs["reviewed"];
  if (typeof now !== "boolean") return [];
  return [
    toggle("tool.attrs.reviewed", "the tool's being reviewed", now, (to) => (of) => ({
      ...of,
      tool: withAttribute(of.tool, "reviewed", to),
    })),
  ];
}

function argumentEdits(
  facts: Facts,
  [, kind, name]: readonly string[],
  mentions: Mentions,
): readonly Edit[] {
  if (kind === "complete")
    return [
      toggle(
        "arguments.complete",
        "arguments read completely",
        facts.arguments.complete,
        (to) => (of) => ({
          ...of,
          arguments: { ...of.arguments, complete: to },
        }),
      ),
    ];
  const now = name === undefined ? undefined : facts.arguments.number[name];
  if (kind !== "number" || name === undefined || now === undefined) return [];
  return thresholds(mentions, now).map((value) =>
    editAt(`arguments.number.${name}`)(
      now,
      value,
      `the argument \`${name}\` ${value} instead of ${now}`,
      (of) => ({
        ...of,
        arguments: { ...of.arguments, number: { ...of.arguments.number, [name]: value } },
      }),
    ),
  );
}
