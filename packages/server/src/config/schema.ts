import {
  ENVIRONMENTS,
  type Environment,
  FACTOR_KINDS,
  type FactorKind,
  LABELS,
  type Label,
} from "@bylaw/core";
import { OWN_DETECTORS_MAX, type OwnSpec, patternProblem } from "@bylaw/facts";
import { parseVerifierKey, parseWitnessVkey } from "@bylaw/ledger";
import * as z from "zod";
import {
  type AgentConfig,
  CERTIFICATE_RULES,
  type CertificateRule,
  PINNING,
  type Pinning,
  TRANSPORTS,
  type UpstreamTransport,
  type WitnessConfig,
} from "./config.ts";
import { issuerSchema, originSchema, type WrittenIssuer } from "./issuer-schema.ts";
import { durationMs, sizeBytes } from "./units.ts";
import {
  secretSourceSchema,
  upstreamAuthSchema,
  type WrittenAuth,
} from "./upstream-auth-schema.ts";

interface WrittenPlace {
  readonly breaker: {
    readonly failures: number;
    readonly within: number;
    readonly pause: number;
  } | null;
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
    | {
        readonly url: string;
        readonly headers: Readonly<Record<string, string>>;
        readonly transport: UpstreamTransport;
        readonly certificate: CertificateRule;
        readonly secret_headers: Readonly<Record<string, string>>;
        readonly auth: WrittenAuth | null;
      }
  );

/** `bylaw.yaml` with defaults filled in and units converted. */
export interface WrittenConfig {
  readonly version: 1;
  readonly listen: string;
  readonly public: string | null;
  readonly workspaces: readonly string[];
  readonly people?: Readonly<Record<string, { readonly groups: readonly string[] }>> | undefined;
  readonly agents: Readonly<Record<string, AgentConfig>>;
  readonly issuers: Readonly<Record<string, WrittenIssuer>>;
  readonly upstreams: Readonly<Record<string, WrittenUpstream>>;
  readonly pinning: Pinning;
  readonly bundle: { readonly file: string; readonly keys: readonly string[] } | null;
  readonly packs: readonly string[];
  readonly policies: readonly string[];
  readonly grants: string;
  readonly catalog: readonly string[];
  readonly log: { readonly publish: string | null; readonly bodies: number | null };
  readonly detectors: Readonly<Record<string, Omit<OwnSpec, "name">>>;
  readonly witnesses: readonly WitnessConfig[];
  readonly watch: boolean;
  readonly shadow: { readonly share: number };
  readonly shield: {
    readonly files: readonly string[];
    readonly feeds: readonly string[];
    readonly acks: string;
    readonly directive_conflict: "action" | "strictest";
    readonly unparsed: "require_approval" | "ignore";
    readonly approvers: readonly string[];
  };
  readonly holds: {
    readonly limit: number;
    readonly ttl: number;
    readonly break_glass: readonly string[];
  };
  readonly notify: {
    readonly url: string;
    readonly secret: string;
    readonly link: string | null;
  } | null;
  readonly durability: { readonly reads: "write" | "sync" };
  readonly factors: {
    readonly required: "once_enrolled" | "always" | "per_person";
    readonly accept: readonly FactorKind[];
    readonly listen: string | null;
    readonly origin: string | null;
  };
  readonly halt: { readonly resume: "one_person" | "two_people" };
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

/** Failures that open a breaker at most. */
const FAILURES_MAX = 1_000;

const place = {
  breaker: z
    .strictObject({
      failures: z.int().min(1).max(FAILURES_MAX),
      within: quantity(durationMs, "1m"),
      pause: quantity(durationMs, "30s"),
    })
    .nullable()
    .default(null),
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
    transport: z.enum(TRANSPORTS).default("auto"),
    certificate: z.enum(CERTIFICATE_RULES).default("issuer"),
    secret_headers: z.record(z.string(), secretSourceSchema).default({}),
    auth: upstreamAuthSchema.nullable().default(null),
    ...place,
  }),
]);

const address = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, "expected `host:port`");

const witness = z.strictObject({
  name,
  vkey: z
    .string()
    .refine(
      (text) => parseWitnessVkey(text).ok,
      "expected a witness key, as `bylaw witness init` prints",
    ),
  url: z.url({ protocol: /^https?$/ }),
});

/** Keys of which any one may have signed a bundle. */
const SIGNERS_MAX = 16;
const verifierKey = z
  .string()
  .refine((text) => parseVerifierKey(text).ok, "expected a verifier key, as `log.vkey` has it");

/** Witnesses of one log; each is asked once a second. */
const WITNESSES_MAX = 32;
/** Who may answer, as `@approvers` of a policy names them. */
const approver = z
  .string()
  .regex(
    /^(?:on-behalf-of|(?:User|Group)::"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")$/,
    'expected `on-behalf-of`, `User::"name"` or `Group::"name"`',
  );

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
/** A pattern that RE2 does not take would leave a gateway without its detector. */
const detector = z.strictObject({
  pattern: z
    .string()
    .min(1)
    .superRefine((pattern, context) => {
      const problem = patternProblem(pattern);
      if (problem !== null) context.addIssue({ code: "custom", message: problem });
    }),
  kind: z.enum(["secret", "personal"]).default("secret"),
  severity: z.enum(["critical", "high", "medium", "low"]).default("high"),
  title: z.string().min(1).max(200).default("Own detector"),
});

export const configSchema: z.ZodType<WrittenConfig, unknown> = z.strictObject({
  version: z.literal(1),
  listen: address.default("127.0.0.1:7117"),
  public: originSchema.nullable().default(null),
  workspaces: z.array(z.string().min(1)).default([]),
  people: map(z.strictObject({ groups: names.default([]) })).optional(),
  agents: map(
    z.strictObject({
      user: name.nullable().default(null),
      groups: names.default([]),
      prompts: z.boolean().default(false),
    }),
  ).default({}),
  issuers: map(issuerSchema)
    .refine((all) => {
      const names = Object.values(all).map(({ issuer }) => issuer);
      return new Set(names).size === names.length;
    }, "an issuer occurs twice")
    .default({}),
  upstreams: map(upstream).default({}),
  pinning: z.enum(PINNING).default("trust-first"),
  bundle: z
    .strictObject({ file: z.string().min(1), keys: z.array(verifierKey).min(1).max(SIGNERS_MAX) })
    .nullable()
    .default(null),
  packs: z.array(name).default(["base", "starter"]),
  policies: z.array(z.string().min(1)).default([]),
  grants: z.string().min(1).default("grants"),
  catalog: z.array(z.string().min(1)).default([]),
  detectors: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, "expected a lower-case name"), detector)
    .refine(
      (all) => Object.keys(all).length <= OWN_DETECTORS_MAX,
      `at most ${OWN_DETECTORS_MAX} detectors`,
    )
    .default({}),
  witnesses: z
    .array(witness)
    .max(WITNESSES_MAX)
    .refine(
      (all) =>
        new Set(all.map((one) => one.name)).size === all.length &&
        new Set(all.map((one) => one.vkey)).size === all.length,
      "a name or key occurs twice",
    )
    .default([]),
  watch: z.boolean().default(true),
  shadow: z.strictObject({ share: z.number().min(0).max(1).default(0.01) }).prefault({}),
  shield: z
    .strictObject({
      files: z.array(z.string().min(1)).default([]),
      feeds: z.array(z.string().min(1)).default([]),
      acks: z.string().min(1).default("shield-acks.yaml"),
      directive_conflict: z.enum(["action", "strictest"]).default("action"),
      unparsed: z.enum(["require_approval", "ignore"]).default("require_approval"),
      approvers: z.array(approver).min(1).default(["on-behalf-of", 'Group::"shield-approvers"']),
    })
    .prefault({}),
  holds: z
    .strictObject({
      limit: quantity(durationMs, "50s").default(50_000),
      ttl: quantity(durationMs, "15m").default(900_000),
      break_glass: z
        .array(approver.refine((text) => text !== "on-behalf-of", "expected a person or a group"))
        .max(1000)
        .default([]),
    })
    .prefault({}),
  notify: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }),
      secret: secretSourceSchema,
      link: z
        .url({ protocol: /^https?$/ })
        .nullable()
        .default(null),
    })
    .nullable()
    .default(null),
  durability: z.strictObject({ reads: z.enum(["write", "sync"]).default("write") }).prefault({}),
  log: z
    .strictObject({
      publish: address.nullable().default(null),
      bodies: quantity(durationMs, "90d", RETENTION_MS_MAX).nullable().default(null),
    })
    .prefault({}),
  factors: z
    .strictObject({
      required: z.enum(["once_enrolled", "always", "per_person"]).default("once_enrolled"),
      accept: z.array(z.enum(FACTOR_KINDS)).min(1).default(["passkey", "passphrase"]),
      listen: address.nullable().default(null),
      origin: originSchema.nullable().default(null),
    })
    .prefault({}),
  halt: z
    .strictObject({ resume: z.enum(["one_person", "two_people"]).default("one_person") })
    .prefault({}),
  limits: z.strictObject({ body: quantity(sizeBytes, "4MB").default(4 * 1_048_576) }).prefault({}),
  store: z.strictObject({ postgres: database.nullable().default(null) }).prefault({}),
});
