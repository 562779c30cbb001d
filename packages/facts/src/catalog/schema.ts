import { ACTIONS, AUDIENCES, ENVIRONMENTS, LABELS, ORIGINS, RESOURCE_TYPES } from "@bylaw/core";
import { z } from "zod";
import { APPLIES_TO } from "../applies.ts";
import { readUrl } from "../hosts/url.ts";
import { ENTITY_ID_UNITS_MAX, SQL_TABLES_MAX } from "../limits.ts";
import { SHELL_DIALECTS } from "../shell/shell.ts";
import { DIALECTS } from "../sql/reading.ts";
import type {
  AmountSpec,
  CatalogEntry,
  EnvironmentSpec,
  ResourceSpec,
  SqlArgument,
  TextSpec,
  UrlArgument,
  UsageSpec,
} from "./catalog.ts";
import { isTemplate } from "./expression.ts";

const argument = z
  .string()
  .regex(/^[^.\s{}]+(\.[^.\s{}]+)*$/, "expected a dotted argument path")
  .max(256);
const name = z.string().min(1).max(ENTITY_ID_UNITS_MAX);
const byArgument = z.strictObject({ argument });
const labels = z.array(z.enum(LABELS)).max(LABELS.length);

const text: z.ZodType<TextSpec> = z.union([
  name.transform((literal) => ({ literal })),
  byArgument,
  z.strictObject({
    template: name.refine(isTemplate, "expected `{argument.path}` and a text between two of them"),
  }),
]);

const amount: z.ZodType<AmountSpec> = z.union([
  z
    .int()
    .nonnegative()
    .transform((literal) => ({ literal })),
  z.strictObject({ count: argument }),
  byArgument,
]);

const environment: z.ZodType<EnvironmentSpec> = z.union([
  z.enum(ENVIRONMENTS).transform((literal) => ({ literal })),
  z
    .strictObject({ argument, at_least: z.enum(ENVIRONMENTS) })
    .transform(({ argument, at_least }) => ({ argument, atLeast: at_least })),
]);

/** Files and hosts are named by `paths` and `url`, which read addresses as the operating system does. */
const declarable = RESOURCE_TYPES.filter((type) => type !== "File" && type !== "Host");

const resource: z.ZodType<ResourceSpec> = z
  .strictObject({
    type: z.enum(declarable),
    id: text,
    kind: name.nullable().default(null),
    database: name.nullable().default(null),
    external: z.boolean().default(true),
    clears: labels.default([]),
  })
  .refine(({ type, database }) => (type === "Table") === (database !== null), {
    message: "a Table, and nothing else, names its `database`",
    path: ["database"],
  })
  .refine(({ type, kind }) => type === "Object" || kind === null, {
    message: "only an Object has a `kind`",
    path: ["kind"],
  });

const classNames = z.array(z.string().regex(/^[a-z][a-z0-9-]*$/, "expected a class name"));

const declaredEffect = z
  .strictObject({
    action: z.enum(ACTIONS),
    resource,
    environment: environment.nullable().default(null),
    labels: labels.default([]),
    class: z.union([classNames, classNames.element.transform((only) => [only])]).default([]),
    quantity: amount.nullable().default(null),
    bytes: amount.nullable().default(null),
    cost: amount.nullable().default(null),
    tokens: amount.nullable().default(null),
    reversible: z.boolean().default(false),
    audience: z.enum(AUDIENCES).default("unknown"),
  })
  .refine(({ action, resource }) => APPLIES_TO[action].includes(resource.type), {
    message: "the action does not apply to this type of resource",
    path: ["action"],
  })
  .transform(({ class: classes, ...rest }) => ({ ...rest, classes }));

const table = z.strictObject({
  environment: z.enum(ENVIRONMENTS).optional(),
  labels: labels.optional(),
  unique: z.array(name).default([]),
});

const sql: z.ZodType<SqlArgument> = z
  .strictObject({
    argument,
    dialect: z.enum(DIALECTS),
    database: name,
    environment: z.enum(ENVIRONMENTS).default("unknown"),
    labels: labels.default([]),
    tables: z.record(name, table).default({}),
  })
  .refine(({ tables }) => Object.keys(tables).length <= SQL_TABLES_MAX, {
    message: `at most ${SQL_TABLES_MAX} tables`,
    path: ["tables"],
  })
  .transform(({ tables, ...rest }) => {
    // SQLite compares names without regard to case.
    const spell = (word: string): string => (rest.dialect === "sqlite" ? word.toLowerCase() : word);
    return {
      ...rest,
      tables: new Map(
        Object.entries(tables).map(([key, place]) => [
          spell(key),
          {
            environment: place.environment ?? rest.environment,
            labels: place.labels ?? rest.labels,
            unique: new Set(place.unique.map(spell)),
          },
        ]),
      ),
    };
  });

/** What a path argument may be used for. */
const fileActions = ["read", "list", "create", "update", "delete", "execute"] as const;

const pathArgument = z
  .strictObject({
    argument,
    action: z.union([
      z.enum(fileActions).transform((only) => [only]),
      z.array(z.enum(fileActions)).min(1),
    ]),
    recursive: z.boolean().optional(),
    optional: z.boolean().default(false),
  })
  .transform(({ action, recursive, ...rest }) => ({
    ...rest,
    actions: action,
    // Deleting a folder, and listing one, takes in what lies below unless somebody knows better.
    recursive: recursive ?? action.some((each) => each === "delete" || each === "list"),
  }));

const url: z.ZodType<UrlArgument> = z
  .strictObject({
    argument: argument.optional(),
    address: name.refine((text) => readUrl(text) !== null, "expected one address").optional(),
    method: text,
    body: argument.nullable().default(null),
    upload: argument.nullable().default(null),
    graphql: z.boolean().default(false),
    openapi: name.nullable().default(null),
    environment: z.enum(ENVIRONMENTS).nullable().default(null),
    labels: labels.default([]),
  })
  .refine(({ argument, address }) => (argument === undefined) !== (address === undefined), {
    message: "either `argument` or `address` says where to",
  })
  .transform(({ argument, address, ...rest }) => ({
    ...rest,
    // Filled in by whoever has the document.
    api: null,
    ...(address === undefined ? { argument: argument ?? "" } : { address }),
  }));

const TRUST = { trusted: false, untrusted: true } as const;
const TRUSTED_ORIGINS: readonly string[] = ["user", "config", "model"];

const output = z
  .union([z.enum(["trusted", "untrusted"]), z.enum(ORIGINS)])
  .default("untrusted")
  .transform((word): CatalogEntry["output"] =>
    word === "trusted" || word === "untrusted"
      ? { origin: "tool", untrusted: TRUST[word] }
      : { origin: word, untrusted: !TRUSTED_ORIGINS.includes(word) },
  );

const usage: z.ZodType<UsageSpec> = z.union([
  z.literal("reported").transform(() => ({ kind: "reported" as const })),
  z
    .strictObject({
      usd: argument.nullable().default(null),
      tokens: z
        .union([z.array(argument).min(1).max(8), argument.transform((only) => [only])])
        .nullable()
        .default(null),
    })
    .refine(({ usd, tokens }) => usd !== null || tokens !== null, "expected `usd` or `tokens`")
    .transform((paths) => ({ kind: "result" as const, ...paths })),
]);

/** One tool. A misspelt key is refused: an effect that nobody reads would be an effect not decided on. */
const entry = z
  .strictObject({
    definition: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, "expected `sha256:` and 64 hexadecimal digits")
      .nullable()
      .default(null),
    reviewed_by: name.nullable().default(null),
    output,
    effects: z.array(declaredEffect).max(64).default([]),
    sql: sql.nullable().default(null),
    paths: z.array(pathArgument).max(64).default([]),
    url: url.nullable().default(null),
    shell: z
      .strictObject({
        argument,
        dialect: z.enum(SHELL_DIALECTS),
        folder: argument.nullable().default(null),
      })
      .nullable()
      .default(null),
    usage: usage.nullable().default(null),
  })
  .refine(
    ({ effects, sql, paths, url, shell }) =>
      effects.length + paths.length > 0 || sql !== null || url !== null || shell !== null,
    "a tool needs at least one of effects, sql, paths, url and shell",
  )
  .transform(({ reviewed_by, ...rest }): CatalogEntry => ({ ...rest, reviewedBy: reviewed_by }));

/** A whole catalog file. */
export const catalogFile: z.ZodType<{
  readonly version: 1;
  readonly tools: Readonly<Record<string, CatalogEntry>>;
}> = z.strictObject({
  version: z.literal(1),
  tools: z.record(z.string().regex(/^[^/\s]+\/.+$/s, "expected `server/tool`"), entry),
});
