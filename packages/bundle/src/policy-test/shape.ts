import {
  ACTIONS,
  ASSURANCES,
  AUDIENCES,
  GATEWAYS,
  type JsonObject,
  LABELS,
  ORIGINS,
  OUTCOMES,
  RESOURCE_TYPES,
  SOURCES,
} from "@bylaw/core";
import { PACKS } from "../packs.ts";

/** What a value of a policy test file may be: one table for the reader, the JSON Schema and the docs. */
export type Shape =
  | { readonly kind: "text" | "flag" | "count" | "integer" | "amount" | "object" }
  | { readonly kind: "form"; readonly pattern: RegExp; readonly like: string }
  | { readonly kind: "choice"; readonly of: readonly string[] }
  | { readonly kind: "list"; readonly of: Shape; readonly least?: number }
  | { readonly kind: "map"; readonly of: Shape }
  | RecordShape;

export interface RecordShape {
  readonly kind: "record";
  readonly keys: Readonly<Record<string, Key>>;
}

interface Key {
  readonly shape: Shape;
  readonly means: string;
  readonly required?: boolean;
}

const TEXT: Shape = { kind: "text" };
const FLAG: Shape = { kind: "flag" };
const COUNT: Shape = { kind: "count" };
const AMOUNT: Shape = { kind: "amount" };
const TEXTS: Shape = { kind: "list", of: TEXT };
/** An action of the vocabulary on a resource of it. */
const DEED: Shape = {
  kind: "form",
  pattern: new RegExp(`^(${ACTIONS.join("|")}) (${RESOURCE_TYPES.join("|")})::.+$`),
  like: "an action and a resource, such as `delete Table::customers`",
};
const ENTITIES = {
  kind: "list",
  of: { kind: "form", pattern: /^[A-Z][A-Za-z]*::.+$/, like: "of the form `Type::id`" },
} as const;
const choice = (of: readonly string[]): Shape => ({ kind: "choice", of });
const listOf = (of: readonly string[]): Shape => ({ kind: "list", of: choice(of) });
const map = (of: Shape): Shape => ({ kind: "map", of });
const record = (keys: RecordShape["keys"]): RecordShape => ({ kind: "record", keys });
const key = (shape: Shape, means: string): Key => ({ shape, means });
const required = (shape: Shape, means: string): Key => ({ shape, means, required: true });
const flags = (keys: Readonly<Record<string, string>>): RecordShape["keys"] =>
  Object.fromEntries(Object.entries(keys).map(([name, means]) => [name, key(FLAG, means)]));
const counts = (keys: Readonly<Record<string, string>>): RecordShape["keys"] =>
  Object.fromEntries(Object.entries(keys).map(([name, means]) => [name, key(COUNT, means)]));

/** What one effect can say of itself. */
export const EFFECT_KEYS: RecordShape["keys"] = {
  do: key(DEED, "action and resource: `delete Table::customers`"),
  in: key(ENTITIES, "everything the resource is in: `Environment::production`, `Class::ci`"),
  attrs: key({ kind: "object" }, "attributes of the resource that differ from their defaults"),
  quantity: key(AMOUNT, "how many things; default 1"),
  bytes: key(AMOUNT, "how much content moves; default 0"),
  cost: key(AMOUNT, "money, in millionths of a US dollar; default 0"),
  tokens: key(AMOUNT, "tokens of a model; default 0, and unknown where the resource is a Model"),
  reversible: key(FLAG, "an undo is known to exist; default false"),
  audience: key(choice(AUDIENCES), "who can see the result; default `none`"),
  labels: key(listOf(LABELS), "labels of the data; default none"),
  target: key(listOf(ORIGINS), "who chose the target; default `[user]`"),
  payload: key(listOf(ORIGINS), "where the content comes from; default `[model]`"),
  untrusted: key(FLAG, "untrusted content had a part in it; default false"),
  findings: key(TEXTS, "what detectors found; default nothing"),
  source: key(choice(SOURCES), "how the effect is known; default `parsed`"),
};

const APPROVAL = record({
  policies: required(TEXTS, "the policies it answers"),
  by: required(map(TEXTS), "who said yes, with their groups: `{ dana: [dba] }`"),
  id: key(TEXT, "for `handle`; default `approval-1` and so on"),
  elsewhere: key(FLAG, "it was given for another action"),
  stale: key(FLAG, "it answers an earlier text of its policies"),
  expires: key(TEXT, "its end; default 15 minutes after the default `now`"),
});

/** Around the effects: who acts, when, and what happened before. */
const SITUATION: RecordShape["keys"] = {
  effects: key(
    { kind: "list", of: record(EFFECT_KEYS), least: 1 },
    "several effects, in place of the keys of one",
  ),
  chain: key(
    { ...ENTITIES, least: 1 },
    'who acts, person first; default `["User::maria", "Agent::coder"]`',
  ),
  groups: key(map(TEXTS), "groups of members of the chain: `{ Agent::coder: [assistants] }`"),
  now: key(TEXT, "default `2026-02-03T09:00:00.000Z`"),
  gateway: key(choice(GATEWAYS), "where the action came in; default `mcp`"),
  assurance: key(choice(ASSURANCES), "how the caller proved itself; default `local`"),
  tool: key(TEXT, "the tool that was called; default `server/tool`"),
  args: key(
    record({
      text: key(map(TEXT), "texts by dotted path"),
      number: key(map({ kind: "integer" }), "integers by dotted path"),
      list: key(map(TEXTS), "lists of texts by dotted path"),
      complete: key(FLAG, "nothing was left out; default true"),
    }),
    "arguments that policies read",
  ),
  session: key(
    record({
      id: key(TEXT, "default `case`"),
      labels: key(listOf(LABELS), "labels the session has seen; default none"),
      origins: key(listOf(ORIGINS), "origins the session has read; default none"),
      ...flags({
        untrusted: "the session has read untrusted content; default false",
        attended: "a person is there; default true",
      }),
      depth: key(COUNT, "how deep agents started agents; default 0"),
    }),
    "what the session has seen so far",
  ),
  task: key(
    record(
      flags({
        declared: "a task was declared; default false",
        inScope: "this is in its scope; default true",
        locked: "its contract is locked; default false",
        offline: "it excludes the network; default false",
        noInstall: "it excludes installing; default false",
      }),
    ),
    "the declared task",
  ),
  counts: key(
    record(
      counts({
        calls_1m: "calls in the last minute; default 0",
        deletes_1h: "deletions in the last hour; default 0",
        sends_1h: "messages in the last hour; default 0",
        spend_1d: "millionths of a US dollar in the last day; default 0",
        denials_10m: "refusals in the last ten minutes; default 0",
      }),
    ),
    "rolling counters, without this action",
  ),
  handle: key(TEXT, "id of the approval that the caller presents"),
  approved: key({ kind: "list", of: APPROVAL }, "approvals that people gave"),
  grants: key(
    map(
      record({
        uses: required(COUNT, "how often it was used"),
        revoked: required(FLAG, "its owner took it back"),
      }),
    ),
    "state of grants, by policy id; default unused",
  ),
  limits: key(map(COUNT), "how much of each limit is used, by policy id; default nothing"),
};

export const CASE_KEYS: RecordShape["keys"] = {
  name: required(TEXT, "what the case shows; unique in the file"),
  expect: required(choice(OUTCOMES), "the outcome"),
  because: required(TEXTS, "every reason of that outcome, in any order"),
  wouldHave: key(TEXTS, "policies in `observe` or `warn` mode that match; unchecked when absent"),
  ...EFFECT_KEYS,
  ...SITUATION,
};

export const FILE_KEYS: RecordShape["keys"] = {
  packs: key(
    listOf(PACKS),
    "packs to load; default those of the configuration, `base` and `starter` without one",
  ),
  policies: key(
    TEXTS,
    "policy files to load, relative to this file; default all `.cedar` files beside it",
  ),
  given: key(
    record({ ...EFFECT_KEYS, ...SITUATION }),
    "what every case says unless it says otherwise",
  ),
  cases: required({ kind: "list", of: record(CASE_KEYS), least: 1 }, "the cases"),
};

export const FILE: RecordShape = record(FILE_KEYS);

/** The table as JSON Schema 2020-12, for editors. */
export function schemaOf(): JsonObject {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "policy-test.schema.json",
    title: "Bylaw policy tests",
    ...jsonSchema(FILE),
  };
}

function jsonSchema(shape: Shape): JsonObject {
  switch (shape.kind) {
    case "text":
      return { type: "string" };
    case "flag":
      return { type: "boolean" };
    case "count":
      return { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
    case "integer":
      return { type: "integer" };
    case "amount":
      return { anyOf: [jsonSchema(COUNT), { const: "unknown" }] };
    case "object":
      return { type: "object" };
    case "form":
      return { type: "string", pattern: shape.pattern.source };
    case "choice":
      return { enum: shape.of };
    case "list":
      return { type: "array", items: jsonSchema(shape.of), minItems: shape.least ?? 0 };
    case "map":
      return { type: "object", additionalProperties: jsonSchema(shape.of) };
    case "record": {
      const entries = Object.entries(shape.keys);
      return {
        type: "object",
        properties: Object.fromEntries(
          entries.map(([name, one]) => [
            name,
            { description: one.means, ...jsonSchema(one.shape) },
          ]),
        ),
        required: entries.filter(([, one]) => one.required === true).map(([name]) => name),
        additionalProperties: false,
      };
    }
  }
}
