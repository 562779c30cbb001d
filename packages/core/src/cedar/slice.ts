import type { EntityRef } from "../facts.ts";
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
    const { type, id, parents } = entities[at] as EntityInput;
    if (isActionType(type) || indexOf(entities, type, id) < at) return false;
    if (!Array.isArray(parents) || parents.length > limits.ancestors) return false;
    for (let up = 0; up < parents.length; up += 1) {
      const parent = parents[up] as EntityRef;
      if (indexOf(entities, parent.type, parent.id) >= 0) return false;
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

function indexOf(entities: readonly EntityRef[], type: string, id: string): number {
  for (let at = 0; at < entities.length; at += 1) {
    const entity = entities[at] as EntityRef;
    if (entity.id === id && entity.type === type) return at;
  }
  return -1;
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

  find({ type, id }: EntityRef): EntityData | undefined {
    const at = indexOf(this.#entities, type, id);
    if (at < 0) return undefined;
    this.#data[at] ??= dataOf(this.#entities[at] as EntityInput);
    return this.#data[at];
  }

  isOpen({ type, id }: EntityRef): boolean {
    return this.#entities.some(({ parents }) => indexOf(parents, type, id) >= 0);
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
