import { type EntityRef, placeOf } from "../facts.ts";
import {
  buildStore,
  EMPTY_STORE,
  type EntityData,
  type EntityInput,
  type EntityStore,
  isActionType,
  NO_ANCESTORS,
} from "./entities.ts";
import { EntityMap } from "./entity-map.ts";
import { NO_FIELDS } from "./ingest.ts";
import { LazyFields, Readable } from "./lazy.ts";
import type { RequestLimits } from "./limits.ts";
import type { Fields } from "./value.ts";

/** Up to this many entities a scan beats an index. */
const SCAN_ENTITIES = 16;

/**
 * `buildStore` for the entities of one request, which nobody changes while it is evaluated. Nearly
 * all are few, different, and none is in another: nothing of them is copied, and no ancestors are
 * closed. Whatever else they are, `buildStore` reads or refuses them. Throws `RequestRefusal`.
 */
export function openSlice(
  entities: readonly EntityInput[],
  base: EntityStore,
  limits: RequestLimits,
): EntityStore {
  const plain = base === EMPTY_STORE && isFlat(entities, limits) && isReadable(entities, limits);
  return plain ? new Slice(entities) : buildStore(entities, base, limits);
}

function isFlat(entities: readonly EntityInput[], limits: RequestLimits): boolean {
  if (entities.length > SCAN_ENTITIES || entities.length > limits.entities) return false;
  for (let at = 0; at < entities.length; at += 1) {
    const entity = entities[at] as EntityInput;
    const { parents } = entity;
    if (isActionType(entity.type) || placeOf(entities, entity) < at) return false;
    if (!Array.isArray(parents) || parents.length > limits.ancestors) return false;
    for (let up = 0; up < parents.length; up += 1) {
      const parent = parents[up] as EntityRef;
      if (placeOf(entities, parent) >= 0) return false;
    }
  }
  return true;
}

function isReadable(entities: readonly EntityInput[], limits: RequestLimits): boolean {
  const readable = new Readable(limits);
  for (let at = 0; at < entities.length; at += 1) {
    const { attrs, tags } = entities[at] as EntityInput;
    if (!readable.fields(attrs) || (tags !== undefined && !readable.fields(tags))) return false;
  }
  return true;
}

class Slice implements EntityStore {
  readonly #entities: readonly EntityInput[];
  readonly #data: (EntityData | undefined)[] = [];

  constructor(entities: readonly EntityInput[]) {
    this.#entities = entities;
  }

  get size(): number {
    return this.#entities.length;
  }

  find(uid: EntityRef): EntityData | undefined {
    const at = placeOf(this.#entities, uid);
    if (at < 0) return undefined;
    this.#data[at] ??= dataOf(this.#entities[at] as EntityInput);
    return this.#data[at];
  }

  isOpen(uid: EntityRef): boolean {
    return this.#entities.some(({ parents }) => placeOf(parents, uid) >= 0);
  }
}

function dataOf({ attrs, tags, parents }: EntityInput): EntityData {
  const ancestors = parents.length === 0 ? NO_ANCESTORS : new EntityMap<true>();
  for (const parent of parents) ancestors.set(parent, true);
  return { attrs: fieldsOf(attrs), tags: fieldsOf(tags), ancestors };
}

function fieldsOf(json: EntityInput["tags"]): Fields {
  return json === undefined ? NO_FIELDS : new LazyFields(json);
}
