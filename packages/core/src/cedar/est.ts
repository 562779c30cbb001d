import { CompileRefusal } from "./errors.ts";
import { at, type ExactJson, type ExactObject, isExactArray, isExactObject } from "./exact-json.ts";
import { type EntityValue, entity } from "./value.ts";

// Readers of Cedar's JSON policy form that refuse whatever they do not know: a key that is ignored
// would be a condition that is ignored.

/** An object with all of `required`, any of `optional` and nothing else. */
export function shape(
  json: ExactJson | undefined,
  path: string,
  required: readonly string[],
  optional: readonly string[] = [],
): ExactObject {
  if (!isExactObject(json)) return refuseShape(path, "an object is missing");
  for (const key of Object.keys(json))
    if (!required.includes(key) && !optional.includes(key))
      throw new CompileRefusal("policy.unknown_key", path, `\`${key}\` is unknown here`);
  for (const key of required)
    if (!Object.hasOwn(json, key)) refuseShape(path, `\`${key}\` is missing`);
  return json;
}

export function list(json: ExactJson | undefined, path: string): readonly ExactJson[] {
  return isExactArray(json) ? json : refuseShape(path, "a list is missing");
}

export function text(json: ExactJson | undefined, path: string): string {
  return typeof json === "string" ? json : refuseShape(path, "a string is missing");
}

/** `{type, id}`, also wrapped as `{"__entity": {type, id}}`. */
export function entityReference(json: ExactJson | undefined, path: string): EntityValue {
  const wrapped = isExactObject(json) ? at(json, "__entity") : undefined;
  if (wrapped !== undefined) shape(json, path, ["__entity"]);
  const reference = shape(wrapped ?? json, path, ["type", "id"]);
  return entity(text(reference["type"], path), text(reference["id"], path));
}

export function refuseShape(path: string, message: string): never {
  throw new CompileRefusal("policy.shape", path, message);
}
