import type { EntityRef } from "../facts.ts";
import { fail, ok, type Result } from "../result.ts";
import { type EntityMap, entityMap } from "./entity-map.ts";
import { type RequestError, type RequestErrorCode, RequestRefusal } from "./errors.ts";
import type { ExactObject } from "./exact-json.ts";
import { type ValueReader, valueReader } from "./ingest.ts";
import { REQUEST_LIMITS, type RequestLimits } from "./limits.ts";
import { type EntityValue, entity, equal, record, sameEntity, type Value } from "./value.ts";

/** An entity as it comes in; attributes and tags in Cedar's JSON form. */
export interface EntityInput extends EntityRef {
  readonly parents: readonly EntityRef[];
  readonly attrs: ExactObject;
  readonly tags?: ExactObject;
}

/** An entity as the evaluators see it. */
export interface EntityData {
  readonly attrs: ReadonlyMap<string, Value>;
  readonly tags: ReadonlyMap<string, Value>;
  readonly ancestors: Ancestors;
}

/** Parents, their parents, and so on; each once. */
export interface Ancestors {
  readonly list: readonly EntityValue[];
  /** Null where a scan of the list is faster. */
  readonly index: EntityMap<true> | null;
}

/**
 * Entities that outlive one request: read once, ancestors closed once, never changed (an update is a
 * new store). As `base` of another store it lends its entities to that one's hierarchy.
 */
export interface EntityStore {
  readonly size: number;
  find(uid: EntityRef): EntityData | undefined;
  /** Whether `uid` is an ancestor of some entity here without being an entity here. */
  isOpen(uid: EntityRef): boolean;
}

/** Up to this many ancestors a scan beats an index. */
const SCAN_ANCESTORS = 16;

const NOTHING: ReadonlyMap<string, Value> = new Map();

export const EMPTY_STORE: EntityStore = {
  size: 0,
  find: () => undefined,
  isOpen: () => false,
};

/** Whether the entity `uid`, whose data this is, is `group` or in it. */
export function isWithin(
  uid: EntityValue,
  data: EntityData | undefined,
  group: EntityValue,
): boolean {
  return sameEntity(uid, group) || (data !== undefined && includes(data.ancestors, group));
}

function includes({ list, index }: Ancestors, group: EntityValue): boolean {
  if (index !== null) return index.get(group) === true;
  for (const ancestor of list) if (sameEntity(ancestor, group)) return true;
  return false;
}

/**
 * Reads entities into a store. Refused: bad values, two different entities of one name, an entity of
 * type Action (the schema alone says what an action is in), cycles, and anything over a limit.
 */
export function entityStore(
  entities: readonly EntityInput[],
  base: EntityStore = EMPTY_STORE,
  limits: RequestLimits = REQUEST_LIMITS,
): Result<EntityStore, RequestError> {
  try {
    return ok(buildStore(entities, base, limits));
  } catch (error) {
    if (error instanceof RequestRefusal) return fail({ code: error.code, message: error.message });
    throw error;
  }
}

/** `entityStore` for callers that catch `RequestRefusal` themselves. */
export function buildStore(
  entities: readonly EntityInput[],
  base: EntityStore,
  limits: RequestLimits,
): EntityStore {
  for (const { type, id } of entities)
    if (type === "Action" || type.endsWith("::Action"))
      refuse("entities.action", `\`${type}::"${id}"\` is an action`);
  return closeEntities(entities, base, limits);
}

/** The store of entities of any type. */
export function closeEntities(
  entities: readonly EntityInput[],
  base: EntityStore,
  limits: RequestLimits,
): EntityStore {
  if (entities.length === 0) return base;
  if (entities.length + base.size > limits.entities) refuse("entities.count", "too many entities");
  const reader = valueReader(limits);
  const inputs = entityMap<EntityInput>();
  const repeated: EntityInput[] = [];
  for (const input of entities) {
    const first = inputs.get(input);
    if (first === undefined && base.find(input) === undefined) inputs.set(input, input);
    else if (first !== input) repeated.push(input);
    // The ancestors of entities in the base are closed: a later parent would not reach them.
    if (input.parents.length > 0 && base.isOpen(input))
      refuse(
        "entities.reopened",
        `\`${input.type}::"${input.id}"\` is a bare ancestor in the base`,
      );
  }
  const closed = closeHierarchy(entities, inputs, base, reader, limits);
  for (const input of repeated)
    if (!sameData(closed.read(input), closed.find(input)))
      refuse("entities.duplicate", `\`${input.type}::"${input.id}"\` is given twice`);
  let open: EntityMap<true> | null = null;
  return {
    size: base.size + inputs.size,
    find: closed.find,
    isOpen: (uid) => {
      open ??= openAncestors(entities, closed.find);
      return open.get(uid) === true || base.isOpen(uid);
    },
  };
}

interface Closed {
  find(uid: EntityRef): EntityData | undefined;
  read(input: EntityInput): EntityData;
}

function closeHierarchy(
  entities: readonly EntityInput[],
  inputs: EntityMap<EntityInput>,
  base: EntityStore,
  reader: ValueReader,
  limits: RequestLimits,
): Closed {
  const done = entityMap<EntityData>();

  function resolve(uid: EntityRef, generation: number): EntityData | undefined {
    const known = done.get(uid);
    if (known !== undefined) return known;
    const input = inputs.get(uid);
    if (input === undefined) return base.find(uid);
    // A cycle has no last generation.
    if (generation > limits.generations)
      refuse(
        "entities.cycle",
        `\`${uid.type}::"${uid.id}"\` is in a cycle or too deep a hierarchy`,
      );
    const data = read(input, generation);
    done.set(uid, data);
    return data;
  }

  function read(input: EntityInput, generation: number): EntityData {
    const list: EntityValue[] = [];
    let ancestors: Ancestors = { list, index: null };
    const add = (uid: EntityValue): void => {
      if (includes(ancestors, uid)) return;
      list.push(uid);
      if (ancestors.index !== null) ancestors.index.set(uid, true);
      else if (list.length > SCAN_ANCESTORS) ancestors = { list, index: indexOf(list) };
      if (list.length > limits.ancestors) refuse("entities.ancestors", "too many ancestors");
    };
    for (const parent of input.parents) {
      add(entity(parent.type, parent.id));
      for (const ancestor of resolve(parent, generation + 1)?.ancestors.list ?? []) add(ancestor);
    }
    return {
      attrs: reader.fields(input.attrs),
      tags: input.tags === undefined ? NOTHING : reader.fields(input.tags),
      ancestors,
    };
  }

  for (const input of entities) resolve(input, 0);
  return { find: (uid) => done.get(uid) ?? base.find(uid), read: (input) => read(input, 0) };
}

function indexOf(list: readonly EntityValue[]): EntityMap<true> {
  const index = entityMap<true>();
  for (const uid of list) index.set(uid, true);
  return index;
}

function openAncestors(
  entities: readonly EntityInput[],
  find: (uid: EntityRef) => EntityData | undefined,
): EntityMap<true> {
  const open = entityMap<true>();
  for (const input of entities)
    for (const ancestor of find(input)?.ancestors.list ?? [])
      if (find(ancestor) === undefined) open.set(ancestor, true);
  return open;
}

function sameData(a: EntityData, b: EntityData | undefined): boolean {
  return (
    b !== undefined &&
    equal(record(a.attrs), record(b.attrs)) &&
    equal(record(a.tags), record(b.tags)) &&
    a.ancestors.list.length === b.ancestors.list.length &&
    a.ancestors.list.every((ancestor) => includes(b.ancestors, ancestor))
  );
}

function refuse(code: RequestErrorCode, message: string): never {
  throw new RequestRefusal(code, message);
}
