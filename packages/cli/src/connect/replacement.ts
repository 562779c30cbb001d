/** A stretch of a text. */
export interface Place {
  /** UTF-16 offsets; `end` exclusive. */
  readonly start: number;
  readonly end: number;
}

/** One stretch of a text and what stands there afterwards. */
export interface Replacement extends Place {
  readonly text: string;
}

/** In: stretches that do not overlap, in any order. */
export function replaced(text: string, replacements: readonly Replacement[]): string {
  const backwards = [...replacements].sort((a, b) => b.start - a.start);
  return backwards.reduce(
    (rest, { start, end, text: put }) => rest.slice(0, start) + put + rest.slice(end),
    text,
  );
}

/** A stretch that is known by a name. */
export interface Named extends Place {
  readonly name: string;
}

/**
 * Puts back what still is as Bylaw left it, whatever else was changed in the text since. In: the text now,
 * before Bylaw wrote it and after; what each has, null where it cannot be read. Out: null where one of them
 * cannot.
 */
export function putBack(
  [now, before, after]: readonly [now: string, before: string, after: string],
  partsOf: (text: string) => readonly Named[] | null,
): string | null {
  const [parts, then, ours] = [partsOf(now), partsOf(before), partsOf(after)];
  if (parts === null || then === null || ours === null) return null;
  const [original, left] = [written(before, then), written(after, ours)];
  const changes = parts.flatMap(({ name, start, end }): readonly Replacement[] => {
    const text = original.get(name);
    return text === undefined || left.get(name) !== now.slice(start, end)
      ? []
      : [{ start, end, text }];
  });
  return replaced(now, changes);
}

function written(text: string, parts: readonly Named[]): ReadonlyMap<string, string> {
  return new Map(parts.map(({ name, start, end }) => [name, text.slice(start, end)]));
}
