import type { EntityRef } from "../facts.ts";
import type { Result } from "../result.ts";
import { EntityMap } from "./entity-map.ts";
import { type RequestError, type RequestErrorCode, RequestRefusal, reading } from "./errors.ts";
import type { ExactObject } from "./exact-json.ts";
import { NO_FIELDS, ValueReader } from "./ingest.ts";
import { REQUEST_LIMITS, type RequestLimits } from "./limits.ts";
import { type EntityValue, equal, type Fields, record, sameEntity } from "./value.ts";

/** An entity as it comes in; attributes and tags in Cedar's JSON form. */
export interface EntityInput extends EntityRef {
  readonly parents: readonly EntityRef[];
  readonly attrs: ExactObject;
  readonly tags?: ExactObject;
}

/** An entity as the evaluators see it. */
export interface EntityData {
  readonly attrs: Fields;
  readonly tags: Fields;
  /** Parents, their parents, and so on. */
  readonly ancestors: EntityMap<true>;
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

export const NO_ANCESTORS: EntityMap<true> = new EntityMap();

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
  return sameEntity(uid, group) || data?.ancestors.has(group) === true;
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
  return reading(() => buildStore(entities, base, limits));
}

/** `entityStore` for callers that catch `RequestRefusal` themselves. */
export function buildStore(
  entities: readonly EntityInput[],
  base: EntityStore,
  limits: RequestLimits,
): EntityStore {
  for (const { type, id } of entities)
    if (isActionType(type)) refuse("entities.action", `\`${show({ type, id })}\` is an action`);
  return closeEntities(entities, base, limits);
}

export function isActionType(type: string): boolean {
  return type === "Action" || type.endsWith("::Action");
}

/** The store of entities of any type. */
export function closeEntities(
  entities: readonly EntityInput[],
  base: EntityStore,
  limits: RequestLimits,
): EntityStore {
  if (entities.length === 0) return base;
  if (entities.length + base.size > limits.entities) refuse("entities.count", "too many entities");
  const inputs = new EntityMap<EntityInput>();
  const repeated: EntityInput[] = [];
  for (const input of entities) {
    const first = inputs.get(input);
    if (first === undefined && base.find(input) === undefined) inputs.set(input, input);
    else if (first !== input) repeated.push(input);
    // The ancestors of entities in the base are closed: a later parent would not reach them.
    if (input.parents.length > 0 && base.isOpen(input))
      refuse("entities.reopened", `\`${show(input)}\` is a bare ancestor in the base`);
  }
  const closure = new Closure(inputs, base, limits);
  for (const input of inputs.keys()) closure.find(input, 0);
  for (const input of repeated)
    if (!sameData(closure.read(input, 0), closure.find(input, 0)))
      refuse("entities.duplicate", `\`${show(input)}\` is given twice`);
  return new ClosedStore(closure.done, base);
}

/** Reads entities and closes their ancestors, each once. */
class Closure {
  readonly done: EntityMap<EntityData> = new EntityMap();
  readonly #inputs: EntityMap<EntityInput>;
  readonly #base: EntityStore;
  readonly #limits: RequestLimits;
  readonly #reader: ValueReader;

  constructor(inputs: EntityMap<EntityInput>, base: EntityStore, limits: RequestLimits) {
    this.#inputs = inputs;
    this.#base = base;
    this.#limits = limits;
    this.#reader = new ValueReader(limits);
  }

  find(uid: EntityRef, generation: number): EntityData | undefined {
    const known = this.done.get(uid);
    if (known !== undefined) return known;
    const input = this.#inputs.get(uid);
    if (input === undefined) return this.#base.find(uid);
    // A cycle has no last generation.
    if (generation > this.#limits.generations)
      refuse("entities.cycle", `\`${show(uid)}\` is in a cycle or in too deep a hierarchy`);
    const data = this.read(input, generation);
    this.done.set(uid, data);
    return data;
  }

  read(input: EntityInput, generation: number): EntityData {
    const ancestors = input.parents.length === 0 ? NO_ANCESTORS : new EntityMap<true>();
    for (const parent of input.parents) {
      ancestors.set(parent, true);
      const above = this.find(parent, generation + 1);
      if (above !== undefined)
        for (const ancestor of above.ancestors.keys()) ancestors.set(ancestor, true);
      if (ancestors.size > this.#limits.ancestors)
        refuse("entities.ancestors", `\`${show(input)}\` has too many ancestors`);
    }
    return {
      attrs: this.#reader.fields(input.attrs),
      tags: input.tags === undefined ? NO_FIELDS : this.#reader.fields(input.tags),
      ancestors,
    };
  }
}

class ClosedStore implements EntityStore {
  readonly size: number;
  readonly #own: EntityMap<EntityData>;
  readonly #base: EntityStore;
  /** Computed when this store first becomes a base. */
  #open: EntityMap<true> | null = null;

  constructor(own: EntityMap<EntityData>, base: EntityStore) {
    this.size = own.size + base.size;
    this.#own = own;
    this.#base = base;
  }

  find(uid: EntityRef): EntityData | undefined {
    return this.#own.get(uid) ?? this.#base.find(uid);
  }

  isOpen(uid: EntityRef): boolean {
    this.#open ??= this.#openAncestors();
    return this.#open.has(uid) || this.#base.isOpen(uid);
  }

  #openAncestors(): EntityMap<true> {
    const open = new EntityMap<true>();
    for (const { ancestors } of this.#own.values())
      for (const ancestor of ancestors.keys())
        if (this.find(ancestor) === undefined) open.set(ancestor, true);
    return open;
  }
}

function sameData(a: EntityData, b: EntityData | undefined): boolean {
  return (
    b !== undefined &&
    equal(record(a.attrs), record(b.attrs)) &&
    equal(record(a.tags), record(b.tags)) &&
    a.ancestors.size === b.ancestors.size &&
    a.ancestors.keys().every((ancestor) => b.ancestors.has(ancestor))
  );
}

function show({ type, id }: EntityRef): string {
  return `${type}::${JSON.stringify(id)}`;
}

function refuse(code: RequestErrorCode, message: string): never {
  throw new RequestRefusal(code, message);
}
