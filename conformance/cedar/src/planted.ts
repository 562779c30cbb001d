import { bylaw, type Evaluator } from "./differential.ts";

/** Evaluators with a defect planted in each: a gate that stays green for one of them is broken. */
export const PLANTED: Readonly<Record<string, Evaluator>> = {
  /** The last policy of the set never reaches a list of the index. */
  "index off by one": (sources) => bylaw(true)(sources.slice(0, -1)),

  /** A forbid that fails is dropped without a trace. */
  "erroring forbid skipped": (sources) => {
    const answer = bylaw(true)(sources);
    const forbids = new Set(
      sources.filter(({ est }) => est["effect"] === "forbid").map(({ id }) => id),
    );
    return (asked) => {
      const evaluation = answer(asked);
      const errors = evaluation.errors.filter(({ policy }) => !forbids.has(policy));
      return { ...evaluation, errors };
    };
  },

  /** As Cedar's own answer has it: who is forbidden is not asked whether it was permitted. */
  "permits beside a forbid lost": (sources) => {
    const answer = bylaw(true)(sources);
    return (asked) => {
      const evaluation = answer(asked);
      return evaluation.forbids.length > 0 ? { ...evaluation, permits: [] } : evaluation;
    };
  },
};
