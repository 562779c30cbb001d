import { readFileSync } from "node:fs";
import {
  type AuthorizationAnswer,
  type Entities,
  type PolicySet,
  preparsePolicySet,
  type StatefulAuthorizationCall,
  schemaToJson,
  statefulIsAuthorized,
} from "@cedar-policy/cedar-wasm/nodejs";
import { evaluateByReference } from "../../../packages/core/dist/cedar/reference.js";
import {
  compilePolicies,
  type EntityInput,
  type Evaluation,
  type ExactJson,
  type ExactObject,
  entityStore,
  prepareContext,
  readActions,
} from "../../../packages/core/dist/index.js";
import { policy } from "./policies.ts";
import { type Chooser, chooser } from "./random.ts";
import { type Question, question } from "./world.ts";

const QUESTIONS_PER_SET = 4;
const SET_SIZE = { least: 2, most: 50 } as const;

export interface Source {
  readonly id: string;
  readonly est: ExactObject;
}

/** An evaluator under test: compiles a set, then answers. */
export type Evaluator = (sources: readonly Source[]) => (asked: Question) => Evaluation;

export interface DifferentialReport {
  readonly seed: number;
  sets: number;
  policies: number;
  requests: number;
  /** Requests with at least one satisfied permit, satisfied forbid, failing policy. */
  readonly seen: { permits: number; forbids: number; errors: number };
  /** `seed question evaluator: expected / got` of every difference. */
  readonly mismatches: string[];
}

const text = readFileSync(new URL("../testdata/bylaw.cedarschema", import.meta.url), "utf8");
const converted = schemaToJson(text);
if (converted.type === "failure") throw new Error(converted.errors[0]?.message);
const SCHEMA = converted.json as unknown as ExactJson;
const declared = readActions(SCHEMA);
if (!declared.ok) throw new Error(declared.error.message);
const ACTION_ENTITIES: readonly EntityInput[] = declared.value.actions;

export function bylaw(index: boolean): Evaluator {
  return (sources) => {
    const engine = compilePolicies(sources, SCHEMA, { index });
    if (!engine.ok) throw new Error(`${engine.error.code} at ${engine.error.path}`);
    return ({ entities, context, ...asked }) => {
      const store = entityStore(entities);
      const read = prepareContext(context);
      if (!store.ok || !read.ok) throw new Error("the question cannot be read");
      const record = read.value.record;
      return engine.value.authorize({ ...asked, context: record, store: store.value });
    };
  };
}

export const REFERENCE: Evaluator = (sources) => (asked) =>
  evaluateByReference(sources, { ...asked, entities: [...asked.entities, ...ACTION_ENTITIES] });

/** Compares evaluators with cedar-wasm on `sets` random policy sets; set n has the seed `seed + n`. */
export function runDifferential(
  seed: number,
  sets: number,
  evaluators: Readonly<Record<string, Evaluator>>,
): DifferentialReport {
  const seen = { permits: 0, forbids: 0, errors: 0 };
  const report = { seed, sets: 0, policies: 0, requests: 0, seen, mismatches: [] as string[] };
  for (let n = 0; n < sets; n += 1) {
    const choose = chooser(seed + n);
    const sources = policySet(choose);
    const oracle = cedarWasm(sources);
    const answers = Object.entries(evaluators).map(
      ([name, evaluator]) => [name, evaluator(sources)] as const,
    );
    report.sets += 1;
    report.policies += sources.length;
    for (let i = 0; i < QUESTIONS_PER_SET; i += 1) {
      const asked = question(choose);
      const expected = oracle(asked);
      report.requests += 1;
      for (const part of ["permits", "forbids", "errors"] as const)
        if (expected[part].length > 0) seen[part] += 1;
      for (const [name, answer] of answers) {
        const got = summary(answer(asked));
        if (JSON.stringify(got) !== JSON.stringify(expected))
          report.mismatches.push(
            `seed ${seed + n} question ${i} ${name}: ${JSON.stringify(expected)} / ${JSON.stringify(got)}`,
          );
      }
    }
  }
  return report;
}

function policySet(choose: Chooser): Source[] {
  const size = SET_SIZE.least + choose.below(SET_SIZE.most - SET_SIZE.least + 1);
  return Array.from({ length: size }, (_, n) => ({ id: `policy-${n}`, est: policy(choose) }));
}

interface Summary {
  readonly permits: readonly string[];
  readonly forbids: readonly string[];
  readonly errors: readonly string[];
}

function summary({ permits, forbids, errors, invalid }: Evaluation): Summary {
  if (invalid !== null) throw new Error(`${invalid.code} ${invalid.message}`);
  return { permits, forbids, errors: errors.map((error) => error.policy) };
}

/**
 * What cedar-wasm says. Its answer names either forbids or permits, so the permits beside a forbid
 * take a second question to the permits alone.
 */
function cedarWasm(sources: readonly Source[]): (asked: Question) => Summary {
  prepare("all", sources);
  prepare(
    "permits",
    sources.filter(({ est }) => est["effect"] === "permit"),
  );
  return (asked) => {
    const { decision, reason, errors } = ask("all", asked);
    if (decision === "allow") return { permits: reason, forbids: [], errors };
    const permits = ask("permits", asked);
    if (reason.length === 0 && permits.reason.length > 0)
      throw new Error("cedar-wasm denies what it permits and does not forbid");
    return { permits: permits.reason, forbids: reason, errors };
  };
}

function prepare(name: string, sources: readonly Source[]): void {
  const staticPolicies = Object.fromEntries(sources.map(({ id, est }) => [id, est]));
  const prepared = preparsePolicySet(name, { staticPolicies } as unknown as PolicySet);
  if (prepared.type === "failure") throw new Error(prepared.errors[0]?.message);
}

function ask(name: string, { principal, action, resource, context, entities }: Question) {
  const answer: AuthorizationAnswer = statefulIsAuthorized({
    principal,
    action,
    resource,
    context: context as StatefulAuthorizationCall["context"],
    entities: [...entities, ...ACTION_ENTITIES].map(({ type, id, parents, attrs, tags }) => ({
      uid: { type, id },
      parents: [...parents],
      attrs,
      ...(tags === undefined ? {} : { tags }),
    })) as Entities,
    preparsedPolicySetId: name,
  });
  if (answer.type === "failure") throw new Error(answer.errors[0]?.message);
  const { decision, diagnostics } = answer.response;
  const errors = diagnostics.errors.map(({ policyId }) => policyId).sort();
  return { decision, reason: [...diagnostics.reason].sort(), errors };
}
