/**
 * JSON whose integers may be bigints. `Json` is part of it: a strict reader never returns a bigint, but
 * a reader that keeps every digit (conformance suites hold 64-bit integers) may.
 */
export type ExactJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly ExactJson[]
  | ExactObject;

export interface ExactObject {
  readonly [key: string]: ExactJson;
}

export function isExactObject(json: ExactJson | undefined): json is ExactObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** `Array.isArray` for exact JSON: it does not turn the elements into `any`. */
export function isExactArray(json: ExactJson | undefined): json is readonly ExactJson[] {
  return Array.isArray(json);
}

/** The value at `key`, or undefined; never an inherited property. */
export function at(object: ExactObject, key: string): ExactJson | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
