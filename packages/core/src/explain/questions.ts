import type { Bundle } from "../bundle.ts";
import type { Environment } from "../cedar/environment.ts";
import { type Question, questionsOf } from "../decide/context.ts";
import type { Decision, Reason } from "../decision.ts";
import { type Facts, placeOf } from "../facts.ts";
import { environmentOf } from "./environment.ts";
import { MAX_QUESTIONS } from "./limits.ts";

/** A question with what its clauses are read against. */
export interface Looked {
  readonly question: Question;
  readonly environment: Environment;
}

/** The questions that the reasons are about, the deciding ones first, then the others up to the limit. */
export function lookedAt(bundle: Bundle, facts: Facts, decision: Decision): readonly Looked[] {
  const all = questionsOf(facts);
  const named = decision.reasons.flatMap((reason) => questionOf(all, facts, reason) ?? []);
  const distinct = [...new Set([...named, ...all])].slice(0, MAX_QUESTIONS);
  return distinct.flatMap((question) => {
    const environment = environmentOf(question, bundle.written.actions);
    return environment === null ? [] : [{ question, environment }];
  });
}

/** The question that a reason is about; null for one that is about the whole action. */
export function questionOf(
  questions: readonly Question[],
  facts: Facts,
  { effect, member }: Pick<Reason, "effect" | "member">,
): Question | null {
  if (effect === null || member === null) return null;
  const place = placeOf(facts.chain, member);
  return questions.find((one) => one.effect === effect && one.member === place) ?? null;
}
