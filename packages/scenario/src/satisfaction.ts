import { type ExpectedFailures, holds } from "./expected.ts";
import type { Run } from "./run.ts";

/** How many of several ways are as they should be, and how sure that is. */
export interface Satisfaction {
  readonly satisfied: number;
  readonly of: number;
  /** From 0 to 1; null of nothing. */
  readonly share: number | null;
  /** Wilson's interval of the share, at 95 %. */
  readonly interval: readonly [low: number, high: number];
}

/** A file's satisfaction beside what it asks for. */
export interface FileSatisfaction extends Satisfaction {
  readonly file: string;
  /** Per cent that the low end of the interval must reach; null: every way has to be satisfied. */
  readonly atLeast: number | null;
  readonly passed: boolean;
}

/** Standard deviations on either side that hold 95 % of a normal distribution. */
const Z = 1.959_963_984_540_054;

/**
 * E. B. Wilson's score interval for a share, which stays honest for few and for extreme counts
 * (J. Am. Stat. Assoc. 22, 1927, 209-212). Of nothing: everything from 0 to 1.
 */
export function wilson(satisfied: number, of: number): Satisfaction["interval"] {
  if (of === 0) return [0, 1];
  const share = satisfied / of;
  const spread = Z * Math.sqrt((share * (1 - share)) / of + (Z * Z) / (4 * of * of));
  const middle = share + (Z * Z) / (2 * of);
  const scale = 1 + (Z * Z) / of;
  // At the ends the exact bound is the end itself, and rounding must not move it.
  const low = satisfied === 0 ? 0 : (middle - spread) / scale;
  return [low, satisfied === of ? 1 : (middle + spread) / scale];
}

/** In: runs, one for each way and gateway. Out: how many are as they should be. */
export function satisfactionOf(runs: readonly Run[], expected: ExpectedFailures): Satisfaction {
  const satisfied = runs.filter((run) => holds(run, expected)).length;
  const of = runs.length;
  return {
    satisfied,
    of,
    share: of === 0 ? null : satisfied / of,
    interval: wilson(satisfied, of),
  };
}

/** The same for each file, in their order, with whether it reaches what it asks for. */
export function satisfactionByFile(
  runs: readonly Run[],
  expected: ExpectedFailures,
): readonly FileSatisfaction[] {
  return [...new Set(runs.map(({ file }) => file))].map((file) => {
    const own = runs.filter((run) => run.file === file);
    const one = satisfactionOf(own, expected);
    const atLeast = own[0]?.atLeast ?? null;
    const passed = atLeast === null ? one.satisfied === one.of : one.interval[0] * 100 >= atLeast;
    return { file, ...one, atLeast, passed };
  });
}
