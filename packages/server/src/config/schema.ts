import { ENVIRONMENTS, type Environment, LABELS, type Label } from "@bylaw/core";
import * as z from "zod";
import type { AgentConfig } from "./config.ts";
import { durationMs, sizeBytes } from "./units.ts";

interface WrittenPlace {
  readonly environment: Environment;
  readonly labels: readonly Label[];
  readonly reviewed: boolean;
}

/** An upstream as written: relative paths are still relative. */
export type WrittenUpstream = WrittenPlace &
  (
    | {
        readonly command: readonly [string, ...string[]];
        readonly env: Readonly<Record<string, string>>;
        readonly cwd?: string | undefined;
      }
    | { readonly url: string; readonly headers: Readonly<Record<string, string>> }
  );

/** `bylaw.yaml` with defaults filled in and units converted. */
export interface WrittenConfig {
  readonly version: 1;
  readonly listen: string;
  readonly workspaces: readonly string[];
  readonly people?: Readonly<Record<string, { readonly groups: readonly string[] }>> | undefined;
  readonly agents: Readonly<Record<string, AgentConfig>>;
  readonly upstreams: Readonly<Record<string, WrittenUpstream>>;
  readonly packs: readonly string[];
  readonly policies: readonly string[];
  readonly catalog: readonly string[];
  readonly holds: { readonly limit: number; readonly ttl: number };
  readonly durability: { readonly reads: "write" | "sync" };
  readonly log: { readonly bodies: number | null };
  readonly limits: { readonly body: number };
  readonly store: { readonly postgres: string | null };
}

/** Names that appear in addresses, policies and file names. */
const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "names are 1 to 64 of A-Z a-z 0-9 . _ -");
const names = z.array(name).max(1000);
const map = <T extends z.ZodType>(value: T): z.ZodRecord<typeof name, T> => z.record(name, value);

/** Largest duration (about 24 days) and size; a timer beyond it would fire at once. */
const VALUE_MAX = 2_147_483_647;
/** Longest retention: about a hundred years. */
const RETENTION_MS_MAX = 3_200_000_000_000;

const quantity = (
  parse: (text: string) => number | null,
  example: string,
  max: number = VALUE_MAX,
): z.ZodPipe<z.ZodString, z.ZodTransform<number, string>> =>
  z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== null && value > 0 && value <= max) return value;
    context.addIssue({ code: "custom", message: `expected a value such as \`${example}\`` });
    return z.NEVER;
  });

const place = {
  environment: z.enum(ENVIRONMENTS).default("unknown"),
  labels: z.array(z.enum(LABELS)).default([]),
  reviewed: z.boolean().default(false),
};

const upstream = z.union([
  z.strictObject({
    command: z.tuple([z.string().min(1)], z.string()),
    env: z.record(z.string(), z.string()).default({}),
    cwd: z.string().optional(),
    ...place,
  }),
  z.strictObject({
    url: z.url({ protocol: /^https?$/ }),
    headers: z.record(z.string(), z.string()).default({}),
    ...place,
  }),
]);

/** Where a database is, or where that is written; no message repeats it. */
const database = z
  .string()
  .refine(
    (text) => /^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|postgres(ql)?:\/\/.+)$/.test(text),
    "expected `env:NAME`, `file:PATH` or `postgres://USER@HOST/DATABASE`",
  )
  .refine(
    (text) => !text.startsWith("postgres") || (URL.canParse(text) && !hasPassword(new URL(text))),
    "an address here has no password; name a variable or a file that holds the whole address",
  );

function hasPassword({ password, searchParams }: URL): boolean {
  return password !== "" || searchParams.has("password");
}

/** `bylaw.yaml`, version 1. Strict everywhere: a key that nobody reads is a protection that nobody has. */
export const configSchema: z.ZodType<WrittenConfig, unknown> = z.strictObject({
  version: z.literal(1),
  listen: z
    .string()
    .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, "expected `host:port`")
    .default("127.0.0.1:7117"),
  workspaces: z.array(z.string().min(1)).default([]),
  people: map(z.strictObject({ groups: names.default([]) })).optional(),
  agents: map(
    z.strictObject({ user: name.nullable().default(null), groups: names.default([]) }),
  ).default({}),
  upstreams: map(upstream).default({}),
  packs: z.array(name).default(["base", "starter"]),
  policies: z.array(z.string().min(1)).default([]),
  catalog: z.array(z.string().min(1)).default([]),
  holds: z
    .strictObject({
      limit: quantity(durationMs, "50s").default(50_000),
      ttl: quantity(durationMs, "15m").default(900_000),
    })
    .prefault({}),
  durability: z.strictObject({ reads: z.enum(["write", "sync"]).default("write") }).prefault({}),
  log: z
    .strictObject({
      bodies: quantity(durationMs, "90d", RETENTION_MS_MAX).nullable().default(null),
    })
    .prefault({}),
  limits: z.strictObject({ body: quantity(sizeBytes, "4MB").default(4 * 1_048_576) }).prefault({}),
  store: z.strictObject({ postgres: database.nullable().default(null) }).prefault({}),
});
