import { schemaToJson, schemaToJsonWithResolvedTypes } from "@cedar-policy/cedar-wasm/nodejs";
import { evaluateByReference } from "../../../packages/core/dist/cedar/reference.js";
import {
  type CedarEngine,
  compilePolicies,
  type EntityInput,
  type EntityRef,
  type EntityStore,
  type Evaluation,
  type ExactJson,
  type ExactObject,
  entityStore,
  type PreparedContext,
  prepareContext,
  readActions,
} from "../../../packages/core/dist/index.js";
import { readArchive } from "./archive.ts";
import { parseExact } from "./exact-json.ts";
import { readPolicies } from "./policy-text.ts";
import { type ResolvedSchema, stripped, typedData } from "./typed-data.ts";

/** One request of a case file of Cedar's integration tests. */
interface CorpusRequest {
  readonly principal: EntityRef;
  readonly action: EntityRef;
  readonly resource: EntityRef;
  readonly context: ExactObject;
  readonly decision: "allow" | "deny";
  readonly reason: readonly string[];
  readonly errors: readonly string[];
}

interface CorpusCase {
  readonly policies: string;
  readonly entities: string;
  readonly schema: string;
  readonly requests: readonly CorpusRequest[];
}

export interface CorpusReport {
  cases: number;
  requests: number;
  /**
   * Requests whose decision, reasons and errors are exactly the expected ones: by the engine with
   * and without index, by the reference evaluator, and by the engine on data whose escapes were left
   * out and put back by the schema.
   */
  readonly exact: { indexed: number; linear: number; reference: number; implicit: number };
  /**
   * Cases with integers beyond 2^53-1. The product refuses such policies at load and never has such
   * data; here a reader that keeps every digit lets them run.
   */
  refused: { cases: number; policies: number; data: number };
  /** `case#request evaluator` of every difference. */
  readonly mismatches: string[];
}

/** Runs every case of the archive, or about `sample` of them, spread evenly. */
export async function runCorpus(file: string, sample: number | null): Promise<CorpusReport> {
  const files = await readArchive(file);
  const read = (path: string): string => files.get(path) ?? "";
  const report: CorpusReport = {
    cases: 0,
    requests: 0,
    exact: { indexed: 0, linear: 0, reference: 0, implicit: 0 },
    refused: { cases: 0, policies: 0, data: 0 },
    mismatches: [],
  };
  const names = [...files.keys()].filter((path) => isCase(path, read(path))).sort();
  const stride = sample === null ? 1 : Math.max(1, Math.floor(names.length / sample));
  for (let i = 0; i < names.length; i += stride) runCase(names[i] ?? "", files, report);
  return report;
}

/** Entities are JSON files as well, but lists; so may be policies and schemas, without requests. */
function isCase(path: string, text: string): boolean {
  return path.endsWith(".json") && /^\s*\{/.test(text) && text.includes('"requests"');
}

function runCase(name: string, files: ReadonlyMap<string, string>, report: CorpusReport): void {
  const read = (path: string): string => {
    const text = files.get(path);
    if (text === undefined) throw new Error(`${name}: ${path} is not in the archive`);
    return text;
  };
  const testCase = parseExact(read(name)) as unknown as CorpusCase;
  const policies = readPolicies(read(testCase.policies)).map((json, index) => ({
    id: `policy${index}`,
    est: json.exact,
    rounded: json.rounded,
  }));
  const schema = schemaToJson(read(testCase.schema));
  if (schema.type === "failure") throw new Error(`${name}: ${schema.errors[0]?.message}`);
  const actions = schema.json as unknown as ExactJson;
  const typed = typedData(resolvedSchema(name, read(testCase.schema)));
  // Cases that people wrote leave out what the schema says; typed data says it again.
  const entities = readEntities(parseExact(read(testCase.entities))).map((entity) => ({
    ...entity,
    attrs: typed.attributes(entity.type, entity.attrs),
    tags: typed.tags(entity.type, entity.tags ?? {}),
  }));
  const engines = [true, false].map((index) => engineOf(name, policies, actions, index));
  const [indexed, linear] = engines as [CedarEngine, CedarEngine];
  countRefusals(policies, actions, [entities, testCase.requests], report.refused);

  const bare = entities.map((entity) => ({
    ...entity,
    attrs: typed.attributes(entity.type, stripped(entity.attrs) as ExactObject),
    tags: typed.tags(entity.type, stripped(entity.tags) as ExactObject),
  }));
  const [store, bareStore] = [readStore(name, entities), readStore(name, bare)];
  const groups = actionEntities(actions);
  report.cases += 1;
  for (const [index, request] of testCase.requests.entries()) {
    const given = typed.context(request.action, request.context);
    const asked = { ...request, context: readContext(name, given), store };
    report.requests += 1;
    const compare = (evaluator: keyof CorpusReport["exact"], evaluation: Evaluation): void => {
      if (isExpected(request, evaluation)) report.exact[evaluator] += 1;
      else report.mismatches.push(`${name}#${index} ${evaluator}`);
    };
    compare("indexed", indexed.authorize(asked));
    compare("linear", linear.authorize(asked));
    const implicit = typed.context(request.action, stripped(request.context) as ExactObject);
    const bareContext = readContext(name, implicit);
    compare("implicit", indexed.authorize({ ...asked, context: bareContext, store: bareStore }));
    const whole = { ...request, context: given, entities: [...entities, ...groups] };
    compare("reference", evaluateByReference(policies, whole));
  }
}

function readStore(name: string, entities: readonly EntityInput[]): EntityStore {
  const store = entityStore(entities);
  if (store.ok) return store.value;
  throw new Error(`${name}: ${store.error.code} ${store.error.message}`);
}

function readContext(name: string, json: ExactObject): PreparedContext["record"] {
  const context = prepareContext(json);
  if (context.ok) return context.value.record;
  throw new Error(`${name}: ${context.error.code} ${context.error.message}`);
}

function resolvedSchema(name: string, text: string): ResolvedSchema {
  const answer = schemaToJsonWithResolvedTypes(text);
  if (answer.type === "failure") throw new Error(`${name}: ${answer.errors[0]?.message}`);
  return answer.json as unknown as ResolvedSchema;
}

/** Counts what the product would refuse: the loader itself is asked about the policies. */
function countRefusals(
  policies: readonly { readonly id: string; readonly rounded: ExactJson }[],
  schema: ExactJson,
  data: unknown,
  refused: CorpusReport["refused"],
): void {
  const rounded = policies.map((policy) => ({ id: policy.id, est: policy.rounded }));
  const loaded = compilePolicies(rounded, schema);
  if (!loaded.ok && loaded.error.code !== "policy.literal") throw new Error(loaded.error.message);
  const big = hasBig(data as ExactJson);
  if (!loaded.ok) refused.policies += 1;
  if (big) refused.data += 1;
  if (!loaded.ok || big) refused.cases += 1;
}

function engineOf(
  name: string,
  policies: readonly { readonly id: string; readonly est: ExactJson }[],
  schema: ExactJson,
  index: boolean,
): CedarEngine {
  const compiled = compilePolicies(policies, schema, { index });
  if (compiled.ok) return compiled.value;
  throw new Error(`${name}: ${compiled.error.code} at ${compiled.error.path}`);
}

/** Entities without the actions, which the schema declares. */
function readEntities(json: ExactJson): EntityInput[] {
  const entries = json as unknown as {
    uid: EntityRef;
    parents: EntityRef[];
    attrs: ExactObject;
    tags?: ExactObject;
  }[];
  return entries
    .map(({ uid, parents, attrs, tags }) => ({
      ...unwrap(uid),
      parents: parents.map(unwrap),
      attrs,
      ...(tags === undefined ? {} : { tags }),
    }))
    .filter(({ type }) => type !== "Action" && !type.endsWith("::Action"));
}

function unwrap(uid: EntityRef | { readonly __entity: EntityRef }): EntityRef {
  return "__entity" in uid ? uid.__entity : uid;
}

/** Cedar's answer as its authorizer forms it from the policies that are satisfied. */
function isExpected(request: CorpusRequest, evaluation: Evaluation): boolean {
  const { permits, forbids, errors, invalid } = evaluation;
  const allow = forbids.length === 0 && permits.length > 0;
  const reason = forbids.length > 0 ? forbids : permits;
  return (
    invalid === null &&
    request.decision === (allow ? "allow" : "deny") &&
    sameIds(request.reason, reason) &&
    sameIds(
      request.errors,
      errors.map(({ policy }) => policy),
    )
  );
}

function sameIds(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && [...a].sort().every((id, i) => id === [...b].sort()[i]);
}

function hasBig(json: ExactJson): boolean {
  if (typeof json === "bigint") return true;
  return typeof json === "object" && json !== null && Object.values(json).some(hasBig);
}

/** The schema's actions with their direct parents, for the reference evaluator. */
function actionEntities(schema: ExactJson): EntityInput[] {
  const actions = readActions(schema);
  return actions.ok ? actions.value.actions.slice() : [];
}
