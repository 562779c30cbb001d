import type { AuthorizationRequest, Engine, Evaluation } from "../engine.ts";
import type { EntityRef } from "../facts.ts";
import type { JsonObject } from "../json/json.ts";
import { fail, ok, type Result } from "../result.ts";
import { type ActionHierarchy, readActions } from "./actions.ts";
import { EMPTY_STORE, type EntityStore } from "./entities.ts";
import type { Environment, Slots } from "./environment.ts";
import { type CompileError, CompileRefusal, loading, RequestRefusal, reading } from "./errors.ts";
import { evaluationOf } from "./evaluation.ts";
import type { ExactJson } from "./exact-json.ts";
import { PreparedContext } from "./ingest.ts";
import { openContext } from "./lazy.ts";
import { POLICY_LIMITS, type PolicyLimits, REQUEST_LIMITS, type RequestLimits } from "./limits.ts";
import { type CompiledPolicy, compilePolicy, inScope } from "./policy.ts";
import { type Place, scopeIndex } from "./scope-index.ts";
import { openSlice } from "./slice.ts";
import { type EntityValue, entity, type RecordValue } from "./value.ts";

/** A policy in Cedar's JSON form; `slots` links a template. */
export interface PolicySource {
  readonly id: string;
  readonly est: ExactJson;
  readonly slots?: { readonly "?principal"?: EntityRef; readonly "?resource"?: EntityRef };
}

export interface CompileOptions {
  /** False looks at every policy for every request: for tests that compare the two. */
  readonly index?: boolean;
  readonly policyLimits?: PolicyLimits;
  readonly requestLimits?: RequestLimits;
}

/** A question whose parts have been read already. */
export interface CedarRequest {
  readonly principal: EntityRef;
  /** With its type: schemas with namespaces have several action types. */
  readonly action: EntityRef;
  readonly resource: EntityRef;
  readonly context: RecordValue;
  readonly store: EntityStore;
}

export interface CedarEngine extends Engine {
  /** Number of policies. */
  readonly size: number;
  authorize(request: CedarRequest): Evaluation;
}

/**
 * Compiles policies of one schema (both in Cedar's JSON form) into an engine. All of them or none:
 * the first thing that is unknown, over a limit or not exactly representable refuses the whole set.
 */
export function compilePolicies(
  sources: readonly PolicySource[],
  schema: ExactJson,
  options: CompileOptions = {},
): Result<CedarEngine, CompileError> {
  const hierarchy = readActions(schema);
  if (!hierarchy.ok) return hierarchy;
  const limits = options.policyLimits ?? POLICY_LIMITS;
  if (sources.length > limits.policies)
    return fail({ code: "policy.count", policy: null, path: "", message: "too many policies" });
  const policies = new Map<string, CompiledPolicy>();
  for (const { id, est, slots } of sources) {
    const policy = loading(id, () => {
      if (policies.has(id)) throw new CompileRefusal("policy.duplicate_id", "", "the id is taken");
      return compilePolicy(id, est, readSlots(slots), limits);
    });
    if (!policy.ok) return policy;
    policies.set(id, policy.value);
  }
  return ok(engineOf([...policies.values()], hierarchy.value, options));
}

function readSlots(slots: PolicySource["slots"]): Slots {
  const [principal, resource] = [slots?.["?principal"], slots?.["?resource"]];
  return {
    ...(principal === undefined ? {} : { principal: entity(principal.type, principal.id) }),
    ...(resource === undefined ? {} : { resource: entity(resource.type, resource.id) }),
  };
}

function engineOf(
  policies: readonly CompiledPolicy[],
  hierarchy: ActionHierarchy,
  options: CompileOptions,
): CedarEngine {
  const limits = options.requestLimits ?? REQUEST_LIMITS;
  const index = options.index === false ? null : scopeIndex(policies, hierarchy);
  const actions = hierarchy.store;
  const read = requestReader(limits);

  function authorize(request: CedarRequest): Evaluation {
    const { store } = request;
    const find = (uid: EntityValue) => store.find(uid) ?? actions.find(uid);
    const env: Environment = {
      principal: entity(request.principal.type, request.principal.id),
      action: entity(request.action.type, request.action.id),
      resource: entity(request.resource.type, request.resource.id),
      context: request.context,
      find,
    };
    const principal: Place = { uid: env.principal, data: find(env.principal) };
    const resource: Place = { uid: env.resource, data: find(env.resource) };
    const evaluation = evaluationOf(env);
    let candidates = 0;
    const visit = (policy: CompiledPolicy): void => {
      candidates += 1;
      if (candidates > limits.candidates)
        throw new RequestRefusal("request.candidates", "too many policies may apply");
      if (
        inScope(policy.principal, principal.uid, principal.data) &&
        inScope(policy.resource, resource.uid, resource.data)
      )
        evaluation.add(policy);
    };
    if (index !== null) index.visit(env.action, principal, resource, visit);
    else {
      const action = find(env.action);
      for (const policy of policies) if (inScope(policy.action, env.action, action)) visit(policy);
    }
    return evaluation.result();
  }

  return {
    size: policies.length,
    authorize: (request) => guarded(() => authorize(request)),
    evaluate: (request) => guarded(() => authorize(read(request))),
  };
}

/** Reads requests. Those of one effect share a context, which is built once and never changed. */
function requestReader(limits: RequestLimits): (request: AuthorizationRequest) => CedarRequest {
  let last: { readonly context: object; readonly record: RecordValue } | null = null;
  const recordOf = (context: JsonObject): RecordValue => {
    if (last?.context !== context) last = { context, record: openContext(context, limits) };
    return last.record;
  };
  return ({ principal, action, resource, context, entities, store }) => ({
    principal,
    action: { type: "Action", id: action },
    resource,
    context: context instanceof PreparedContext ? context.record : recordOf(context),
    store: openSlice(entities, store ?? EMPTY_STORE, limits),
  });
}

/** A request that cannot be read permits nothing. */
function guarded(evaluate: () => Evaluation): Evaluation {
  const evaluated = reading(evaluate);
  if (evaluated.ok) return evaluated.value;
  return { permits: [], forbids: [], errors: [], invalid: evaluated.error };
}
