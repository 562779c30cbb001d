import type { Bundle } from "../bundle.ts";
import type { Coverage } from "../decide/approvals.ts";
import type { Grade } from "../decide/grade.ts";
import { builtIn, NOWHERE } from "../decide/reasons.ts";
import type { Reason, ThreatMatch } from "../decision.ts";
import type { Facts, ShieldMatch } from "../facts.ts";
import {
  type Condition,
  conditionKey,
  MATCHED_ON,
  type ShieldAction,
  type ShieldEntry,
} from "./entry.ts";
import { alignedScope } from "./scopes.ts";
import { policyId, type Shield } from "./shield.ts";

/** From here on an entry is taken at its word (SHIELD.md v0.1, confidence threshold). */
const CONFIDENT = 0.85;

const NOTHING: Grade = {
  reasons: [],
  wouldHave: [],
  permits: [],
  waived: [],
  held: [],
  limited: [],
};

/**
 * What the SHIELD entries of a bundle come to. They only strengthen: nothing in here permits, and
 * where no entry matches there is no reason at all.
 */
export function gradeShield(bundle: Bundle, facts: Facts, coverage: Coverage): Grade {
  const { shield } = bundle;
  if (shield === null) return NOTHING;
  if (facts.shield?.asked !== shield.asked) return blocked("shield.not_asked");
  if (!facts.shield.complete) return blocked("shield.incomplete");
  const found = new Map(facts.shield.matches.map((match) => [conditionKey(match), match]));
  const grade = {
    ...NOTHING,
    reasons: [] as Reason[],
    waived: [] as Grade["waived"][number][],
    held: [] as Grade["held"][number][],
  };
  for (const entry of concerned(shield, found)) {
    const verdict = eligible(entry, facts.now) ? judge(entry, shield, facts, found) : null;
    const policy = shield.policies.get(policyId(entry));
    if (verdict === null || policy === undefined) continue;
    const answer = verdict.action === "require_approval" ? coverage(policy) : null;
    if (answer !== null) {
      grade.waived.push({ policy, answer });
      continue;
    }
    grade.reasons.push(reasonOf(entry, verdict));
    if (verdict.action === "require_approval")
      grade.held.push({ ...policy, reason: reasonOf(entry, verdict).text });
  }
  return grade;
}

/** An entry is ignored from its end on, and once it was revoked. */
export function eligible({ expires, revoked }: ShieldEntry, now: string): boolean {
  return !revoked && (expires === null || now < expires);
}

/** In the order of the files, so that equal inputs give equal decisions. */
function concerned(
  shield: Shield,
  found: ReadonlyMap<string, ShieldMatch>,
): readonly ShieldEntry[] {
  const entries = new Set(shield.partial);
  for (const key of found.keys())
    for (const entry of shield.byCondition.get(key) ?? []) entries.add(entry);
  return [...entries].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** How one entry decides: its action, and what it rests on. */
interface Verdict {
  readonly action: ShieldAction;
  readonly code: "shield.match" | "shield.uncertain" | "shield.unparsed";
  readonly match: ShieldMatch | null;
  readonly threat: ThreatMatch;
}

function judge(
  entry: ShieldEntry,
  { settings }: Shield,
  facts: Facts,
  found: ReadonlyMap<string, ShieldMatch>,
): Verdict | null {
  const verdicts: Verdict[] = [];
  const add = (match: ShieldMatch, decided: ShieldAction): void => {
    const action = confident(entry, decided);
    // What nobody can tell is asked about, unless it would only have been noted.
    const asks = !match.certain && action === "block" ? "require_approval" : action;
    const code = match.certain ? "shield.match" : "shield.uncertain";
    verdicts.push({ action: asks, code, match, threat: threatOf(entry, match) });
  };
  for (const directive of entry.directives) {
    const own = entry.written === 1 ? entry.action : directive.verb;
    const decided =
      settings.conflict === "strictest" ? stronger(entry.action, directive.verb) : own;
    for (const all of directive.any) {
      const match = together(all, found);
      if (match !== null) add(match, decided);
    }
  }
  for (const indicator of entry.indicators) {
    const match = found.get(conditionKey(indicator));
    if (match !== undefined) add(match, entry.action);
  }
  const unread = settings.unparsed === "require_approval" && entry.unparsed.length > 0;
  const scope = unread ? alignedScope(entry.category, facts) : null;
  if (scope !== null) {
    const threat = { ...threatOf(entry, null), scope };
    verdicts.push({ action: "require_approval", code: "shield.unparsed", match: null, threat });
  }
  return verdicts.reduce<Verdict | null>(
    (best, one) => (best === null || rank(one) < rank(best) ? one : best),
    null,
  );
}

/** The match that a conjunction is told by: the first one that is uncertain, else the first. */
function together(
  all: readonly Condition[],
  found: ReadonlyMap<string, ShieldMatch>,
): ShieldMatch | null {
  const matches = all.map((condition) => found.get(conditionKey(condition)));
  const whole = matches.filter((match) => match !== undefined);
  if (whole.length < all.length) return null;
  return whole.find(({ certain }) => !certain) ?? whole[0] ?? null;
}

/** Below the threshold a person is asked, whatever the action; only a critical block stays one. */
function confident({ confidence, severity }: ShieldEntry, action: ShieldAction): ShieldAction {
  if (confidence >= CONFIDENT || (action === "block" && severity === "critical")) return action;
  return "require_approval";
}

const STRENGTH: Readonly<Record<ShieldAction, number>> = { block: 0, require_approval: 1, log: 2 };

function stronger(a: ShieldAction, b: ShieldAction): ShieldAction {
  return STRENGTH[a] <= STRENGTH[b] ? a : b;
}

/** Strongest first; of equals what is certain, then what was read at all. */
function rank({ action, code }: Verdict): number {
  const told = code === "shield.match" ? 0 : code === "shield.uncertain" ? 1 : 2;
  return STRENGTH[action] * 3 + told;
}

function threatOf({ id, fingerprint }: ShieldEntry, match: ShieldMatch | null): ThreatMatch {
  return {
    id,
    fingerprint,
    scope: match?.scope ?? "tool.call",
    matchedOn: match === null ? null : MATCHED_ON[match.kind],
    value: match?.value ?? null,
  };
}

function reasonOf(entry: ShieldEntry, { action, code, match, threat }: Verdict): Reason {
  return {
    code,
    outcome: action,
    policy: policyId(entry),
    effect: match?.effect ?? null,
    member: null,
    text: textOf(action, code, threat),
    threat,
  };
}

function textOf(
  action: ShieldAction,
  code: Verdict["code"],
  { id, matchedOn, value }: ThreatMatch,
): string {
  const matched = `Threat matched: ${id}. Match: ${matchedOn}=${value}.`;
  // The format prescribes this sentence to the letter.
  if (action === "block") return `Blocked. ${matched}`;
  if (code === "shield.unparsed")
    return `Threat ${id} is about actions of this kind, and part of it could not be read. Go ahead?`;
  if (action === "log") return `Logged. ${matched}`;
  return code === "shield.match"
    ? `${matched} Go ahead?`
    : `Threat ${id} cannot be ruled out. Compared: ${matchedOn}=${value}. Go ahead?`;
}

function blocked(code: string): Grade {
  return { ...NOTHING, reasons: [builtIn(code, "block", null, NOWHERE)] };
}
