import { isObject, type Json, type JsonObject } from "@bylaw/core";
import { LEAF_UNITS_MAX, LEAVES_MAX, RESULT_DEPTH_MAX } from "./limits.ts";
import { type Role, roleOfParameter } from "./roles.ts";
import { type Shape, shapeOf } from "./text.ts";
import type { ToolProfile } from "./tool.ts";

/** One value of the arguments and the role of the parameter that it came in by. */
export interface RoledLeaf {
  /** Dotted path, for the reason that a person reads. */
  readonly path: string;
  readonly parameter: string;
  readonly text: string;
  readonly role: Role;
}

/** The values of a call; null when there are more or longer ones than are judged. */
export function roledLeaves(args: JsonObject, profile: ToolProfile): readonly RoledLeaf[] | null {
  const leaves: RoledLeaf[] = [];
  const visit = (
    value: Json,
    path: string,
    parameter: string,
    role: Role,
    depth: number,
  ): boolean => {
    if (depth > RESULT_DEPTH_MAX || leaves.length > LEAVES_MAX) return false;
    if (typeof value === "string" || typeof value === "number") {
      const text = String(value).trim();
      if (text === "") return true;
      leaves.push({ path, parameter, text, role: roleOfValue(role, text) });
      for (const part of addressesIn(role, text))
        leaves.push({ path, parameter, text: part, role: roleOfValue(role, part) });
      return leaves.length <= LEAVES_MAX && (role === "content" || text.length <= LEAF_UNITS_MAX);
    }
    if (Array.isArray(value))
      return value.every((item: Json, at) =>
        visit(item, `${path}.${at}`, parameter, role, depth + 1),
      );
    if (!isObject(value)) return true;
    return Object.keys(value).every((name) =>
      visit(value[name] as Json, `${path}.${name}`, parameter, nestedRole(name, role), depth + 1),
    );
  };
  for (const name of Object.keys(args)) {
    const role = profile.roles.get(name) ?? roleOfParameter(name, {});
    if (!visit(args[name] as Json, name, name, role, 0)) return null;
  }
  return leaves;
}

/** Addresses that share one string, `Ada <ada@a.example>, bo@b.example`: each is looked up by itself. */
function addressesIn(role: Role, text: string): readonly string[] {
  if (role === "content" || role === "secret" || text.length > LEAF_UNITS_MAX) return [];
  const parts = text.split(/[\s,;<>()"']+/).filter((part) => part !== "");
  return parts.length < 2 ? [] : parts.filter((part) => ADDRESSES.has(shapeOf(part)));
}

const ADDRESSES: ReadonlySet<Shape> = new Set<Shape>(["email", "url", "account"]);

/** A member of an object says itself what it is for; what it does not say, its parameter does. */
function nestedRole(name: string, outer: Role): Role {
  const own = roleOfParameter(name, {});
  return own === "entity" ? outer : own;
}

/** A value whose shape only a destination has is one, whatever its parameter is called. */
function roleOfValue(role: Role, text: string): Role {
  if (role === "content" || role === "secret" || role === "time") return role;
  const shape = shapeOf(text);
  if (role === "url") return "url";
  if (shape === "url" && role !== "path" && role !== "flag") return "url";
  if ((shape === "email" || shape === "account") && role === "entity") return "dest";
  return role;
}
