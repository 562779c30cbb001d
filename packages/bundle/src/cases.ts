import {
  type Action,
  type Amount,
  type Approval,
  type Bundle,
  type Decision,
  type Effect,
  type EntityRef,
  exactly,
  type Facts,
  type Json,
  type JsonObject,
  type Outcome,
  type Principal,
  type Reason,
  type ResourceEntity,
  UNKNOWN_AMOUNT,
} from "@bylaw/core";

/**
 * A decision test as people write it: an action in short, and what must come of it. What is not
 * said has a harmless default, and a key that does not exist is an error. docs/policies.md has the
 * keys.
 */
export interface DecisionCase extends ShortEffect {
  readonly name: string;
  readonly expect: Outcome;
  /** Every reason of the deciding outcome, as `namesOf` writes them, in any order. */
  readonly because: readonly string[];
  /** Policies in observe or warn mode that match, in any order; unchecked when absent. */
  readonly wouldHave?: readonly string[];
  /** Instead of one effect written into the case itself. */
  readonly effects?: readonly ShortEffect[];
  /** Head first, `User::maria` and `Agent::coder`. */
  readonly chain?: readonly string[];
  /** By member of the chain. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly now?: string;
  readonly gateway?: Facts["action"]["gateway"];
  readonly assurance?: Facts["caller"]["assurance"];
  readonly tool?: string;
  readonly args?: Partial<Facts["arguments"]>;
  readonly session?: Partial<Facts["session"]>;
  readonly task?: Partial<Facts["task"]>;
  readonly counts?: Partial<Facts["counts"]>;
  readonly handle?: string;
  readonly approved?: readonly ShortApproval[];
  readonly grants?: Facts["grants"];
  readonly limits?: NonNullable<Facts["limits"]>;
}

export interface ShortEffect {
  /** `delete Table::customers` */
  readonly do?: string;
  /** Everything the resource is in: `Environment::production`. */
  readonly in?: readonly string[];
  readonly attrs?: JsonObject;
  readonly quantity?: number | "unknown";
  readonly bytes?: number | "unknown";
  readonly cost?: number | "unknown";
  readonly tokens?: number | "unknown";
  readonly reversible?: boolean;
  readonly audience?: Effect["audience"];
  readonly labels?: Effect["labels"];
  readonly target?: Effect["origin"]["target"];
  readonly payload?: Effect["origin"]["payload"];
  readonly untrusted?: boolean;
  readonly findings?: readonly string[];
  readonly source?: Effect["source"];
}

export interface ShortApproval {
  readonly id?: string;
  readonly policies: readonly string[];
  /** Groups by person. */
  readonly by: Readonly<Record<string, readonly string[]>>;
  /** True when it was given for another action. */
  readonly elsewhere?: boolean;
  /** True when it answers an earlier text of its policies. */
  readonly stale?: boolean;
  readonly expires?: string;
}

const EFFECT_KEYS =
  "do in attrs quantity bytes cost tokens reversible audience labels target payload untrusted findings source";
const CASE_KEYS = `${EFFECT_KEYS} name expect because wouldHave effects chain groups now gateway assurance tool args session task counts handle approved grants limits`;
const APPROVAL_KEYS = "id policies by elsewhere stale expires";

/** Cases have no arguments to digest: a digest of the right form that stands for them. */
const CASE_DIGEST = `hmac-sha256:${"0".repeat(64)}`;

/** The Facts of a case. Throws on a key or a value that means nothing: a test must not test by accident. */
export function factsOfCase(bundle: Bundle, given: DecisionCase): Facts {
  known(given, CASE_KEYS);
  const chain = given.chain ?? ["User::maria", "Agent::coder"];
  const tool = given.tool ?? "server/tool";
  return {
    version: 1,
    now: given.now ?? "2026-02-03T09:00:00.000Z",
    action: {
      id: "case",
      gateway: given.gateway ?? "mcp",
      upstream: "server",
      operation: "tools/call",
      target: tool,
      definition: null,
    },
    digest: CASE_DIGEST,
    tool: { type: "Tool", id: tool, parents: [], attrs: { reviewed: true } },
    arguments: {
      digest: CASE_DIGEST,
      text: {},
      number: {},
      list: {},
      complete: true,
      ...given.args,
    },
    caller: { credential: "case", assurance: given.assurance ?? "local" },
    chain: chain.map((text) => principalOf(text, given.groups?.[text] ?? [])),
    effects: effectsOf(given),
    session: {
      id: "case",
      labels: [],
      origins: [],
      untrusted: false,
      depth: 0,
      attended: true,
      ...given.session,
    },
    task: {
      declared: false,
      inScope: true,
      locked: false,
      offline: false,
      noInstall: false,
      ...given.task,
    },
    counts: {
      calls_1m: 0,
      deletes_1h: 0,
      sends_1h: 0,
      spend_1d: 0,
      denials_10m: 0,
      ...given.counts,
    },
    handle: given.handle ?? null,
    approvals: (given.approved ?? []).map((approval, index) =>
      approvalOf(bundle, approval, `approval-${index + 1}`),
    ),
    grants: given.grants ?? {},
    ...(given.limits === undefined ? {} : { limits: given.limits }),
  };
}

/** What the decision got wrong, or null. */
export function failureOf(given: DecisionCase, decision: Decision): string | null {
  const names = namesOf(decision);
  const expected = [...given.because].sort();
  const observed = observedIn(decision);
  const watched = given.wouldHave === undefined ? observed : [...given.wouldHave].sort();
  if (watched.join() !== observed.join())
    return `would have: ${watched.join(", ")}; got ${observed.join(", ")}`;
  if (decision.outcome === given.expect && names.join() === expected.join()) return null;
  return `${given.expect} because ${expected.join(", ")}; got ${decision.outcome} because ${names.join(", ")}`;
}

/** Policies in observe or warn mode that match; sorted, each once. */
export function observedIn({ wouldHave }: Decision): readonly string[] {
  return [...new Set(wouldHave.flatMap(({ policy }) => policy ?? []))].sort();
}

/** The reasons of the deciding outcome: policy ids, built-in codes, or both (`grant.expired g0`); sorted. */
export function namesOf({ outcome, reasons }: Decision): readonly string[] {
  const name = ({ code, policy }: Reason): string => {
    const builtIn = code.startsWith("grant.") || code === "policy.error";
    return policy === null ? code : builtIn ? `${code} ${policy}` : policy;
  };
  const deciding = reasons.filter((reason) => reason.outcome === outcome);
  return [...new Set(deciding.map(name))].sort();
}

function known(object: object, keys: string): void {
  const allowed = keys.split(" ");
  for (const [key, value] of Object.entries(object)) {
    if (!allowed.includes(key)) throw new Error(`a case has no key \`${key}\``);
    if (value === null) throw new Error(`\`${key}\` is empty`);
  }
}

function effectsOf(given: DecisionCase): readonly Effect[] {
  if (given.effects === undefined) return [effectOf(given)];
  const own = EFFECT_KEYS.split(" ").find((key) => Object.hasOwn(given, key));
  if (own !== undefined) throw new Error(`\`${own}\` stands beside \`effects\``);
  return given.effects.map((short) => {
    known(short, EFFECT_KEYS);
    return effectOf(short);
  });
}

function effectOf(short: ShortEffect): Effect {
  const [, action, target] = /^(\S+) (.+)$/.exec(short.do ?? "") ?? [];
  if (action === undefined || target === undefined) throw new Error("a case says what it does");
  return {
    action: action as Action,
    resource: resourceOf(target, short),
    quantity: amountOf(short.quantity ?? 1),
    bytes: amountOf(short.bytes ?? 0),
    cost: amountOf(short.cost ?? 0),
    ...(short.tokens === undefined ? {} : { tokens: amountOf(short.tokens) }),
    reversible: short.reversible ?? false,
    audience: short.audience ?? "none",
    labels: short.labels ?? [],
    origin: {
      target: short.target ?? ["user"],
      payload: short.payload ?? ["model"],
      untrusted: short.untrusted ?? false,
    },
    findings: short.findings ?? [],
    source: short.source ?? "parsed",
  };
}

function resourceOf(text: string, short: ShortEffect): ResourceEntity {
  const { type, id } = refOf(text);
  const attrs = { ...DEFAULT_ATTRIBUTES[type]?.(id), ...short.attrs };
  const clears = attrs["clears"];
  if (Array.isArray(clears)) attrs["clears"] = clears.map(labelOf);
  const parents = (short.in ?? []).map(refOf);
  return { type: type as ResourceEntity["type"], id, parents, attrs };
}

/** Least known, least trusted. */
const DEFAULT_ATTRIBUTES: Readonly<Record<string, (id: string) => Record<string, Json>>> = {
  Server: () => ({ reviewed: false }),
  Tool: () => ({ reviewed: false }),
  File: (id) => ({ path: id, name: id.split("/").at(-1) ?? id }),
  Host: (id) => ({ name: id, port: 443, private: false, clears: [] }),
  Table: (id) => ({ name: id }),
  Object: () => ({ kind: "object" }),
  Package: (id) => ({ ecosystem: "npm", name: id, ageHours: 0, pinned: false, inspected: false }),
  Skill: (id) => ({ name: id, ageHours: 0, inspected: false }),
  Model: () => ({ clears: [] }),
  Channel: () => ({ external: true, clears: [] }),
  Agent: () => ({ clears: [] }),
};

function labelOf(label: Json): Json {
  return { __entity: { type: "Label", id: label } };
}

function refOf(text: string): EntityRef {
  const at = text.indexOf("::");
  if (at === -1) throw new Error(`\`${text}\` is not of the form Type::id`);
  return { type: text.slice(0, at), id: text.slice(at + 2) };
}

function principalOf(text: string, groups: readonly string[]): Principal {
  const { type, id } = refOf(text);
  return { type: type as Principal["type"], id, groups };
}

function amountOf(amount: number | "unknown"): Amount {
  return amount === "unknown" ? UNKNOWN_AMOUNT : exactly(amount);
}

function approvalOf(bundle: Bundle, short: ShortApproval, id: string): Approval {
  known(short, APPROVAL_KEYS);
  const digestOf = (policy: string): string => {
    const meta = bundle.policies.get(policy);
    if (meta === undefined) throw new Error(`no policy \`${policy}\` to approve`);
    return short.stale === true ? "sha256:earlier" : meta.digest;
  };
  return {
    id: short.id ?? id,
    digest: short.elsewhere === true ? "sha256:elsewhere" : CASE_DIGEST,
    policies: short.policies.map((policy) => ({ id: policy, digest: digestOf(policy) })),
    votes: Object.entries(short.by).map(([user, groups]) => ({ user, groups })),
    expires: short.expires ?? "2026-02-03T09:15:00.000Z",
  };
}
