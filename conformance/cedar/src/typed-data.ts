import type { ExactJson, ExactObject } from "../../../packages/core/dist/index.js";

// Cedar's JSON data may leave out `__entity` and `__extn` where the schema says what is meant. Bylaw's
// own data never does; suites do. This writes the escapes out, directed by a schema in JSON form with
// resolved types (`schemaToJsonWithResolvedTypes`).

interface SchemaType {
  readonly type: string;
  readonly name?: string;
  readonly element?: SchemaType;
  readonly attributes?: Readonly<Record<string, SchemaType>>;
}

interface Namespace {
  readonly commonTypes?: Readonly<Record<string, SchemaType>>;
  readonly entityTypes: Readonly<Record<string, { shape?: SchemaType; tags?: SchemaType }>>;
  readonly actions: Readonly<Record<string, { appliesTo?: { context?: SchemaType } }>>;
}

export type ResolvedSchema = Readonly<Record<string, Namespace>>;

export interface TypedData {
  attributes(entityType: string, json: ExactObject): ExactObject;
  tags(entityType: string, json: ExactObject): ExactObject;
  context(action: { readonly type: string; readonly id: string }, json: ExactObject): ExactObject;
}

const CONSTRUCTORS: Readonly<Record<string, string>> = {
  ipaddr: "ip",
  decimal: "decimal",
  datetime: "datetime",
  duration: "duration",
};

export function typedData(schema: ResolvedSchema): TypedData {
  const split = (name: string): readonly [Namespace | undefined, string] => {
    const at = name.lastIndexOf("::");
    return at < 0 ? [schema[""], name] : [schema[name.slice(0, at)], name.slice(at + 2)];
  };

  function explicit(json: ExactJson, type: SchemaType | undefined): ExactJson {
    switch (type?.type) {
      case "Set":
        return Array.isArray(json) ? json.map((item) => explicit(item, type.element)) : json;
      case "Record":
        return fields(json as ExactObject, type.attributes ?? {});
      case "Entity":
        return isPlain(json) && !Object.hasOwn(json, "__entity") ? { __entity: json } : json;
      case undefined:
        return json;
      default:
        return named(json, type?.type ?? "");
    }
  }

  /** A type by name: primitive, extension or common type. */
  function named(json: ExactJson, name: string): ExactJson {
    const plain = name.replace(/^__cedar::/, "");
    const fn = CONSTRUCTORS[plain];
    if (fn !== undefined) return extension(json, fn);
    if (PRIMITIVES.has(plain)) return json;
    const [namespace, base] = split(name);
    return explicit(json, namespace?.commonTypes?.[base]);
  }

  function fields(json: ExactObject, types: Readonly<Record<string, SchemaType>>): ExactObject {
    if (!isPlain(json)) return json;
    return Object.fromEntries(
      Object.entries(json).map(([name, value]) => {
        const type = Object.hasOwn(types, name) ? types[name] : undefined;
        return [name, explicit(value, type)];
      }),
    );
  }

  const entityType = (name: string) => {
    const [namespace, base] = split(name);
    return namespace?.entityTypes[base];
  };

  return {
    attributes: (type, json) =>
      explicit(json, entityType(type)?.shape ?? { type: "Record" }) as ExactObject,
    tags: (type, json) =>
      Object.fromEntries(
        Object.entries(json).map(([key, value]) => [key, explicit(value, entityType(type)?.tags)]),
      ),
    context: (action, json) => {
      const [namespace] = split(action.type);
      const type = namespace?.actions[action.id]?.appliesTo?.context ?? { type: "Record" };
      return explicit(json, type) as ExactObject;
    },
  };
}

const PRIMITIVES: ReadonlySet<string> = new Set(["Long", "String", "Bool", "Boolean"]);

function extension(json: ExactJson, fn: string): ExactJson {
  if (typeof json === "string") return { __extn: { fn, arg: json } };
  return isPlain(json) && !Object.hasOwn(json, "__extn") ? { __extn: json } : json;
}

function isPlain(json: ExactJson): json is ExactObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** The same data with the escapes left out that a schema makes superfluous. */
export function stripped(json: ExactJson): ExactJson {
  if (Array.isArray(json)) return json.map(stripped);
  if (!isPlain(json)) return json;
  if (Object.hasOwn(json, "__entity")) return json["__entity"] as ExactJson;
  const call = json["__extn"] as ExactObject | undefined;
  if (call !== undefined) return (call["arg"] as ExactJson | undefined) ?? json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, stripped(value)]));
}
