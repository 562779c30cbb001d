import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fail, ok, type Result } from "@bylaw/core";
import { isMap, LineCounter, parseDocument } from "yaml";
import type * as z from "zod";
import type {
  Config,
  ConfigError,
  DatabaseSource,
  KeySource,
  SecretSource,
  UpstreamAuthConfig,
  UpstreamConfig,
} from "./config.ts";
import { isKeyAddress } from "./issuer-schema.ts";
import { configSchema, type WrittenConfig, type WrittenUpstream } from "./schema.ts";
import type { WrittenAuth } from "./upstream-auth-schema.ts";
import { currentUser } from "./user.ts";

/** Expanded aliases in one file. */
const ALIASES_MAX = 100;

/** Reads and checks a `bylaw.yaml`; every error says where in the file it is. */
export function loadConfig(file: string): Result<Config, readonly ConfigError[]> {
  const path = resolve(file);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const message = `cannot read \`${path}\`: ${(error as NodeJS.ErrnoException).code ?? "unknown"}`;
    return fail([{ code: "config.unreadable", file: path, line: null, column: null, message }]);
  }
  return parseConfig(path, text);
}

/** What applies without a `bylaw.yaml`: no upstreams, the current user, the starter pack. */
export function defaultConfig(folder: string): Config {
  return effective(configSchema.parse({ version: 1 }), null, folder);
}

/** In: the file's name, for messages and relative paths, and its text. */
export function parseConfig(file: string, text: string): Result<Config, readonly ConfigError[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: true, lineCounter: lines, merge: false });
  const at = (offset: number | undefined): Pick<ConfigError, "file" | "line" | "column"> => {
    const position = offset === undefined ? null : lines.linePos(offset);
    return { file, line: position?.line ?? null, column: position?.col ?? null };
  };
  if (document.errors.length > 0) {
    return fail(
      document.errors.map((error) => ({
        code: "config.syntax",
        ...at(error.pos[0]),
        message: error.message.split("\n")[0] ?? error.message,
      })),
    );
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: ALIASES_MAX }) ?? {};
  } catch (error) {
    // Aliases that refer to aliases grow exponentially when they are expanded.
    return fail([{ code: "config.syntax", ...at(0), message: String((error as Error).message) }]);
  }
  const checked = configSchema.safeParse(value);
  // Written next to a bundle they would look as if they were in force.
  const idle =
    checked.success && checked.data.bundle !== null ? replacedIn(Object.keys(value as object)) : [];
  if (idle.length > 0)
    return fail(
      idle.map((key) => ({
        code: "config.invalid",
        ...at(offsetOf(document.contents, [key])),
        message: `\`${key}\`: the signed bundle of \`bundle\` takes its place`,
      })),
    );
  if (checked.success) return ok(effective(checked.data, file, dirname(file)));
  return fail(
    checked.error.issues.flatMap(expand).map((issue) => ({
      code: codeOf(issue),
      ...at(offsetOf(document.contents, placeOf(issue))),
      message: describe(issue),
    })),
  );
}

function codeOf({ code, path }: z.core.$ZodIssue): ConfigError["code"] {
  if (code === "unrecognized_keys") return "config.unknown_key";
  return code === "custom" && path[0] === "detectors" ? "config.detector" : "config.invalid";
}

/** Keys of what a signed bundle holds itself. */
function replacedIn(keys: readonly string[]): readonly string[] {
  return keys.filter((key) => ["packs", "policies", "catalog", "shield"].includes(key));
}

/** A union reports one issue for all its branches; the branch that got furthest says what is wrong. */
function expand(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const branches = issue.errors.filter((branch) => branch.length > 0);
  const closest = branches.sort((a, b) => missing(a) - missing(b))[0];
  if (closest === undefined) return [issue];
  return closest.flatMap((inner) => expand({ ...inner, path: [...issue.path, ...inner.path] }));
}

function missing(branch: readonly z.core.$ZodIssue[]): number {
  return branch.filter((issue) => issue.code === "invalid_type" && issue.path.length === 1).length;
}

function placeOf(issue: z.core.$ZodIssue): readonly PropertyKey[] {
  return issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0] ?? ""] : issue.path;
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => `\`${key}\``).join(", ");
    const where = issue.path.length === 0 ? "" : ` in \`${issue.path.join(".")}\``;
    return `unknown key ${keys}${where}`;
  }
  return `\`${issue.path.join(".") || "file"}\`: ${issue.message}`;
}

/** The source offset of the deepest existing node on the path; of the key itself for unknown keys. */
function offsetOf(root: unknown, path: readonly PropertyKey[]): number | undefined {
  let node = root;
  let offset = rangeOf(root);
  for (const step of path) {
    if (!isMap(node) && !hasItems(node)) break;
    const pair = isMap(node)
      ? node.items.find((item) => keyOf(item.key) === String(step))
      : undefined;
    const next = pair === undefined ? itemAt(node, step) : pair.value;
    offset = rangeOf(pair?.key) ?? rangeOf(next) ?? offset;
    node = next;
  }
  return offset;
}

function keyOf(key: unknown): string {
  return typeof key === "object" && key !== null && "value" in key ? String(key.value) : "";
}

function hasItems(node: unknown): node is { readonly items: readonly unknown[] } {
  return typeof node === "object" && node !== null && "items" in node;
}

function itemAt(node: unknown, step: PropertyKey): unknown {
  return hasItems(node) && typeof step === "number" ? node.items[step] : undefined;
}

function rangeOf(node: unknown): number | undefined {
  if (typeof node !== "object" || node === null || !("range" in node)) return undefined;
  return Array.isArray(node.range) ? (node.range[0] as number) : undefined;
}

function effective(parsed: WrittenConfig, file: string | null, folder: string): Config {
  const from = (path: string): string => resolve(folder, path);
  return {
    file,
    folder,
    listen: addressIn(parsed.listen),
    public: parsed.public,
    workspaces: parsed.workspaces.map(from),
    // On a machine of one person that person is the administrator.
    people: parsed.people ?? { [currentUser()]: { groups: ["admins"] } },
    agents: parsed.agents,
    issuers: Object.fromEntries(
      Object.entries(parsed.issuers).map(([id, written]) => {
        const { jwks, single_use: singleUse, no_audience: audienceless, ...rest } = written;
        return [id, { ...rest, singleUse, audienceless, jwks: keySource(jwks, from) }];
      }),
    ),
    upstreams: Object.fromEntries(
      Object.entries(parsed.upstreams).map(([id, upstream]) => [id, place(upstream, from)]),
    ),
    pinning: parsed.pinning,
    bundle: parsed.bundle && { ...parsed.bundle, file: from(parsed.bundle.file) },
    packs: parsed.bundle === null ? parsed.packs : [],
    policies: parsed.policies.map(from),
    // Without a file the folder is whatever one Bylaw was started in, where agents may write.
    grants: file === null ? null : from(parsed.grants),
    catalog: parsed.catalog.map(from),
    detectors: Object.entries(parsed.detectors).map(([name, one]) => ({ name, ...one })),
    witnesses: parsed.witnesses,
    watch: parsed.watch,
    shadow: parsed.shadow,
    shield: {
      files: parsed.shield.files.map(from),
      feeds: parsed.shield.feeds.map(from),
      acks: from(parsed.shield.acks),
      directiveConflict: parsed.shield.directive_conflict,
      unparsed: parsed.shield.unparsed,
      approvers: parsed.shield.approvers,
    },
    holds: {
      limitMs: parsed.holds.limit,
      ttlMs: parsed.holds.ttl,
      breakGlass: parsed.holds.break_glass,
    },
    notify:
      parsed.notify === null
        ? null
        : { ...parsed.notify, secret: secretSource(parsed.notify.secret, from) },
    durability: parsed.durability,
    log: {
      publish: parsed.log.publish === null ? null : addressIn(parsed.log.publish),
      bodiesMs: parsed.log.bodies,
    },
    factors: {
      ...parsed.factors,
      listen: parsed.factors.listen === null ? null : addressIn(parsed.factors.listen),
    },
    halt: parsed.halt,
    limits: { bodyBytes: parsed.limits.body },
    store: { postgres: databaseOf(parsed.store.postgres, from) },
  };
}

/** In: `host:port` as the schema has accepted it. */
function addressIn(text: string): Config["listen"] {
  const split = text.lastIndexOf(":");
  return {
    host: text.slice(0, split).replace(/^\[|\]$/g, ""),
    port: Number(text.slice(split + 1)),
  };
}

function keySource(written: string, from: (path: string) => string): KeySource {
  if (written === "discover") return { kind: "discover" };
  return isKeyAddress(written)
    ? { kind: "url", url: written }
    : { kind: "file", path: from(written) };
}

function databaseOf(written: string | null, from: (path: string) => string): DatabaseSource | null {
  if (written === null) return null;
  const [, scheme, rest = ""] = /^(env|file):(.*)$/.exec(written) ?? [];
  if (scheme === "env") return { kind: "environment", variable: rest };
  if (scheme === "file") return { kind: "file", path: from(rest) };
  return { kind: "address", url: written };
}

/** In: `env:NAME` or `file:PATH`, as the schema has accepted it. */
function secretSource(written: string, from: (path: string) => string): SecretSource {
  const rest = written.slice(written.indexOf(":") + 1);
  return written.startsWith("env:")
    ? { kind: "environment", variable: rest }
    : { kind: "file", path: from(rest) };
}

function place(upstream: WrittenUpstream, from: (path: string) => string): UpstreamConfig {
  const { breaker: written, ...rest } = upstream;
  const breaker =
    written === null
      ? null
      : { failures: written.failures, withinMs: written.within, pauseMs: written.pause };
  if ("url" in rest) {
    const { secret_headers: kept, auth, ...plain } = rest;
    const secretHeaders = Object.fromEntries(
      Object.entries(kept).map(([name, value]) => [name, secretSource(value, from)]),
    );
    return { kind: "http", ...plain, breaker, secretHeaders, auth: auth && authOf(auth, from) };
  }
  return { kind: "stdio", ...rest, breaker, cwd: from(rest.cwd ?? ".") };
}

function authOf(written: WrittenAuth, from: (path: string) => string): UpstreamAuthConfig {
  const source = (text: string | null): SecretSource | null =>
    text === null ? null : secretSource(text, from);
  return {
    flow: written.flow,
    clientId: written.client_id,
    clientSecret: source(written.client_secret),
    privateKey: source(written.private_key),
    clientMetadata: written.client_metadata,
    scopes: written.scopes,
    issuer: written.issuer,
    callbackPort: written.callback_port,
  };
}
