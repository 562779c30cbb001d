import type { Json } from "@bylaw/core";
import type { CedarModule } from "./cedar.ts";

/** A type of the schema, with common types resolved. */
export type Type =
  | { readonly kind: "bool" | "long" | "string" }
  | { readonly kind: "extension"; readonly name: string }
  | { readonly kind: "entity"; readonly name: string }
  | { readonly kind: "set"; readonly element: Type }
  | { readonly kind: "record"; readonly attributes: Attributes };

export type Attributes = ReadonlyMap<string, { readonly type: Type; readonly required: boolean }>;

export interface EntityModel {
  /** The closed list of ids; null when ids are open. */
  readonly ids: ReadonlySet<string> | null;
  readonly parents: ReadonlySet<string>;
  readonly attributes: Attributes;
  readonly tags: Type | null;
}

export interface ActionModel {
  /** Every group the action is in, directly or not, and itself. */
  readonly groups: ReadonlySet<string>;
  readonly principals: ReadonlySet<string>;
  readonly resources: ReadonlySet<string>;
  readonly context: Attributes;
}

/** The schema as data: what requests and expressions are checked against. */
export interface Model {
  /** Cedar's JSON form, with resolved types. */
  readonly json: Json;
  readonly entities: ReadonlyMap<string, EntityModel>;
  readonly actions: ReadonlyMap<string, ActionModel>;
}

let last: { readonly schema: string; readonly model: Model } | null = null;

/**
 * Reads a schema through the validator; the last one is kept, since bundles are reloaded more often
 * than closed lists change. Throws when the text is no schema: it is Bylaw's own.
 */
export function modelOf(cedar: CedarModule, schema: string): Model {
  if (last?.schema !== schema) last = { schema, model: readModel(cedar, schema) };
  return last.model;
}

function readModel(cedar: CedarModule, schema: string): Model {
  const answer = cedar.schemaToJsonWithResolvedTypes(schema);
  if (answer.type === "failure")
    throw new Error(`schema: ${answer.errors.map(({ message }) => message).join("; ")}`);
  const space = answer.json[""];
  if (space === undefined) throw new Error("schema: no types outside a namespace");
  const common = new Map(Object.entries(space.commonTypes ?? {}));
  const typeOf = (raw: unknown): Type => readType(raw as RawType, common);
  const attributesOf = (raw: unknown): Attributes => {
    const type = typeOf(raw ?? { type: "Record", attributes: {} });
    if (type.kind !== "record") throw new Error("schema: attributes must be a record");
    return type.attributes;
  };

  const entities = new Map<string, EntityModel>();
  for (const [name, entity] of Object.entries(space.entityTypes)) {
    const ids = "enum" in entity ? new Set(entity.enum) : null;
    const {
      memberOfTypes = [],
      shape = undefined,
      tags = undefined,
    } = "enum" in entity ? {} : entity;
    entities.set(name, {
      ids,
      parents: new Set(memberOfTypes),
      attributes: attributesOf(shape),
      tags: tags === undefined ? null : typeOf(tags),
    });
  }
  const parentsOf = (id: string): readonly string[] =>
    (space.actions[id]?.memberOf ?? []).map((group) => group.id);
  const closure = (id: string): readonly string[] => [id, ...parentsOf(id).flatMap(closure)];
  const actions = new Map<string, ActionModel>();
  for (const [id, action] of Object.entries(space.actions)) {
    actions.set(id, {
      groups: new Set(closure(id)),
      principals: new Set(action.appliesTo?.principalTypes),
      resources: new Set(action.appliesTo?.resourceTypes),
      context: attributesOf(action.appliesTo?.context),
    });
  }
  return { json: answer.json as unknown as Json, entities, actions };
}

interface RawType {
  readonly type: string;
  readonly name?: string;
  readonly element?: RawType;
  readonly attributes?: Readonly<Record<string, RawType & { readonly required?: boolean }>>;
}

const PRIMITIVES = { Boolean: "bool", Bool: "bool", Long: "long", String: "string" } as const;

function readType(raw: RawType, common: ReadonlyMap<string, RawType>): Type {
  if (raw.type in PRIMITIVES) return { kind: PRIMITIVES[raw.type as keyof typeof PRIMITIVES] };
  if (raw.type === "Set" && raw.element !== undefined)
    return { kind: "set", element: readType(raw.element, common) };
  if (raw.type === "Entity" && raw.name !== undefined) return { kind: "entity", name: raw.name };
  if (raw.type === "Record") {
    const attributes = Object.entries(raw.attributes ?? {}).map(
      ([name, type]) =>
        [name, { type: readType(type, common), required: type.required !== false }] as const,
    );
    return { kind: "record", attributes: new Map(attributes) };
  }
  const named = common.get(raw.type);
  return named === undefined
    ? { kind: "extension", name: raw.name ?? raw.type }
    : readType(named, common);
}
