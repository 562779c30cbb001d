import type { ActionHierarchy } from "./actions.ts";
import type { EntityData } from "./entities.ts";
import { EntityMap } from "./entity-map.ts";
import { type CompiledPolicy, inScope, type Scope } from "./policy.ts";
import type { EntityValue } from "./value.ts";

/** Gives every policy whose scope a request may meet, and usually few others. */
export interface ScopeIndex {
  /** Calls `visit` once per candidate; the candidate's action scope holds already. */
  visit(
    action: EntityValue,
    principal: Place,
    resource: Place,
    visit: (policy: CompiledPolicy) => void,
  ): void;
}

/** An entity and what is known about it. */
export interface Place {
  readonly uid: EntityValue;
  readonly data: EntityData | undefined;
}

/** The policies of one action, each in exactly one list: that of its rarest entity, or of a type, or the rest. */
interface Bucket {
  readonly principals: EntityMap<CompiledPolicy[]>;
  readonly resources: EntityMap<CompiledPolicy[]>;
  readonly resourceTypes: Map<string, CompiledPolicy[]>;
  readonly rest: CompiledPolicy[];
}

/**
 * Skipping a policy by scope is sound because scopes cannot fail. The actions of the schema have
 * their ancestors resolved here, once; an action outside it is in nothing but itself.
 */
export function scopeIndex(
  policies: readonly CompiledPolicy[],
  hierarchy: ActionHierarchy,
): ScopeIndex {
  const buckets = new EntityMap<Bucket>();
  for (const { type, id } of hierarchy.actions) {
    const uid: EntityValue = { kind: "entity", type, id };
    const data = hierarchy.store.find(uid);
    buckets.set(uid, bucketOf(policies.filter(({ action }) => inScope(action, uid, data))));
  }
  return {
    visit: (action, principal, resource, visit) => {
      const bucket =
        buckets.get(action) ??
        bucketOf(policies.filter((policy) => inScope(policy.action, action, undefined)));
      visitPlace(bucket.principals, principal, visit);
      visitPlace(bucket.resources, resource, visit);
      bucket.resourceTypes.get(resource.uid.type)?.forEach(visit);
      bucket.rest.forEach(visit);
    },
  };
}

function visitPlace(
  lists: EntityMap<CompiledPolicy[]>,
  { uid, data }: Place,
  visit: (policy: CompiledPolicy) => void,
): void {
  if (lists.size === 0) return;
  lists.get(uid)?.forEach(visit);
  if (data !== undefined)
    for (const ancestor of data.ancestors.keys()) lists.get(ancestor)?.forEach(visit);
}

function bucketOf(policies: readonly CompiledPolicy[]): Bucket {
  const uses = new EntityMap<number>();
  const usesOf = (key: EntityValue | null): number =>
    key === null ? Infinity : (uses.get(key) ?? 0);
  for (const { principal, resource } of policies)
    for (const key of [keyOf(principal), keyOf(resource)])
      if (key !== null) uses.set(key, usesOf(key) + 1);
  const bucket: Bucket = {
    principals: new EntityMap(),
    resources: new EntityMap(),
    resourceTypes: new Map(),
    rest: [],
  };
  for (const policy of policies) {
    const [principal, resource] = [keyOf(policy.principal), keyOf(policy.resource)];
    if (principal !== null && usesOf(principal) < usesOf(resource))
      append(bucket.principals, principal, policy);
    else if (resource !== null) append(bucket.resources, resource, policy);
    else if (policy.resource.op === "is")
      append(bucket.resourceTypes, policy.resource.type, policy);
    else bucket.rest.push(policy);
  }
  return bucket;
}

interface Lists<K> {
  get(key: K): CompiledPolicy[] | undefined;
  set(key: K, list: CompiledPolicy[]): void;
}

function append<K>(lists: Lists<K>, key: K, policy: CompiledPolicy): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [policy]);
  else list.push(policy);
}

/** The entity that a request must be, or be in, to meet the scope; only actions are in one of several. */
function keyOf(scope: Scope): EntityValue | null {
  switch (scope.op) {
    case "==":
    case "in":
      return scope.entity;
    case "is":
      return scope.within;
    default:
      return null;
  }
}
