import {
  type AuthorizationRequest,
  type Bundle,
  type Decision,
  decide,
  type Outcome,
  ok,
  type Reason,
  type Result,
} from "@bylaw/core";
import { type DecisionCase, factsOfCase, namesOf, observedIn } from "../cases.ts";
import { type LoadError, placeOf, type SourcePlace } from "../errors.ts";
import {
  type BundleInput,
  compileSet,
  type Policy,
  type PolicySet,
  readPolicySet,
} from "../load.ts";
import { headSpan } from "../split.ts";
import type { PlacedCase } from "./file.ts";
import { nearMiss } from "./near-miss.ts";

export interface CaseResult {
  readonly name: string;
  /** Where the case stands in its file. */
  readonly line: number;
  readonly column: number;
  readonly failure: CaseFailure | null;
  /** Policies that determined the outcome, or would have in another mode. */
  readonly determining: readonly string[];
}

export interface CaseFailure {
  readonly expected: Verdict;
  /** Null when the case itself means nothing; `error` says why. */
  readonly got: Verdict | null;
  readonly error: string | null;
  /** Reasons that were expected and did not decide. */
  readonly missing: readonly Missing[];
  /** Reasons that decided and were not expected. */
  readonly surplus: readonly Surplus[];
}

export interface Verdict {
  readonly outcome: Outcome;
  readonly because: readonly string[];
  /** Null where the case does not say. */
  readonly wouldHave: readonly string[] | null;
}

export interface Missing {
  readonly name: string;
  /** Why it did not decide, as far as that can be told. */
  readonly why: string;
  readonly place: SourcePlace | null;
}

export interface Surplus {
  readonly name: string;
  readonly code: string;
  readonly text: string;
  readonly place: SourcePlace | null;
}

/** One policy of the set, and whether some case made it determining. */
export interface PolicyCoverage {
  readonly id: string;
  readonly place: SourcePlace;
  readonly determining: boolean;
}

export interface TestRun {
  readonly results: readonly CaseResult[];
  readonly policies: readonly PolicyCoverage[];
}

/** Decides every case against one set of policies. Refused when the policies do not load. */
export async function runCases(
  input: Pick<BundleInput, "sources" | "closed">,
  cases: readonly PlacedCase[],
): Promise<Result<TestRun, readonly LoadError[]>> {
  const set = await readPolicySet(input);
  if (!set.ok) return set;
  const bundle = await compileSet(set.value);
  if (!bundle.ok) return bundle;
  const results: CaseResult[] = [];
  for (const one of cases) results.push(await runCase(set.value, bundle.value, one));
  const seen = new Set(results.flatMap(({ determining }) => determining));
  const policies = set.value.policies.map(({ meta, statement }) => ({
    id: meta.id,
    place: placeOf(headSpan(statement)),
    determining: seen.has(meta.id),
  }));
  return ok({ results, policies });
}

async function runCase(
  set: PolicySet,
  bundle: Bundle,
  { given, line, column }: PlacedCase,
): Promise<CaseResult> {
  const { name } = given;
  const asked: AuthorizationRequest[] = [];
  let decision: Decision;
  try {
    decision = decide(watched(bundle, asked), factsOfCase(bundle, given));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const empty = { missing: [], surplus: [], got: null, error: message };
    return {
      name,
      line,
      column,
      determining: [],
      failure: { expected: expectedOf(given), ...empty },
    };
  }
  const determining = [
    ...decision.reasons
      .filter(({ outcome }) => outcome === decision.outcome)
      .flatMap(({ policy }) => policy ?? []),
    ...observedIn(decision),
  ];
  const failure = await failureIn(set, bundle, given, decision, asked);
  return { name, line, column, failure, determining: [...new Set(determining)].sort() };
}

/** The bundle, with every question to its engine noted down. */
function watched(bundle: Bundle, asked: AuthorizationRequest[]): Bundle {
  const evaluate: Bundle["engine"]["evaluate"] = (request) => {
    asked.push(request);
    return bundle.engine.evaluate(request);
  };
  return { ...bundle, engine: { evaluate } };
}

function expectedOf({ expect, because, wouldHave }: DecisionCase): Verdict {
  return {
    outcome: expect,
    because: [...new Set(because)].sort(),
    wouldHave: wouldHave === undefined ? null : [...new Set(wouldHave)].sort(),
  };
}

async function failureIn(
  set: PolicySet,
  bundle: Bundle,
  given: DecisionCase,
  decision: Decision,
  asked: readonly AuthorizationRequest[],
): Promise<CaseFailure | null> {
  const expected = expectedOf(given);
  const observed = observedIn(decision);
  const got: Verdict = {
    outcome: decision.outcome,
    because: namesOf(decision),
    wouldHave: expected.wouldHave === null ? null : observed,
  };
  if (same(expected, got)) return null;
  const wanted = [...expected.because, ...(expected.wouldHave ?? [])];
  const came = [...got.because, ...(got.wouldHave ?? [])];
  const missing: Missing[] = [];
  for (const name of wanted.filter((one) => !came.includes(one)))
    missing.push(await missingOf(set, bundle, name, decision, asked));
  const surplus = came
    .filter((name) => !wanted.includes(name))
    .map((name) => surplusOf(set, name, decision));
  return { expected, got, error: null, missing, surplus };
}

function same(a: Verdict, b: Verdict): boolean {
  const text = ({ outcome, because, wouldHave }: Verdict): string =>
    JSON.stringify([outcome, because, wouldHave]);
  return text(a) === text(b);
}

async function missingOf(
  set: PolicySet,
  bundle: Bundle,
  name: string,
  decision: Decision,
  asked: readonly AuthorizationRequest[],
): Promise<Missing> {
  const policy = policyNamed(set, name);
  if (policy === null) {
    const why = /^[a-z_]+(\.[a-z_]+)*$/.test(name) ? "did not occur" : "no policy has this id";
    return { name, why, place: null };
  }
  const place = placeOf(headSpan(policy.statement));
  const weaker = decision.reasons.find((reason) => reason.policy === policy.meta.id);
  if (weaker !== undefined) {
    const why = `it matched and said ${weaker.outcome}, but ${decision.outcome} is stronger`;
    return { name, why, place };
  }
  return { name, place, why: await nearMiss(bundle, policy, set, asked) };
}

function surplusOf(set: PolicySet, name: string, { reasons, wouldHave }: Decision): Surplus {
  const policy = policyNamed(set, name);
  const of = (one: Reason): boolean =>
    policy === null ? one.code === name : one.policy === policy.meta.id;
  const reason = reasons.find(of) ?? wouldHave.find(of);
  return {
    name,
    code: reason?.code ?? name,
    text: reason?.text ?? "",
    place: policy === null ? null : placeOf(headSpan(policy.statement)),
  };
}

/** `g0`, and also `grant.expired g0`. */
function policyNamed({ policies }: PolicySet, name: string): Policy | null {
  const id = name.split(" ").at(-1);
  return policies.find(({ meta }) => meta.id === id) ?? null;
}
