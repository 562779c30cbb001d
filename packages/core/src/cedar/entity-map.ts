import type { EntityRef } from "../facts.ts";

/** Up to this many keys a scan beats an index. */
const SCAN_KEYS = 16;

/** A map keyed by entity, in order of insertion. Small ones, which most are, need no index. */
export class EntityMap<T> {
  readonly #keys: EntityRef[] = [];
  readonly #values: T[] = [];
  /** Position by type and id. */
  #index: Map<string, Map<string, number>> | null = null;

  get size(): number {
    return this.#keys.length;
  }

  keys(): readonly EntityRef[] {
    return this.#keys;
  }

  values(): readonly T[] {
    return this.#values;
  }

  has(key: EntityRef): boolean {
    return this.#position(key) >= 0;
  }

  get(key: EntityRef): T | undefined {
    const at = this.#position(key);
    return at < 0 ? undefined : this.#values[at];
  }

  set(key: EntityRef, value: T): void {
    const known = this.#position(key);
    if (known >= 0) {
      this.#values[known] = value;
      return;
    }
    this.#keys.push(key);
    this.#values.push(value);
    if (this.#index !== null) this.#register(this.#index, this.#keys.length - 1);
    else if (this.#keys.length > SCAN_KEYS) {
      this.#index = new Map();
      for (let at = 0; at < this.#keys.length; at += 1) this.#register(this.#index, at);
    }
  }

  #register(index: Map<string, Map<string, number>>, at: number): void {
    const { type, id } = this.#keys[at] as EntityRef;
    const ids = index.get(type);
    if (ids === undefined) index.set(type, new Map([[id, at]]));
    else ids.set(id, at);
  }

  #position({ type, id }: EntityRef): number {
    if (this.#index !== null) return this.#index.get(type)?.get(id) ?? -1;
    const keys = this.#keys;
    for (let at = 0; at < keys.length; at += 1) {
      const key = keys[at] as EntityRef;
      if (key.id === id && key.type === type) return at;
    }
    return -1;
  }
}
