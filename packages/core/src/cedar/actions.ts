import type { Result } from "../result.ts";
import { closeEntities, EMPTY_STORE, type EntityInput, type EntityStore } from "./entities.ts";
import { EntityMap } from "./entity-map.ts";
import { type CompileError, CompileRefusal, loading, reading } from "./errors.ts";
import { at, type ExactJson, type ExactObject, isExactObject } from "./exact-json.ts";
import { REQUEST_LIMITS } from "./limits.ts";

/** The actions of a schema and the groups that they are in, as entities without attributes. */
export interface ActionHierarchy {
  /** With their direct parents. */
  readonly actions: readonly EntityInput[];
  readonly store: EntityStore;
}

/**
 * Reads the action hierarchy from a schema in Cedar's JSON form (`schemaToJson(text).json`): entity
 * files do not carry it. Only `actions` and their `memberOf` are looked at.
 */
export function readActions(schema: ExactJson): Result<ActionHierarchy, CompileError> {
  return loading(null, () => {
    const actions = actionInputs(object(schema, ""));
    const closed = reading(() => closeEntities(actions, EMPTY_STORE, REQUEST_LIMITS));
    if (closed.ok) return { actions, store: closed.value };
    throw new CompileRefusal("schema.cycle", "actions", closed.error.message);
  });
}

function actionInputs(schema: ExactObject): EntityInput[] {
  const declared = new EntityMap<true>();
  const drafts = Object.keys(schema).flatMap((namespace) => {
    const type = namespace === "" ? "Action" : `${namespace}::Action`;
    const actions = object(at(object(schema[namespace], namespace), "actions"), namespace);
    return Object.keys(actions).map((id) => {
      const path = `${namespace}.actions.${id}`;
      declared.set({ type, id }, true);
      return { type, id, path, memberOf: at(object(actions[id], path), "memberOf") ?? [] };
    });
  });
  return drafts.map(({ type, id, path, memberOf }) => {
    if (!Array.isArray(memberOf)) return refuse(path, "`memberOf` wants a list");
    const parents = memberOf.map((parent: ExactJson) => {
      const reference = object(parent, path);
      const [group, groupType] = [at(reference, "id"), at(reference, "type") ?? type];
      if (typeof group !== "string" || typeof groupType !== "string")
        return refuse(path, "`memberOf` wants `id` and an optional `type`");
      // An unqualified `Action` means the own namespace's action where there is one.
      const own = groupType === "Action" && declared.get({ type, id: group }) === true;
      return { type: own ? type : groupType, id: group };
    });
    return { type, id, parents, attrs: {} };
  });
}

function object(json: ExactJson | undefined, path: string): ExactObject {
  return isExactObject(json) ? json : refuse(path, "an object is missing");
}

function refuse(path: string, message: string): never {
  throw new CompileRefusal("schema.shape", path, message);
}
