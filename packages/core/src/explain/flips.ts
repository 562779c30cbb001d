import type { Bundle } from "../bundle.ts";
import { decide } from "../decide/decide.ts";
import type { Decision, Reason } from "../decision.ts";
import type { Facts } from "../facts.ts";
import { OUTCOMES, type Outcome } from "../vocabulary.ts";
import type { Edit, Target } from "./edit.ts";
import { editsOf } from "./edits.ts";
import type { FlipSearch } from "./explanation.ts";
import {
  MAX_CHANGES,
  MAX_EDITS,
  MAX_FLIPS,
  MAX_PROBES,
  MAX_TRIAL_REQUESTS,
  MAX_TRIALS,
} from "./limits.ts";
import { type Closeness, closenessOf } from "./policies.ts";
import { lookedAt } from "./questions.ts";
import { mentionsOf } from "./reads.ts";
import { remediesOf } from "./remedies.ts";
import type { WrittenClause } from "./written.ts";

/** Facts on the way to another outcome, and what was changed to get there. */
interface Step {
  readonly facts: Facts;
  readonly decision: Decision;
  readonly edits: readonly Edit[];
}

/**
 * The smallest change of facts that gives another outcome: a weaker one for what was refused, a
 * refusal for what went ahead. Each step changes one fact that the deciding policies read and decides
 * again, so a proposal is never a guess. Breadth first: what is found first is smallest.
 */
export function flipsOf(bundle: Bundle, facts: Facts, decision: Decision): FlipSearch {
  const requests = facts.effects.length * facts.chain.length;
  const most = Math.min(MAX_TRIALS, Math.floor(MAX_TRIAL_REQUESTS / Math.max(1, requests)));
  let trials = 0;
  let probes = MAX_PROBES;
  let complete = true;
  let steps: readonly Step[] = [{ facts, decision, edits: [] }];
  for (let changes = 1; changes <= MAX_CHANGES; changes += 1) {
    const next: Step[] = [];
    for (const step of steps) {
      const candidates = candidatesOf(bundle, step, decision.outcome, probes);
      probes -= candidates.probes;
      complete &&= candidates.complete;
      for (const edit of candidates.edits) {
        if (step.edits.some(({ key }) => key === edit.key)) continue;
        if (trials >= most) {
          complete = false;
          break;
        }
        trials += 1;
        const changed = edit.apply(step.facts);
        const again = decide(bundle, changed);
        // Facts that no analyzer could have made say nothing about the action.
        if (again.reasons.some(({ code }) => code === "facts.invalid")) continue;
        next.push({ facts: changed, decision: again, edits: [...step.edits, edit] });
      }
    }
    const flipped = next.filter((step) => flips(decision.outcome, step.decision.outcome));
    if (flipped.length > 0) return { flips: reported(flipped), changes, trials, complete };
    steps = next;
  }
  return { flips: [], changes: MAX_CHANGES, trials, complete };
}

/** Refused before: weaker now. Gone ahead before: refused now. */
function flips(before: Outcome, after: Outcome): boolean {
  const [from, to] = [OUTCOMES.indexOf(before), OUTCOMES.indexOf(after)];
  const refusals = OUTCOMES.indexOf("log");
  return from < refusals ? to > from : to < refusals;
}

/** The one that opens most first; of edits of one fact only the first, which is the nearest. */
function reported(steps: readonly Step[]): FlipSearch["flips"] {
  const strength = (step: Step): number => OUTCOMES.indexOf(step.decision.outcome);
  const seen = new Set<string>();
  return [...steps]
    .sort((a, b) => strength(b) - strength(a))
    .filter(({ edits }) => {
      const keys = edits
        .map(({ key }) => key)
        .sort()
        .join("\n");
      return !seen.has(keys) && seen.add(keys);
    })
    .slice(0, MAX_FLIPS)
    .map(({ edits, decision }) => ({
      outcome: decision.outcome,
      changes: edits.map(({ fact, from, to, words }) => ({ fact, from, to, words })),
    }));
}

/** The edits that could bring a step on, in a fixed order and up to their limit. */
function candidatesOf(
  bundle: Bundle,
  { facts, decision }: Step,
  before: Outcome,
  most: number,
): { readonly edits: readonly Edit[]; readonly probes: number; readonly complete: boolean } {
  const looked = lookedAt(bundle, facts, decision);
  const environments = looked.map(({ environment }) => environment);
  const targets = looked.map(({ question }) => ({
    effects: [question.effect],
    member: question.member,
  }));
  const opens = before === "block" || before === "require_approval";
  // A permit can only help where none permits; a forbid, where none forbids.
  const wanted = opens ? decision.reasons.some(({ code }) => code === "default_deny") : true;
  const closeness = closenessOf(bundle, wanted ? environments : [], most);
  const edits = [
    ...remediesOf(bundle, facts, decision),
    ...decidingEdits(bundle, facts, decision),
    ...lackingEdits(facts, opens ? closeness.permits : closeness.forbids, targets, decision),
  ];
  const distinct = new Map(edits.map((edit) => [`${edit.fact} ${JSON.stringify(edit.to)}`, edit]));
  return {
    edits: [...distinct.values()].slice(0, MAX_EDITS),
    probes: closeness.probes,
    complete: distinct.size <= MAX_EDITS && closeness.complete,
  };
}

/** What the deciding policies read, changed in every effect that they decide. */
function decidingEdits(bundle: Bundle, facts: Facts, decision: Decision): readonly Edit[] {
  const byPolicy = new Map<string, Reason[]>();
  for (const reason of decision.reasons)
    if (reason.policy !== null && reason.outcome === decision.outcome)
      byPolicy.set(reason.policy, [...(byPolicy.get(reason.policy) ?? []), reason]);
  return [...byPolicy].flatMap(([id, reasons]) => {
    const written = bundle.written.policy(id);
    if (written === null) return [];
    const effects = [...new Set(reasons.flatMap(({ effect }) => effect ?? []))].sort(
      (a, b) => a - b,
    );
    const member = facts.chain.findIndex(
      ({ type, id: who }) => type === reasons[0]?.member?.type && who === reasons[0].member.id,
    );
    return editsOfClauses(facts, written.clauses, { effects, member });
  });
}

/** What policies lack that could decide otherwise. */
function lackingEdits(
  facts: Facts,
  lacking: Closeness["permits"],
  targets: readonly Target[],
  decision: Decision,
): readonly Edit[] {
  const denied = decision.reasons.filter(({ code }) => code === "default_deny");
  return lacking.flatMap(({ clauses, question }) => {
    // Where nothing permits several effects, they have to become permitted together.
    const effects = denied.flatMap(({ effect }) => effect ?? []);
    return targets.slice(question, question + 1).flatMap((target) => {
      const together = [...new Set([...target.effects, ...effects])].sort((a, b) => a - b);
      return editsOfClauses(facts, clauses, { ...target, effects: together });
    });
  });
}

function editsOfClauses(
  facts: Facts,
  clauses: readonly WrittenClause[],
  target: Target,
): readonly Edit[] {
  return clauses
    .filter(({ part }) => part !== "action")
    .flatMap(({ expression }) => editsOf(facts, mentionsOf(expression), target));
}
