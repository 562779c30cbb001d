import type { JsonObject } from "@bylaw/core";

/** What a value of a scenario file may be: one table for the reader, the JSON Schema and the docs. */
export type Shape =
  | { readonly kind: "text" | "flag" | "count" | "any" | "object" }
  | { readonly kind: "form"; readonly pattern: RegExp; readonly like: string }
  | { readonly kind: "choice"; readonly of: readonly string[] }
  | { readonly kind: "list"; readonly of: Shape; readonly least?: number }
  | { readonly kind: "map"; readonly of: Shape; readonly name?: RegExp }
  /** The first shape of the same YAML kind (text, map, list) is the one meant. */
  | { readonly kind: "either"; readonly of: readonly Shape[]; readonly like: string }
  | RecordShape;

export interface RecordShape {
  readonly kind: "record";
  readonly keys: Readonly<Record<string, Key>>;
}

export interface Key {
  readonly shape: Shape;
  readonly means: string;
  readonly required?: boolean;
}

export const TEXT: Shape = { kind: "text" };
export const FLAG: Shape = { kind: "flag" };
export const COUNT: Shape = { kind: "count" };
export const ANY: Shape = { kind: "any" };
export const OBJECT: Shape = { kind: "object" };
export const choice = (of: readonly string[]): Shape => ({ kind: "choice", of });
export const list = (of: Shape, least?: number): Shape =>
  least === undefined ? { kind: "list", of } : { kind: "list", of, least };
export const map = (of: Shape, name?: RegExp): Shape =>
  name === undefined ? { kind: "map", of } : { kind: "map", of, name };
export const record = (keys: RecordShape["keys"]): RecordShape => ({ kind: "record", keys });
export const either = (like: string, ...of: readonly Shape[]): Shape => ({
  kind: "either",
  of,
  like,
});
export const form = (pattern: RegExp, like: string): Shape => ({ kind: "form", pattern, like });
export const key = (shape: Shape, means: string): Key => ({ shape, means });
export const required = (shape: Shape, means: string): Key => ({ shape, means, required: true });

/** A shape as JSON Schema 2020-12. */
export function jsonSchema(shape: Shape): JsonObject {
  switch (shape.kind) {
    case "text":
      return { type: "string" };
    case "flag":
      return { type: "boolean" };
    case "count":
      return { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
    case "any":
      return {};
    case "object":
      return { type: "object" };
    case "form":
      return { type: "string", pattern: shape.pattern.source };
    case "choice":
      return { enum: shape.of };
    case "list":
      return { type: "array", items: jsonSchema(shape.of), minItems: shape.least ?? 0 };
    case "map": {
      const names = shape.name === undefined ? {} : { propertyNames: { pattern: shape.name.source } };
      return { type: "object", additionalProperties: jsonSchema(shape.of), ...names };
    }
    case "either":
      return { anyOf: shape.of.map(jsonSchema) };
    case "record": {
      const entries = Object.entries(shape.keys);
      return {
        type: "object",
        properties: Object.fromEntries(
          entries.map(([name, one]) => [name, { description: one.means, ...jsonSchema(one.shape) }]),
        ),
        required: entries.filter(([, one]) => one.required === true).map(([name]) => name),
        additionalProperties: false,
      };
    }
  }
}
