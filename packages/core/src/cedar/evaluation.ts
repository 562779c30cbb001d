import type { Evaluation } from "../engine.ts";
import type { Environment } from "./environment.ts";
import { failureOf } from "./errors.ts";
import type { CompiledPolicy } from "./policy.ts";

/** Collects what the policies in scope say: permits and forbids alike, none skipped for another. */
export interface Collector {
  /** Evaluates the conditions of a policy whose scope holds. */
  add(policy: CompiledPolicy): void;
  result(): Evaluation;
}

export function evaluationOf(env: Environment): Collector {
  const permits: string[] = [];
  const forbids: string[] = [];
  const errors: { policy: string; message: string }[] = [];
  return {
    add: (policy) => {
      try {
        if (policy.holds(env)) (policy.effect === "permit" ? permits : forbids).push(policy.id);
      } catch (caught) {
        errors.push({ policy: policy.id, message: failureOf(caught).message });
      }
    },
    result: () => ({
      permits: permits.length < 2 ? permits : permits.sort(),
      forbids: forbids.length < 2 ? forbids : forbids.sort(),
      errors: errors.length < 2 ? errors : errors.sort((a, b) => (a.policy < b.policy ? -1 : 1)),
      invalid: null,
    }),
  };
}
