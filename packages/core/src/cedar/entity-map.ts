import type { EntityRef } from "../facts.ts";

/** A map keyed by entity: two look-ups and no text built per key. */
export interface EntityMap<T> {
  readonly size: number;
  get(key: EntityRef): T | undefined;
  set(key: EntityRef, value: T): void;
}

export function entityMap<T>(): EntityMap<T> {
  const types = new Map<string, Map<string, T>>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    get: (key) => types.get(key.type)?.get(key.id),
    set: (key, value) => {
      let ids = types.get(key.type);
      if (ids === undefined) types.set(key.type, (ids = new Map()));
      if (!ids.has(key.id)) size += 1;
      ids.set(key.id, value);
    },
  };
}
