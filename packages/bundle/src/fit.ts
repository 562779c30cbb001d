import type { AuthorizationRequest, EntityRef, Json, JsonObject, TaggedEntity } from "@bylaw/core";
import { isArray, isObject, PreparedContext, placeOf } from "@bylaw/core";
import { isInstant } from "./instant.ts";
import type { ActionModel, Attributes, Model, Type } from "./model.ts";

/**
 * Whether requests fit the schema: `misfit.ts` as yes or no, compiled, for the many that do.
 *
 * What passed in the request before, the very same object, is not looked at again: the requests of
 * one effect share their context and most of their entities, which are built once and never changed.
 */
export function fitOf(model: Model): (request: AuthorizationRequest) => boolean {
  const actions = new Map([...model.actions].map(([id, one]) => [id, actionFit(model, one)]));
  const entityFits = entityFit(model);
  let context: object | null = null;
  let contextAction: ActionFit | null = null;
  let named: readonly EntityRef[] = [];
  let slice: readonly TaggedEntity[] = [];

  function contextFits(action: ActionFit, json: AuthorizationRequest["context"]): boolean {
    if (json === context && action === contextAction) return true;
    if (json instanceof PreparedContext || !action.context(json)) return false;
    named = referencesAt(json, action.open);
    [context, contextAction] = [json, action];
    return true;
  }

  function sliceFits(entities: readonly TaggedEntity[]): boolean {
    for (let at = 0; at < entities.length; at += 1) {
      const entity = entities[at] as TaggedEntity;
      if (placeOf(entities, entity) < at) return false;
      if (!slice.includes(entity) && !entityFits(entity)) return false;
    }
    slice = entities;
    return true;
  }

  return ({ principal, action, resource, context, entities }) => {
    const known = actions.get(action);
    return (
      known !== undefined &&
      known.principals.has(principal.type) &&
      known.resources.has(resource.type) &&
      placeOf(entities, principal) >= 0 &&
      placeOf(entities, resource) >= 0 &&
      sliceFits(entities) &&
      contextFits(known, context) &&
      named.every((ref) => placeOf(entities, ref) >= 0)
    );
  };
}

interface ActionFit {
  readonly principals: ReadonlySet<string>;
  readonly resources: ReadonlySet<string>;
  readonly context: Fit;
  /** Where the context names entities that policies may ask about. */
  readonly open: readonly Path[];
}

type Path = readonly string[];

function actionFit(model: Model, { principals, resources, context }: ActionModel): ActionFit {
  return {
    principals,
    resources,
    context: recordFit(model, context),
    open: openPaths(model, context),
  };
}

function openPaths(model: Model, attributes: Attributes): readonly Path[] {
  return [...attributes].flatMap(([name, { type }]) => {
    if (type.kind === "record")
      return openPaths(model, type.attributes).map((path) => [name, ...path]);
    return type.kind === "entity" && model.entities.get(type.name)?.ids === null ? [[name]] : [];
  });
}

/** What stands at the paths of a context that fits; nothing where a member is optional. */
function referencesAt(context: JsonObject, paths: readonly Path[]): readonly EntityRef[] {
  const found: EntityRef[] = [];
  for (const path of paths) {
    let value: Json | undefined = context;
    for (const name of path) value = (value as JsonObject | undefined)?.[name];
    const reference = (value as JsonObject | undefined)?.["__entity"];
    if (reference !== undefined) found.push(reference as unknown as EntityRef);
  }
  return found;
}

function entityFit(model: Model): (entity: TaggedEntity) => boolean {
  const types = new Map(
    [...model.entities].map(([name, { ids, parents, attributes, tags }]) => [
      name,
      {
        ids,
        parents,
        attrs: recordFit(model, attributes),
        tag: tags === null ? null : fitOfType(model, tags),
      },
    ]),
  );
  return ({ type, id, parents, attrs, tags }) => {
    const known = types.get(type);
    if (known === undefined || known.ids !== null || !Array.isArray(parents)) return false;
    for (let at = 0; at < parents.length; at += 1) {
      const parent = parents[at] as EntityRef;
      if ((parent.id === id && parent.type === type) || !known.parents.has(parent.type))
        return false;
      if (types.get(parent.type)?.ids?.has(parent.id) === false) return false;
    }
    if (!known.attrs(attrs)) return false;
    if (tags === undefined) return true;
    const { tag } = known;
    if (!isObject(tags)) return false;
    for (const name of Object.keys(tags))
      if (tag === null || !tag(tags[name] as Json)) return false;
    return true;
  };
}

type Fit = (value: Json) => boolean;

function recordFit(model: Model, attributes: Attributes): Fit {
  // A name that every object has is left to the plain form.
  if ([...attributes.keys()].some((name) => name in Object.prototype)) return () => false;
  const members = [...attributes].map(([name, { type, required }]) => {
    return { name, required, fits: fitOfType(model, type) };
  });
  return (value) => {
    if (!isObject(value)) return false;
    let found = 0;
    for (let at = 0; at < members.length; at += 1) {
      const { name, required, fits } = members[at] as (typeof members)[number];
      const inner = value[name];
      if (inner === undefined) {
        if (required) return false;
      } else if (fits(inner)) found += 1;
      else return false;
    }
    // As many as there are: none of those found was inherited, and none is unknown.
    return found === Object.keys(value).length;
  };
}

function fitOfType(model: Model, type: Type): Fit {
  switch (type.kind) {
    case "bool":
      return (value) => typeof value === "boolean";
    case "long":
      return (value) => Number.isSafeInteger(value);
    case "string":
      return (value) => typeof value === "string";
    case "record":
      return recordFit(model, type.attributes);
    case "entity":
      return referenceFit(type.name, model.entities.get(type.name)?.ids ?? null);
    case "set": {
      const element = fitOfType(model, type.element);
      return (value) => {
        if (!isArray(value)) return false;
        for (let at = 0; at < value.length; at += 1) if (!element(value[at] as Json)) return false;
        return true;
      };
    }
    case "extension":
      return type.name === "datetime" ? datetimeFits : () => false; // the only one in the schema
  }
}

function referenceFit(name: string, ids: ReadonlySet<string> | null): Fit {
  return (value) => {
    if (!isObject(value) || Object.keys(value).length !== 1) return false;
    const ref = value["__entity"];
    if (!isObject(ref) || Object.keys(ref).length !== 2) return false;
    const { type, id } = ref;
    return type === name && typeof id === "string" && (ids === null || ids.has(id));
  };
}

function datetimeFits(value: Json): boolean {
  if (!isObject(value) || Object.keys(value).length !== 1) return false;
  const call = value["__extn"];
  if (!isObject(call) || Object.keys(call).length !== 2) return false;
  const { fn, arg } = call;
  return fn === "datetime" && typeof arg === "string" && isInstant(arg);
}
