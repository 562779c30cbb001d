import type { PolicyMeta } from "../bundle.ts";
import { type Condition, conditionKey, type ShieldAction, type ShieldEntry } from "./entry.ts";

export interface ShieldSettings {
  /** Whose word counts where an entry's action and its directive's verb differ. */
  readonly conflict: "action" | "strictest";
  /** What an entry with unparsed directives asks for where its category fits the action. */
  readonly unparsed: "require_approval" | "ignore";
  /** Cedar entity texts such as `Group::"dba"`, or `on-behalf-of`. */
  readonly approvers: readonly string[];
  /** Milliseconds. */
  readonly ttlMs: number;
}

/** Every SHIELD entry of a bundle, indexed for `decide`. */
export interface Shield {
  readonly settings: ShieldSettings;
  readonly entries: readonly ShieldEntry[];
  /** Every condition once, in the order of its key: what Facts are asked about. */
  readonly conditions: readonly Condition[];
  /** Digest of the conditions: Facts that were asked about others cannot be decided on. */
  readonly asked: string;
  /** Entries by the key of a condition that they rest on. */
  readonly byCondition: ReadonlyMap<string, readonly ShieldEntry[]>;
  /** Entries with a part that does not parse. */
  readonly partial: readonly ShieldEntry[];
  /** By `shield:<entry id>`, a name that no Cedar policy can have. */
  readonly policies: ReadonlyMap<string, PolicyMeta>;
}

/** In: entries with distinct ids; `digest` of a text. Throws nothing. */
export function compileShield(
  entries: readonly ShieldEntry[],
  settings: ShieldSettings,
  digest: (texts: readonly string[]) => string,
): Shield {
  const conditions = new Map<string, Condition>();
  const byCondition = new Map<string, ShieldEntry[]>();
  for (const entry of entries)
    for (const condition of conditionsOf(entry)) {
      const key = conditionKey(condition);
      conditions.set(key, condition);
      const users = byCondition.get(key) ?? [];
      if (users.at(-1) !== entry) users.push(entry);
      byCondition.set(key, users);
    }
  const keys = [...conditions.keys()].sort();
  return {
    settings,
    entries,
    conditions: keys.map((key) => conditions.get(key) as Condition),
    asked: digest(keys),
    byCondition,
    partial: entries.filter(({ unparsed }) => unparsed.length > 0),
    policies: new Map(entries.map((entry) => [policyId(entry), policyOf(entry, settings)])),
  };
}

export function conditionsOf(entry: ShieldEntry): readonly Condition[] {
  return [...entry.directives.flatMap(({ any }) => any.flat()), ...entry.indicators];
}

export function policyId({ id }: Pick<ShieldEntry, "id">): string {
  return `shield:${id}`;
}

const DECISIONS: Readonly<Record<ShieldAction, PolicyMeta["decision"]>> = {
  block: "block",
  require_approval: "require_approval",
  log: "log",
};

/** What approvals, requirements and reasons know of an entry. */
function policyOf(entry: ShieldEntry, { approvers, ttlMs }: ShieldSettings): PolicyMeta {
  return {
    id: policyId(entry),
    effect: "forbid",
    decision: DECISIONS[entry.action],
    mode: "enforce",
    code: "shield.match",
    reason: `threat ${entry.id}`,
    approvers,
    quorum: 1,
    ttlMs,
    waivable: "exact",
    obligations: [],
    grant: null,
    limit: null,
    digest: entry.digest,
  };
}
