import type { Long } from "./long.ts";

/** A Cedar value. Booleans, strings and integers are JavaScript's own. */
export type Value =
  | boolean
  | Long
  | string
  | EntityValue
  | SetValue
  | RecordValue
  | DecimalValue
  | IpValue
  | DatetimeValue
  | DurationValue;

export interface EntityValue {
  readonly kind: "entity";
  readonly type: string;
  readonly id: string;
}

export interface SetValue {
  readonly kind: "set";
  /** In any order, duplicates possible: no operator can tell. */
  readonly elements: readonly Value[];
  /** Built at the first look-up in a larger set. */
  index: ReadonlySet<Key> | null;
}

/** A Map or what reads like one, since `__proto__` and `constructor` are legal attribute names. */
export interface Fields extends Iterable<readonly [string, Value]> {
  readonly size: number;
  has(name: string): boolean;
  get(name: string): Value | undefined;
}

export interface RecordValue {
  readonly kind: "record";
  readonly fields: Fields;
}

export interface DecimalValue {
  readonly kind: "decimal";
  /** Ten-thousandths. */
  readonly units: Long;
}

export interface IpValue {
  readonly kind: "ip";
  readonly version: 4 | 6;
  readonly address: bigint;
  /** Prefix length in bits. */
  readonly prefix: number;
}

export interface DatetimeValue {
  readonly kind: "datetime";
  /** Since 1970-01-01T00:00:00Z. */
  readonly ms: Long;
}

export interface DurationValue {
  readonly kind: "duration";
  readonly ms: Long;
}

export function entity(type: string, id: string): EntityValue {
  return { kind: "entity", type, id };
}

export function set(elements: readonly Value[]): SetValue {
  return { kind: "set", elements, index: null };
}

export function record(fields: Fields): RecordValue {
  return { kind: "record", fields };
}

export function sameEntity(a: EntityValue, b: EntityValue): boolean {
  return a === b || (a.id === b.id && a.type === b.type);
}

/** Deep equality; values of different types are different, never an error. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  switch (a.kind) {
    case "entity":
      return b.kind === "entity" && sameEntity(a, b);
    case "set":
      return b.kind === "set" && containsAll(a, b) && containsAll(b, a);
    case "record":
      return b.kind === "record" && sameFields(a.fields, b.fields);
    case "decimal":
      return b.kind === "decimal" && a.units === b.units;
    case "ip":
      return (
        b.kind === "ip" &&
        a.version === b.version &&
        a.address === b.address &&
        a.prefix === b.prefix
      );
    case "datetime":
      return b.kind === "datetime" && a.ms === b.ms;
    case "duration":
      return b.kind === "duration" && a.ms === b.ms;
  }
}

function sameFields(a: Fields, b: Fields): boolean {
  if (a.size !== b.size) return false;
  for (const [name, value] of a) {
    const other = b.get(name);
    if (other === undefined || !equal(value, other)) return false;
  }
  return true;
}

/** Up to this many elements a scan beats an index. */
const SCAN_ELEMENTS = 8;

export function contains(set: SetValue, value: Value): boolean {
  if (set.elements.length > SCAN_ELEMENTS) {
    set.index ??= new Set(set.elements.map(keyOf));
    return set.index.has(keyOf(value));
  }
  for (const element of set.elements) if (equal(element, value)) return true;
  return false;
}

export function containsAll(set: SetValue, values: SetValue): boolean {
  for (const value of values.elements) if (!contains(set, value)) return false;
  return true;
}

export function containsAny(set: SetValue, values: SetValue): boolean {
  for (const value of values.elements) if (contains(set, value)) return true;
  return false;
}

/** Equal values, equal keys: an index keeps set operations linear whatever the elements are. */
export type Key = boolean | number | bigint | string;

const MARK = "\0";

function keyOf(value: Value): Key {
  if (typeof value === "object") return MARK + textOf(value);
  if (typeof value === "string" && value.startsWith(MARK)) return MARK + textOf(value);
  return value;
}

/** An unambiguous text: every part is delimited or carries its length. */
function textOf(value: Value): string {
  if (typeof value === "string") return `s${value.length}:${value}`;
  if (typeof value !== "object") return `${value};`;
  switch (value.kind) {
    case "entity":
      return `e${value.type.length}:${value.type}${value.id.length}:${value.id}`;
    case "set":
      return `S{${[...new Set(value.elements.map(textOf))].sort().join("")}}`;
    case "record":
      return `R{${[...value.fields]
        .map(([name, field]) => `${name.length}:${name}${textOf(field)}`)
        .sort()
        .join("")}}`;
    case "decimal":
      return `d${value.units};`;
    case "ip":
      return `i${value.version}:${value.address}/${value.prefix};`;
    case "datetime":
      return `t${value.ms};`;
    case "duration":
      return `u${value.ms};`;
  }
}

/** What a value is, for messages. */
export function typeOf(value: Value): string {
  if (typeof value === "object") return value.kind;
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "string" : "long";
}
