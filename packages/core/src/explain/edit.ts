import type { Effect, Facts } from "../facts.ts";
import type { Json } from "../json/json.ts";
import type { Change } from "./explanation.ts";
import type { Mentions } from "./reads.ts";

/** One fact that could be different, and the Facts in which it is. */
export interface Edit extends Change {
  /** Edits of one fact share it: of several that flip the outcome, the first is reported. */
  readonly key: string;
  readonly apply: (facts: Facts) => Facts;
}

/** Effects that an edit changes together, and the member of the chain that was asked about. */
export interface Target {
  readonly effects: readonly number[];
  readonly member: number;
}

export type Build = (from: Json, to: Json, words: string, apply: Edit["apply"]) => Edit;

export function editAt(fact: string): Build {
  return (from, to, words, apply) => ({ key: fact, fact, from, to, words, apply });
}

export function onEffects(target: Target, change: (effect: Effect) => Effect): Edit["apply"] {
  return (facts) => ({
    ...facts,
    effects: facts.effects.map((effect, index) =>
      target.effects.includes(index) ? change(effect) : effect,
    ),
  });
}

/** `effects[0].quantity`, or `effects[0,2].quantity` where the change is made in several. */
export function effectPath(target: Target, path: string): string {
  return `effects[${target.effects.join(",")}].${path}`;
}

/** Thresholds to either side of every number that the clause names, the nearest first. */
export function thresholds(mentions: Mentions, now: number): readonly number[] {
  const all = mentions.integers.flatMap((value) => [value - 1, value, value + 1]);
  return [...new Set(all)]
    .filter((value) => Number.isSafeInteger(value) && value >= 0 && value !== now)
    .sort((a, b) => Math.abs(a - now) - Math.abs(b - now) || a - b);
}

export function toggle(
  fact: string,
  name: string,
  now: boolean,
  apply: (to: boolean) => Edit["apply"],
): Edit {
  return editAt(fact)(now, !now, `${name} ${!now} instead of ${now}`, apply(!now));
}

export function choices<T extends string>(
  fact: string,
  name: string,
  now: T,
  all: readonly T[],
  apply: (to: T) => Edit["apply"],
): readonly Edit[] {
  return all
    .filter((value) => value !== now)
    .map((value) =>
      editAt(fact)(now, value, `${name} "${value}" instead of "${now}"`, apply(value)),
    );
}

/** What is now there goes singly or as a whole; what the clause names comes in. */
export function listEdits<T extends string>(
  fact: string,
  name: string,
  now: readonly T[],
  named: readonly T[],
  apply: (to: readonly T[]) => Edit["apply"],
): readonly Edit[] {
  const build = editAt(fact);
  const without = now.map((gone) =>
    build(
      [...now],
      now.filter((id) => id !== gone),
      `${name} without "${gone}"`,
      apply(now.filter((id) => id !== gone)),
    ),
  );
  const none = now.length > 1 ? [build([...now], [], `no ${name}`, apply([]))] : [];
  const added = named
    .filter((id) => !now.includes(id))
    .map((id) => build([...now], [...now, id], `${name} with "${id}"`, apply([...now, id])));
  return [...without, ...none, ...added];
}

export function namedOf(mentions: Mentions, type: string): readonly string[] {
  return mentions.entities.filter((ref) => ref.type === type).map(({ id }) => id);
}
