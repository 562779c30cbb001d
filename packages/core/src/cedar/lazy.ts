import type { EntityRef } from "../facts.ts";
import { failureOf } from "./errors.ts";
import { at, type ExactJson, type ExactObject, isExactArray, isExactObject } from "./exact-json.ts";
import { EXTENSIONS } from "./extensions.ts";
import { readContext, ValueReader } from "./ingest.ts";
import type { RequestLimits } from "./limits.ts";
import { entity, type Fields, type RecordValue, record, set, type Value } from "./value.ts";

// Of the values that come with a request policies look at a few. So all are checked and those few are
// read: `Readable` says yes where `ValueReader` would not refuse, and a no leaves it the last word.

/** Whether values in Cedar's JSON form can be read; counts them over one call, as their reader does. */
export class Readable {
  readonly #limits: RequestLimits;
  #nodes = 0;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** The fields of an object whose keys are names, never escapes. */
  fields(json: ExactObject): boolean {
    return this.#fields(json, Object.keys(json), 0);
  }

  #fields(json: ExactObject, names: readonly string[], depth: number): boolean {
    for (let at = 0; at < names.length; at += 1) {
      const name = names[at] as string;
      if (!this.#text(name) || !this.value(json[name] as ExactJson, depth)) return false;
    }
    return true;
  }

  value(json: ExactJson, depth = 0): boolean {
    this.#nodes += 1;
    if (this.#nodes > this.#limits.nodes) return false;
    if (typeof json === "string") return this.#text(json);
    if (typeof json === "boolean") return true;
    if (typeof json === "number") return Number.isSafeInteger(json);
    if (typeof json === "bigint" || json === null || depth >= this.#limits.depth) return false;
    if (Array.isArray(json)) return this.#elements(json, depth + 1);
    return this.#object(json as ExactObject, depth + 1);
  }

  #text(text: string): boolean {
    return text.length <= this.#limits.textLength && text.isWellFormed();
  }

  #elements(json: readonly ExactJson[], depth: number): boolean {
    if (json.length > this.#limits.setSize) return false;
    for (let at = 0; at < json.length; at += 1)
      if (!this.value(json[at] as ExactJson, depth)) return false;
    return true;
  }

  #object(json: ExactObject, depth: number): boolean {
    const names = Object.keys(json);
    if (names.length === 1) {
      if (names[0] === "__entity") return isReference(json["__entity"]);
      if (names[0] === "__extn") return this.#call(json["__extn"]);
    } else if (names.includes("__entity") || names.includes("__extn")) return false;
    return this.#fields(json, names, depth);
  }

  /** Only what nearly every call is, a known function of one text. */
  #call(call: ExactJson | undefined): boolean {
    if (!isExactObject(call)) return false;
    const [name, arg] = [at(call, "fn"), at(call, "arg")];
    const apply = typeof name === "string" ? EXTENSIONS.get(name) : undefined;
    if (apply === undefined || typeof arg !== "string" || Object.keys(call).length !== 2)
      return false;
    this.#nodes += 1;
    return this.#nodes <= this.#limits.nodes && this.#text(arg) && succeeds(() => apply([arg]));
  }
}

function isReference(reference: ExactJson | undefined): boolean {
  return (
    isExactObject(reference) &&
    typeof at(reference, "type") === "string" &&
    typeof at(reference, "id") === "string" &&
    Object.keys(reference).length === 2
  );
}

function succeeds(apply: () => Value): boolean {
  try {
    apply();
    return true;
  } catch (caught) {
    failureOf(caught);
    return false;
  }
}

/** Fields that are read when they are asked for, each once. In: what `Readable` says yes to. */
export class LazyFields implements Fields {
  readonly #json: ExactObject;
  readonly #names: string[] = [];
  readonly #values: Value[] = [];

  constructor(json: ExactObject) {
    this.#json = json;
  }

  get size(): number {
    return Object.keys(this.#json).length;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#json, name);
  }

  get(name: string): Value | undefined {
    const json = at(this.#json, name);
    if (json === undefined) return undefined;
    if (typeof json !== "object") return valueOf(json);
    const known = this.#names.indexOf(name);
    if (known >= 0) return this.#values[known];
    const value = valueOf(json);
    this.#names.push(name);
    this.#values.push(value);
    return value;
  }

  *[Symbol.iterator](): Generator<[string, Value]> {
    for (const name of Object.keys(this.#json)) yield [name, this.get(name) as Value];
  }
}

function valueOf(json: ExactJson): Value {
  if (typeof json === "number") return json + 0;
  if (typeof json !== "object" || json === null) return json as string | boolean;
  if (isExactArray(json)) return set(json.map(valueOf));
  if (Object.hasOwn(json, "__entity")) {
    const { type, id } = json["__entity"] as unknown as EntityRef;
    return entity(type, id);
  }
  if (Object.hasOwn(json, "__extn")) return new ValueReader().value(json);
  return record(new LazyFields(json));
}

/** `readContext` for a context that is not changed afterwards. Throws `RequestRefusal`. */
export function openContext(json: ExactObject, limits: RequestLimits): RecordValue {
  const escape = Object.hasOwn(json, "__entity") || Object.hasOwn(json, "__extn");
  if (escape || !new Readable(limits).value(json)) return readContext(json, limits);
  return record(new LazyFields(json));
}
