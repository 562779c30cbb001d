import { readFileSync } from "node:fs";
import { fail, ok, type Result } from "@bylaw/core";
import type { UpstreamConfig as McpUpstream } from "@bylaw/gateway";
import type { Config, SecretSource, UpstreamConfig } from "../config/config.ts";
import { secret } from "../host/environment.ts";
import { type AuthorizerSetup, createAuthorizer } from "./authorizer.ts";
import { openAuthStore } from "./stored.ts";
import { createAuthFetch } from "./transport.ts";

type HttpUpstream = Extract<UpstreamConfig, { kind: "http" }>;

/**
 * What the configuration says about being let in at an upstream, with its secrets read. In: the data
 * folder. Null where the upstream wants no OAuth. Fails with a sentence about a secret that is not there.
 */
export function authorizerSetup(
  name: string,
  { url, auth }: HttpUpstream,
  folder: string,
  now: () => number,
): Result<AuthorizerSetup | null, string> {
  if (auth === null) return ok(null);
  const own = readSource(auth.clientSecret, `upstreams.${name}.auth.client_secret`);
  if (!own.ok) return own;
  const key = readSource(auth.privateKey, `upstreams.${name}.auth.private_key`);
  if (!key.ok) return key;
  const address = new URL(url);
  return ok({
    url: address,
    flow: auth.flow,
    client: {
      id: auth.clientId,
      secret: own.value,
      privateKey: key.value,
      metadata: auth.clientMetadata,
    },
    scopes: auth.scopes,
    issuer: auth.issuer,
    store: openAuthStore(folder, name, address.href),
    fetch: createAuthFetch(address),
    now,
  });
}

/** How Bylaw is let in at one upstream. */
export type LetIn = Pick<Extract<McpUpstream, { kind: "http" }>, "headers" | "credential">;
export type Access = ReadonlyMap<string, LetIn>;

/**
 * How Bylaw is let in at every upstream over HTTP. In: the data folder, which need not be there yet. Fails
 * with a sentence for each secret that is not where the configuration says.
 */
export function openAccess(
  { upstreams }: Config,
  folder: string,
  now: () => number,
): Result<Access, readonly string[]> {
  const access = new Map<string, LetIn>();
  const missing: string[] = [];
  for (const [name, upstream] of Object.entries(upstreams)) {
    if (upstream.kind !== "http") continue;
    const headers = headersOf(name, upstream);
    const setup = authorizerSetup(name, upstream, folder, now);
    if (!headers.ok) missing.push(headers.error);
    if (!setup.ok) missing.push(setup.error);
    if (!headers.ok || !setup.ok) continue;
    const credential = setup.value === null ? {} : { credential: createAuthorizer(setup.value) };
    access.set(name, { headers: headers.value, ...credential });
  }
  return missing.length === 0 ? ok(access) : fail(missing);
}

/** Headers of an upstream with those that stand elsewhere, or a sentence about what is not there. */
function headersOf(
  name: string,
  { headers, secretHeaders }: HttpUpstream,
): Result<Readonly<Record<string, string>>, string> {
  const all: Record<string, string> = { ...headers };
  for (const [header, source] of Object.entries(secretHeaders)) {
    const value = readSource(source, `upstreams.${name}.secret_headers.${header}`);
    if (!value.ok) return value;
    all[header] = value.value ?? "";
  }
  return ok(all);
}

function readSource(source: SecretSource | null, what: string): Result<string | null, string> {
  if (source === null) return ok(null);
  if (source.kind === "environment") {
    const value = secret(source.variable);
    return value === null ? fail(`${what}: $${source.variable} is not set`) : ok(value);
  }
  try {
    const text = readFileSync(source.path, "utf8").trim();
    return text === "" ? fail(`${what}: \`${source.path}\` is empty`) : ok(text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return fail(`${what}: \`${source.path}\` cannot be read (${code ?? "unknown"})`);
  }
}
