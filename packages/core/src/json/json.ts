/** A JSON value as the strict reader returns it: objects have no prototype, numbers are finite. */
export type Json = null | boolean | number | string | JsonArray | JsonObject;
export type JsonArray = readonly Json[];
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `Array.isArray` for JSON: it does not turn the elements into `any`. */
export function isArray(value: Json | undefined): value is JsonArray {
  return Array.isArray(value);
}

/** The value at `key`, or undefined; never an inherited property. */
export function member(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
