import { isArray, isObject, type Json, type JsonObject } from "@bylaw/core";
import { Unclear } from "./reading.ts";

/** Access to PostgreSQL's parse tree. A node of another shape than expected ends the reading. */

/** A table's name, `schema.table` outside of `public`. */
export function nameOf(relation: JsonObject): string {
  const parts = [relation["catalogname"], relation["schemaname"], relation["relname"]];
  return joinName(parts.filter((part) => part !== undefined && part !== "").map(text));
}

/** `public.t` and `t` are one table; a dot inside a quoted name would make two names look alike. */
export function joinName(parts: readonly string[]): string {
  if (parts.length === 0 || parts.some((part) => part.includes(".") || part === ""))
    throw new Unclear();
  return (parts.length === 2 && parts[0] === "public" ? parts.slice(1) : parts).join(".");
}

/** A whole number from 0 that the text spells out, null for anything else. */
export function integerConstant(value: Json | undefined): number | null {
  const constant = isObject(value) ? value["A_Const"] : undefined;
  const integer = isObject(constant) ? constant["ival"] : undefined;
  if (!isObject(integer)) return null;
  const count = integer["ival"] ?? 0; // zero is left out of the tree
  return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 ? count : null;
}

export function stringNode(value: Json): string {
  return text(object(object(value)["String"])["sval"]);
}

export function text(value: Json | undefined): string {
  if (typeof value !== "string") throw new Unclear();
  return value;
}

export function object(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw new Unclear();
  return value;
}

/** An array; what is left out of the tree is an empty one. */
export function list(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  if (!isArray(value)) throw new Unclear();
  return value;
}

/** A copy without one member, so that it is not walked twice. */
export function without(value: JsonObject, key: string): JsonObject {
  const { [key]: _, ...rest } = value;
  return rest;
}
