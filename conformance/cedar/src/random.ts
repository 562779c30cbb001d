/** A seeded source of choices: the same seed makes the same choices on every machine. */
export interface Chooser {
  /** An integer from 0 to below `n`. */
  below(n: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Each item with this probability. */
  some<T>(list: readonly T[], probability: number): T[];
}

/** Mulberry32, a public-domain 32-bit generator. */
export function chooser(seed: number): Chooser {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    below,
    chance: (probability) => next() < probability,
    pick: (list) => list[below(list.length)] as (typeof list)[number],
    some: (list, probability) => list.filter(() => next() < probability),
  };
}
