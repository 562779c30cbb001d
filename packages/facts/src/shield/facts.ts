import type { ActionRequest, Shield, ShieldFacts } from "@bylaw/core";
import type { Analysis } from "../analyze.ts";
import { SHIELD_MATCHES_MAX } from "../limits.ts";
import type { AnalysisOps } from "../ops.ts";
import type { World } from "../world.ts";
import { createMatcher, type Matcher } from "./matcher.ts";
import { subjectOf } from "./subject.ts";

/** Matchers by bundle part and place: building one looks up links once instead of per action. */
const MATCHERS = new WeakMap<Shield, WeakMap<World, Matcher>>();

/**
 * Which SHIELD conditions hold for an action. The comparison happens here because Facts do not hold
 * a call's texts; what they get is the names of the conditions.
 */
export function shieldFacts(
  shield: Shield,
  world: World,
  request: ActionRequest,
  analysis: Analysis,
  ops: AnalysisOps,
): ShieldFacts {
  const matches = matcherOf(shield, world, ops)(subjectOf(request, analysis));
  if (matches === null || matches.length > SHIELD_MATCHES_MAX)
    return { asked: shield.asked, complete: false, matches: [] };
  return { asked: shield.asked, complete: true, matches };
}

function matcherOf(shield: Shield, world: World, ops: AnalysisOps): Matcher {
  const known = MATCHERS.get(shield) ?? new WeakMap<World, Matcher>();
  MATCHERS.set(shield, known);
  const matcher = known.get(world) ?? createMatcher(shield.conditions, world, ops);
  known.set(world, matcher);
  return matcher;
}
