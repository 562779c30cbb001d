import type { Result } from "../result.ts";
import {
  failureOf,
  type RequestError,
  type RequestErrorCode,
  RequestRefusal,
  reading,
} from "./errors.ts";
import { at, type ExactJson, type ExactObject, isExactObject } from "./exact-json.ts";
import { EXTENSIONS } from "./extensions.ts";
import { REQUEST_LIMITS, type RequestLimits } from "./limits.ts";
import { LONG_MAX, LONG_MIN, toLong } from "./long.ts";
import { entity, type RecordValue, record, set, type Value } from "./value.ts";

export const NO_FIELDS: ReadonlyMap<string, Value> = new Map();

function refuse(code: RequestErrorCode, message: string): never {
  throw new RequestRefusal(code, message);
}

/** Reads values in Cedar's JSON form and counts them over one call. Throws `RequestRefusal`. */
export class ValueReader {
  readonly #limits: RequestLimits;
  #nodes = 0;

  constructor(limits: RequestLimits = REQUEST_LIMITS) {
    this.#limits = limits;
  }

  value(json: ExactJson, depth = 0): Value {
    this.#nodes += 1;
    if (this.#nodes > this.#limits.nodes) refuse("request.nodes", "too many values");
    if (typeof json === "string") return this.#text(json);
    if (typeof json === "boolean") return json;
    if (typeof json === "number" || typeof json === "bigint") return integer(json);
    // Cedar has no null: what is not there is an absent attribute.
    if (json === null) return refuse("request.value", "null is not a value");
    if (depth >= this.#limits.depth) refuse("request.depth", "values are nested too deeply");
    if (Array.isArray(json)) return this.#elements(json, depth + 1);
    return this.#object(json as ExactObject, depth + 1);
  }

  /** The fields of an object whose keys are names, never escapes: attributes, tags. */
  fields(json: ExactObject, depth = 0): ReadonlyMap<string, Value> {
    const names = Object.keys(json);
    if (names.length === 0) return NO_FIELDS;
    const read = new Map<string, Value>();
    for (const name of names)
      read.set(this.#text(name), this.value(json[name] as ExactJson, depth));
    return read;
  }

  #text(json: string): string {
    if (json.length > this.#limits.textLength)
      refuse("request.text_length", "a string is too long");
    if (!json.isWellFormed()) refuse("request.value", "a string holds a lone surrogate");
    return json;
  }

  #elements(json: readonly ExactJson[], depth: number): Value {
    if (json.length > this.#limits.setSize) refuse("request.set_size", "a set is too large");
    return set(json.map((element) => this.value(element, depth)));
  }

  #object(json: ExactObject, depth: number): Value {
    if (Object.hasOwn(json, "__entity")) return entityEscape(json);
    if (Object.hasOwn(json, "__extn")) return this.#extensionEscape(json, depth);
    return record(this.fields(json, depth));
  }

  #extensionEscape(json: ExactObject, depth: number): Value {
    const call = only(json, "__extn");
    const name = at(call, "fn");
    const apply = typeof name === "string" ? EXTENSIONS.get(name) : undefined;
    const single = at(call, "arg");
    const args = single === undefined ? at(call, "args") : [single];
    if (apply === undefined || !Array.isArray(args) || Object.keys(call).length !== 2)
      return refuse("request.extension", "`__extn` wants a known `fn` with `arg` or `args`");
    const values = args.map((arg: ExactJson) => this.value(arg, depth));
    try {
      return apply(values);
    } catch (caught) {
      return refuse("request.extension", failureOf(caught).message);
    }
  }
}

function integer(json: number | bigint): Value {
  if (typeof json === "bigint") {
    if (json < LONG_MIN || json > LONG_MAX) refuse("request.number", "an integer exceeds 64 bits");
    return toLong(json);
  }
  // A double beyond 2^53 has lost digits already: nobody knows which number was meant.
  if (!Number.isSafeInteger(json)) refuse("request.number", `\`${json}\` is not a safe integer`);
  return json + 0;
}

function entityEscape(json: ExactObject): Value {
  const reference = only(json, "__entity");
  const [type, id] = [at(reference, "type"), at(reference, "id")];
  if (typeof type !== "string" || typeof id !== "string" || Object.keys(reference).length !== 2)
    return refuse("request.value", "`__entity` wants `type` and `id`");
  return entity(type, id);
}

/** An escape has exactly one key: beside others it could be read as data or as a reference. */
function only(json: ExactObject, key: string): ExactObject {
  const inner = at(json, key);
  if (Object.keys(json).length === 1 && isExactObject(inner)) return inner;
  return refuse("request.value", `\`${key}\` wants an object and no other keys beside it`);
}

/** A context that has been read, for reuse in several requests; made by `prepareContext`. */
export class PreparedContext {
  readonly record: RecordValue;
  constructor(record: RecordValue) {
    this.record = record;
  }
}

/** Reads a context. Throws `RequestRefusal`. */
export function readContext(
  json: ExactObject,
  limits: RequestLimits = REQUEST_LIMITS,
): RecordValue {
  const value = new ValueReader(limits).value(json);
  if (typeof value === "object" && value.kind === "record") return value;
  return refuse("request.value", "the context is not a record");
}

/** Reads a context once for several requests. */
export function prepareContext(
  json: ExactObject,
  limits: RequestLimits = REQUEST_LIMITS,
): Result<PreparedContext, RequestError> {
  return reading(() => new PreparedContext(readContext(json, limits)));
}
