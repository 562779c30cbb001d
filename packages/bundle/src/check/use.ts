import type { Facts, IntentRecord } from "@bylaw/core";

/** What one permit was used for. */
export interface PermitUse {
  /** Actions that were forwarded because of it, among others. */
  readonly records: number;
  /** Canonical times of the first and the last of them. */
  readonly first: string;
  readonly last: string;
  readonly actions: ReadonlySet<string>;
  readonly resourceTypes: ReadonlySet<string>;
  /** Environments of the resources; "" where one was in none. Null when some facts are gone. */
  readonly environments: ReadonlySet<string> | null;
  /** As `Agent::"coder"`. */
  readonly principals: ReadonlySet<string>;
}

/** What a log says about the use of policies. */
export interface LogUse {
  /** Records of forwarded actions. */
  readonly records: number;
  /** Canonical times of the first and the last record; null in an empty log. */
  readonly first: string | null;
  readonly last: string | null;
  readonly permits: ReadonlyMap<string, PermitUse>;
}

interface Mutable {
  records: number;
  first: string;
  last: string;
  readonly actions: Set<string>;
  readonly resourceTypes: Set<string>;
  environments: Set<string> | null;
  readonly principals: Set<string>;
}

/** Adds up intent records, which come in the order of the log. */
export function useCounter(): {
  add(record: IntentRecord, facts: Facts | null): void;
  use(): LogUse;
} {
  const permits = new Map<string, Mutable>();
  let records = 0;
  let first: string | null = null;
  let last: string | null = null;
  return {
    add: (record, facts) => {
      records += 1;
      first ??= record.at;
      last = record.at;
      const counted = new Set<string>();
      for (const { policy, effect, member, outcome } of record.decision.reasons) {
        const summary = effect === null ? undefined : record.action.effects[effect];
        const permitted = outcome === "allow" || outcome === "log";
        if (policy === null || summary === undefined || !permitted) continue;
        const use = permits.get(policy) ?? emptyUse(record.at);
        permits.set(policy, use);
        if (!counted.has(policy)) use.records += 1;
        counted.add(policy);
        use.last = record.at;
        use.actions.add(summary.action);
        use.resourceTypes.add(summary.resource.type);
        if (member !== null) use.principals.add(`${member.type}::${JSON.stringify(member.id)}`);
        const parents = effect === null ? undefined : facts?.effects[effect]?.resource.parents;
        if (parents === undefined) use.environments = null;
        else for (const name of environmentsOf(parents)) use.environments?.add(name);
      }
    },
    use: () => ({ records, first, last, permits }),
  };
}

function emptyUse(at: string): Mutable {
  return {
    records: 0,
    first: at,
    last: at,
    actions: new Set(),
    resourceTypes: new Set(),
    environments: new Set(),
    principals: new Set(),
  };
}

function environmentsOf(
  parents: Facts["effects"][number]["resource"]["parents"],
): readonly string[] {
  const found = parents.filter(({ type }) => type === "Environment").map(({ id }) => id);
  return found.length === 0 ? [""] : found;
}
