import type { JsonObject } from "@bylaw/core";
import { isArray, isObject } from "@bylaw/core";
import { type Literal, literalOf } from "../est.ts";
import type { Policy } from "../load.ts";
import type { PermitUse } from "./use.ts";

/** What a permit allows and the log never shows. */
export interface Unused {
  readonly actions: readonly string[];
  readonly types: readonly string[];
  readonly environments: readonly string[];
}

/**
 * The head of a permit that covers every use and, where it can, no more: fewer actions, one
 * principal, the types and environments that occurred. Its conditions stay as they are, so the
 * text ends where they begin.
 */
export function narrower({ est }: Policy, used: PermitUse, unused: Unused): string {
  const types = unused.types.length === 0 ? [] : [...used.resourceTypes].sort();
  const { environments } = used;
  const known = environments !== null && !environments.has("") && unused.environments.length > 0;
  const places = known ? [...environments].sort() : [];
  const actions =
    unused.actions.length === 0
      ? scopeText("action", est.action)
      : actionText([...used.actions].sort());
  const { text, rest } = resourceText(est.resource, types, places);
  const head = `permit (${principalText(est.principal, used)}, ${actions}, ${text})`;
  return rest.length === 0 ? head : `${head}\nwhen { ${rest.join(" && ")} }`;
}

function principalText(scope: JsonObject, { principals }: PermitUse): string {
  const [only] = principals;
  if (principals.size === 1 && only !== undefined) return `principal == ${only}`;
  const types = new Set([...principals].map((text) => text.split("::", 1)[0]));
  const [type] = types;
  return types.size === 1 && scope["op"] === "All"
    ? `principal is ${type}`
    : scopeText("principal", scope);
}

function actionText(actions: readonly string[]): string {
  const names = actions.map((action) => `Action::${JSON.stringify(action)}`);
  return names.length === 1 ? `action == ${names[0]}` : `action in [${names.join(", ")}]`;
}

/** The scope as narrow as one can say it there, and the rest as conditions. */
function resourceText(
  scope: JsonObject,
  types: readonly string[],
  places: readonly string[],
): { readonly text: string; readonly rest: readonly string[] } {
  const names = places.map((id) => `Environment::${JSON.stringify(id)}`);
  const [type] = types;
  const typed = scope["op"] === "All" && types.length === 1;
  if (typed && names.length === 1) return { text: `resource is ${type} in ${names[0]}`, rest: [] };
  const rest: string[] = [];
  if (types.length > 0 && !typed)
    rest.push(`(${types.map((name) => `resource is ${name}`).join(" || ")})`);
  if (names.length > 0) rest.push(`resource in [${names.join(", ")}]`);
  return { text: typed ? `resource is ${type}` : scopeText("resource", scope), rest };
}

/** A scope constraint as Cedar text. */
function scopeText(variable: string, scope: JsonObject): string {
  const { op, entity, entities, entity_type: type, in: inside } = scope;
  const one = literalOf(entity);
  if (op === "is" && typeof type === "string") {
    const place = isObject(inside) ? literalOf(inside["entity"]) : null;
    return `${variable} is ${type}${place === null ? "" : ` in ${entityText(place)}`}`;
  }
  if (op === "in" && isArray(entities)) {
    const names = entities.flatMap((each) => literalOf(each) ?? []).map(entityText);
    return `${variable} in [${names.join(", ")}]`;
  }
  if (one === null) return variable;
  return `${variable} ${op === "==" ? "==" : "in"} ${entityText(one)}`;
}

function entityText({ type, id }: Literal): string {
  return `${type}::${JSON.stringify(id)}`;
}
