import type { AuthorizationRequest, EntityRef, Json, TaggedEntity } from "@bylaw/core";
import { isArray, isObject, PreparedContext, placeOf } from "@bylaw/core";
import { fitOf } from "./fit.ts";
import { instantOf } from "./instant.ts";
import type { Attributes, Model, Type } from "./model.ts";

/**
 * A check of requests against the schema: the path of the first thing that does not fit, or null.
 *
 * Cedar's semantics read what does not fit as absent or false, so an unknown environment or a
 * missing attribute would silently drop a forbid. Unlike Cedar's own request validation this also
 * demands that principal, resource and every entity that the context names with attributes to ask
 * for are in the slice.
 */
export function misfitOf(model: Model): (request: AuthorizationRequest) => string | null {
  const fits = fitOf(model);
  return (request) => (fits(request) ? null : placeOfMisfit(model, request));
}

/** The plain form of the check. */
export function placeOfMisfit(
  model: Model,
  { principal, action, resource, context, entities }: AuthorizationRequest,
): string | null {
  const known = model.actions.get(action);
  if (known === undefined) return "action";
  if (context instanceof PreparedContext) return "context"; // read already, so it cannot be checked
  if (!known.principals.has(principal.type)) return "principal.type";
  if (!known.resources.has(resource.type)) return "resource.type";
  if (placeOf(entities, principal) < 0) return "principal";
  if (placeOf(entities, resource) < 0) return "resource";
  const problem = slice(model, entities);
  if (problem !== null) return problem;
  const misfit = recordMisfit(model, known.context, context);
  if (misfit !== null) return `context${misfit}`;
  const refs = references(context).filter(({ type }) => isOpen(model, type));
  const absent = refs.find((ref) => placeOf(entities, ref) < 0);
  return absent === undefined ? null : `entities: no ${absent.type}`;
}

function slice(model: Model, entities: readonly TaggedEntity[]): string | null {
  const seen = new Set<string>();
  for (const entity of entities) {
    const path = entity.type;
    const uid = `${entity.type}::${entity.id}`;
    if (seen.has(uid)) return path;
    seen.add(uid);
    const problem = entityMisfit(model, entity);
    if (problem !== null) return `${path}${problem}`;
  }
  return null;
}

function entityMisfit(model: Model, entity: TaggedEntity): string | null {
  const type = model.entities.get(entity.type);
  if (type === undefined || type.ids !== null) return ".type";
  for (const [index, parent] of entity.parents.entries()) {
    const self = parent.type === entity.type && parent.id === entity.id;
    if (self || !type.parents.has(parent.type) || !refFits(model, parent.type, parent))
      return `.parents[${index}]`;
  }
  const attrs = recordMisfit(model, type.attributes, entity.attrs);
  if (attrs !== null) return `.attrs${attrs}`;
  const { tags = {} } = entity;
  const tag = type.tags;
  const fits = (value: Json): boolean => tag !== null && misfit(model, tag, value) === null;
  return isObject(tags) && Object.values(tags).every(fits) ? null : ".tags";
}

function isOpen(model: Model, type: string): boolean {
  return model.entities.get(type)?.ids === null;
}

/** The entities that a context names and a policy may ask about; those of closed lists have nothing to ask for. */
// Members of sets are left out: a policy can only compare them, not ask what they are in.
function references(value: Json | undefined): readonly EntityRef[] {
  if (!isObject(value)) return [];
  const ref = entityRef(value);
  return ref === null ? Object.values(value).flatMap(references) : [ref];
}

function recordMisfit(model: Model, attributes: Attributes, value: Json): string | null {
  if (!isObject(value)) return "";
  for (const name of Object.keys(value)) if (!attributes.has(name)) return `.${name}`;
  for (const [name, { type, required }] of attributes) {
    if (!Object.hasOwn(value, name)) {
      if (required) return `.${name}`;
      continue;
    }
    const problem = misfit(model, type, value[name] as Json);
    if (problem !== null) return `.${name}${problem}`;
  }
  return null;
}

function misfit(model: Model, type: Type, value: Json): string | null {
  switch (type.kind) {
    case "bool":
      return typeof value === "boolean" ? null : "";
    case "long":
      return Number.isSafeInteger(value) ? null : "";
    case "string":
      return typeof value === "string" ? null : "";
    case "record":
      return recordMisfit(model, type.attributes, value);
    case "entity": {
      const ref = isObject(value) ? entityRef(value) : null;
      return ref !== null && refFits(model, type.name, ref) ? null : "";
    }
    case "set": {
      if (!isArray(value)) return "";
      const index = value.findIndex((element) => misfit(model, type.element, element) !== null);
      return index === -1 ? null : `[${index}]`;
    }
    case "extension": {
      const call = isObject(value) ? value["__extn"] : undefined;
      if (!isObject(call) || Object.keys(call).length !== 2) return "";
      const { fn, arg } = call;
      if (fn !== type.name || typeof arg !== "string") return "";
      return fn === "datetime" && instantOf(arg) !== null ? null : ""; // the only one in the schema
    }
  }
}

function refFits(model: Model, type: string, ref: EntityRef): boolean {
  const ids = model.entities.get(type)?.ids;
  return ref.type === type && (ids === undefined || ids === null || ids.has(ref.id));
}

function entityRef(value: Json): EntityRef | null {
  const ref = isObject(value) && Object.keys(value).length === 1 ? value["__entity"] : undefined;
  if (!isObject(ref) || Object.keys(ref).length !== 2) return null;
  const { type, id } = ref;
  return typeof type === "string" && typeof id === "string" ? { type, id } : null;
}
