import {
  type Bundle,
  compilePolicies,
  type Engine,
  fail,
  type Json,
  ok,
  type PolicyMeta,
  type Result,
  type Shield,
} from "@bylaw/core";
import { readAnnotations } from "./annotations.ts";
import { type CedarModule, type DetailedError, loadCedar } from "./cedar.ts";
import { digestOf } from "./digest.ts";
import { errorAt, errorOfBundle, type LoadError } from "./errors.ts";
import type { Est } from "./est.ts";
import {
  MAX_CLOSED_IDS,
  MAX_ERRORS,
  MAX_FILE_CHARS,
  MAX_LIMITS,
  MAX_POLICIES,
  MAX_POLICY_CHARS,
} from "./limits.ts";
import { lint } from "./lint.ts";
import { misfitOf } from "./misfit.ts";
import { type Model, modelOf } from "./model.ts";
import { type ClosedLists, NO_ADDITIONS, schemaText } from "./schema.ts";
import { hiddenCharacter, type PolicyFile } from "./source.ts";
import {
  annotationSpan,
  byteSpan,
  headSpan,
  type Statement,
  splitPolicies,
  tooDeep,
  wordSpan,
} from "./split.ts";
import { argumentPathsOf, directoryLiterals, readsCounts } from "./uses.ts";
import { wasmEngine } from "./wasm-engine.ts";
import { writtenPolicies } from "./written.ts";

export interface BundleInput {
  readonly sources: readonly PolicyFile[];
  /** Ids that catalog and detectors add to the closed lists. */
  readonly closed?: Partial<ClosedLists>;
  /** `oracle` evaluates through Cedar's own module: to compare with, a thousand times slower. */
  readonly engine?: "compiled" | "oracle";
  /** What `loadShield` made of SHIELD files; null or absent where none is configured. */
  readonly shield?: Shield | null;
}

/** One policy that passed every check. */
export interface Policy {
  readonly statement: Statement;
  readonly est: Est;
  readonly meta: PolicyMeta;
}

/** Policies that each passed every check, in the order of the files, before they are compiled. */
export interface PolicySet {
  readonly schema: string;
  readonly model: Model;
  readonly policies: readonly Policy[];
}

/**
 * Policy text to a bundle that can decide, or every reason why not.
 *
 * Strict: a warning of the validator refuses as an error does, and so does everything that would
 * make a policy mean less than it seems to say. All or nothing: one bad policy refuses the bundle.
 */
export async function loadBundle(
  input: BundleInput,
): Promise<Result<Bundle, readonly LoadError[]>> {
  const read = await readPolicySet(input);
  return read.ok ? compileSet(read.value, input.engine, input.shield ?? null) : read;
}

/** Policy text to policies with their places in it, or every reason why not. */
export async function readPolicySet(
  input: BundleInput,
): Promise<Result<PolicySet, readonly LoadError[]>> {
  const cedar = await loadCedar();
  const closed = { ...NO_ADDITIONS, ...input.closed };
  const errors = closedErrors(closed);
  if (errors.length > 0) return fail(errors);
  try {
    const schema = schemaText(closed);
    const model = modelOf(cedar, schema);
    const policies = readPolicies(cedar, input.sources, model, errors);
    validate(cedar, schema, policies, errors);
    return errors.length > 0 ? fail(reported(errors)) : ok({ schema, model, policies });
  } catch (error) {
    return fail([failed(error)]);
  }
}

/** A set that was read, as a bundle that can decide. */
export async function compileSet(
  { schema, model, policies }: PolicySet,
  kind: BundleInput["engine"] = "compiled",
  shield: Shield | null = null,
): Promise<Result<Bundle, readonly LoadError[]>> {
  const cedar = await loadCedar();
  const errors: LoadError[] = [];
  try {
    const engine =
      kind === "oracle" ? oracle(cedar, schema, policies) : compiled(model, policies, errors);
    return engine === null ? fail(errors) : ok(assemble(schema, model, policies, engine, shield));
  } catch (error) {
    return fail([failed(error)]);
  }
}

function failed(error: unknown): LoadError {
  const message = error instanceof Error ? error.message : "unknown";
  return errorOfBundle("load.failed", `the bundle could not be built: ${message}`);
}

function closedErrors(closed: ClosedLists): LoadError[] {
  const lists = [closed.environments, closed.labels, closed.classes, closed.findings];
  if (lists.some((ids) => ids.length > MAX_CLOSED_IDS))
    return [errorOfBundle("load.limit", `a closed list has more than ${MAX_CLOSED_IDS} ids`)];
  return lists
    .flat()
    .filter((id) => !/^[a-z0-9][a-z0-9._-]{0,63}$/.test(id))
    .map((id) =>
      errorOfBundle(
        "schema.id",
        `\`${JSON.stringify(id).slice(0, 80)}\` cannot be in a closed list`,
      ),
    );
}

/** Everything that can be said about single policies; what is wrong is added to `errors`. */
function readPolicies(
  cedar: CedarModule,
  sources: readonly PolicyFile[],
  model: Model,
  errors: LoadError[],
): readonly Policy[] {
  const statements = sources.flatMap((source) => statementsOf(source, errors));
  if (statements.length > MAX_POLICIES) {
    errors.push(errorOfBundle("load.limit", `a bundle has at most ${MAX_POLICIES} policies`));
    return [];
  }
  const byId = new Map<string, Policy>();
  for (const statement of statements) {
    const policy = readPolicy(cedar, statement, model, errors);
    if (policy === null) continue;
    const { id } = policy.meta;
    if (byId.has(id))
      errors.push(
        errorAt(annotationSpan(statement, "id"), "policy.duplicate_id", `\`${id}\` is taken`),
      );
    else byId.set(id, policy);
  }
  if ([...byId.values()].filter(({ meta }) => meta.limit !== null).length > MAX_LIMITS)
    errors.push(errorOfBundle("load.limit", `a bundle has at most ${MAX_LIMITS} limits`));
  return [...byId.values()];
}

function statementsOf(source: PolicyFile, errors: LoadError[]): readonly Statement[] {
  const start = { source, start: 0, end: 1 };
  if (source.text.length > MAX_FILE_CHARS) {
    errors.push(errorAt(start, "load.limit", `a file has at most ${MAX_FILE_CHARS} characters`));
    return [];
  }
  const hidden = hiddenCharacter(source.text);
  if (hidden !== -1) {
    const code = source.text.codePointAt(hidden)?.toString(16).padStart(4, "0");
    const message = `U+${code?.toUpperCase()} does not show or changes how the text reads`;
    errors.push(errorAt({ source, start: hidden, end: hidden + 1 }, "policy.character", message));
    return [];
  }
  return splitPolicies(source);
}

function readPolicy(
  cedar: CedarModule,
  statement: Statement,
  model: Model,
  errors: LoadError[],
): Policy | null {
  const before = errors.length;
  const est = parse(cedar, statement, errors);
  if (est === null) return null;
  const meta = readAnnotations(est.effect, est.annotations ?? {});
  if ("id" in meta) {
    for (const { code, message, words } of lint(est, model))
      errors.push(errorAt(wordSpan(statement, words) ?? headSpan(statement), code, message));
  } else {
    for (const { code, annotation, message } of meta)
      errors.push(errorAt(annotationSpan(statement, annotation), code, message));
  }
  if (errors.length > before || !("id" in meta)) return null;
  return { statement, est, meta: { ...meta, digest: digestOf(est as unknown as Json) } };
}

function parse(cedar: CedarModule, statement: Statement, errors: LoadError[]): Est | null {
  if (statement.text.length > MAX_POLICY_CHARS) {
    const message = `a policy has at most ${MAX_POLICY_CHARS} characters`;
    errors.push(errorAt(headSpan(statement), "load.limit", message));
    return null;
  }
  const deep = tooDeep(statement);
  if (deep !== null) {
    errors.push(errorAt(deep, "load.limit", "nested too deeply"));
    return null;
  }
  try {
    const answer = cedar.policyToJson(statement.text);
    if (answer.type === "success") return answer.json as unknown as Est;
    for (const error of answer.errors) {
      const template = error.message.includes("got a template");
      const message = error.message.replace("failed to parse policy from string: ", "");
      errors.push(blame(statement, error, template ? "policy.template" : "policy.syntax", message));
    }
  } catch {
    // The parser's stack is smaller than some of what it accepts as tokens.
    errors.push(errorAt(headSpan(statement), "load.limit", "nested too deeply for the parser"));
  }
  return null;
}

/** Strict validation of all policies at once, against the schema. */
function validate(
  cedar: CedarModule,
  schema: string,
  policies: readonly Policy[],
  errors: LoadError[],
): void {
  const texts = Object.fromEntries(
    policies.map(({ meta, statement }) => [meta.id, statement.text]),
  );
  let answer: ReturnType<CedarModule["validate"]>;
  try {
    answer = cedar.validate({ schema, policies: { staticPolicies: texts } });
  } catch (error) {
    // Its stack overflowed: find the policies that are too much for it.
    const [only, second] = policies;
    if (only === undefined) throw error;
    if (second !== undefined)
      for (const policy of policies) validate(cedar, schema, [policy], errors);
    else errors.push(errorAt(headSpan(only.statement), "load.limit", "too deep for the validator"));
    return;
  }
  if (answer.type === "failure") {
    for (const { message } of answer.errors) errors.push(errorOfBundle("load.failed", message));
    return;
  }
  for (const { policyId, error } of answer.validationErrors)
    errors.push(invalid(policies, policyId, error, "policy.invalid"));
  for (const { policyId, error } of answer.validationWarnings)
    errors.push(invalid(policies, policyId, error, "policy.warning"));
  for (const { message } of answer.otherWarnings)
    errors.push(errorOfBundle("policy.warning", message));
}

function invalid(
  policies: readonly Policy[],
  id: string,
  error: DetailedError,
  code: "policy.invalid" | "policy.warning",
): LoadError {
  const policy = policies.find(({ meta }) => meta.id === id);
  const help = error.help === null ? "" : ` (${error.help})`;
  const message = `${error.message.replace(`for policy \`${id}\`, `, "")}${help}`;
  return policy === undefined
    ? errorOfBundle(code, message)
    : blame(policy.statement, error, code, message);
}

function blame(
  statement: Statement,
  error: DetailedError,
  code: LoadError["code"],
  message: string,
): LoadError {
  const place = error.sourceLocations?.[0];
  // A place that starts with the policy is the policy.
  const whole = place === undefined || place.start === 0;
  const span = whole ? headSpan(statement) : byteSpan(statement, place.start, place.end);
  return errorAt(span, code, message);
}

/**
 * In the order of the files, and one of each kind per place: the validator repeats itself for every
 * action that a policy is about.
 */
function reported(errors: readonly LoadError[]): readonly LoadError[] {
  const files = [...new Set(errors.map(({ file }) => file))];
  const byPlace = new Map<string, LoadError>();
  for (const error of errors) {
    const place = [files.indexOf(error.file), error.line ?? 0, error.column ?? 0];
    const key = `${place.map((part) => String(part).padStart(8, "0")).join(" ")} ${error.code}`;
    const earlier = byPlace.get(key);
    if (error.file === null) byPlace.set(`${key} ${error.message}`, error);
    else if (earlier === undefined || error.message < earlier.message) byPlace.set(key, error);
  }
  const ordered = [...byPlace].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, error]) => error);
  return ordered.slice(0, MAX_ERRORS);
}

function compiled(model: Model, policies: readonly Policy[], errors: LoadError[]): Engine | null {
  const sources = policies.map(({ meta, est }) => ({ id: meta.id, est: est as unknown as Json }));
  const engine = compilePolicies(sources, model.json);
  if (engine.ok) return engine.value;
  const { policy, path, message } = engine.error;
  const statement = policies.find(({ meta }) => meta.id === policy)?.statement;
  const text = `the policy does not compile: ${message}${path === "" ? "" : ` (${path})`}`;
  errors.push(
    statement === undefined
      ? errorOfBundle("load.failed", text)
      : errorAt(headSpan(statement), "load.limit", text),
  );
  return null;
}

function oracle(cedar: CedarModule, schema: string, policies: readonly Policy[]): Engine {
  const textsOf = (effect: Est["effect"]): Record<string, string> =>
    Object.fromEntries(
      policies
        .filter(({ est }) => est.effect === effect)
        .map(({ meta, statement }) => [meta.id, statement.text]),
    );
  const [permits, forbids] = [textsOf("permit"), textsOf("forbid")];
  return wasmEngine(cedar, {
    name: digestOf({ schema, permits, forbids }),
    schema,
    permits,
    forbids,
  });
}

/** What of a SHIELD part decides: its settings, and each entry by its digest. */
function contentOf({ settings, entries }: Shield): Json {
  const digests = Object.fromEntries(entries.map(({ id, digest }) => [id, digest]));
  return { settings: { ...settings }, entries: digests };
}

function limitsIn(policies: readonly Policy[]): Bundle["limits"] {
  return policies
    .flatMap(({ meta }) => (meta.limit === null ? [] : [{ ...meta, limit: meta.limit }]))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function assemble(
  schema: string,
  model: Model,
  policies: readonly Policy[],
  engine: Engine,
  shield: Shield | null,
): Bundle {
  const ests = policies.map(({ est }) => est);
  const byId = Object.fromEntries(policies.map(({ meta, est }) => [meta.id, est]));
  return {
    digest: digestOf({
      schema,
      policies: byId as unknown as Json,
      ...(shield === null ? {} : { shield: contentOf(shield) }),
    }),
    engine,
    misfit: misfitOf(model),
    policies: new Map(policies.map(({ meta }) => [meta.id, meta])),
    shield,
    argumentPaths: argumentPathsOf(ests),
    readsCounts: readsCounts(ests),
    limits: limitsIn(policies),
    literals: directoryLiterals(policies),
    written: writtenPolicies(policies, model),
  };
}
