import { fail, ok, type Result } from "@bylaw/core";
import type { UpstreamCredential } from "@bylaw/gateway";
import { type Challenge, NO_CHALLENGE, readChallenge } from "./challenge.ts";
import { type ClientConfig, clientFor, type Registration } from "./client.ts";
import { type Discovered, discover } from "./discovery.ts";
import { type Asking, byCredentials, byRefresh, type Token } from "./grants.ts";
import type { AuthStore, StoredAuth } from "./stored.ts";
import type { AuthFetch } from "./transport.ts";

/** How Bylaw is let in at one upstream. */
export interface AuthorizerSetup {
  readonly url: URL;
  readonly flow: "client_credentials" | "authorization_code";
  readonly client: ClientConfig;
  /** Asked for in every case. */
  readonly scopes: readonly string[];
  /** The only authorization server that is accepted; null: the one that the upstream names. */
  readonly issuer: string | null;
  readonly store: AuthStore;
  readonly fetch: AuthFetch;
  readonly now: () => number;
}

/** A token is renewed when it ends within this time. */
const EARLY_MS = 30_000;
/** An authorization server that could not be reached is not asked again for so long. */
const PAUSE_MS = 5_000;

/**
 * Bylaw's own credential for an upstream that wants OAuth tokens: renews them, gets new ones where it can
 * do so alone, and says `upstream.login` where a person has to allow it first. What the client of the
 * gateway sent is not known here.
 */
export function createAuthorizer(setup: AuthorizerSetup): UpstreamCredential {
  const { store, now } = setup;
  let renewing: Promise<string | null> | null = null;
  let paused: { readonly until: number; readonly code: string } | null = null;

  /** One exchange at a time, whose outcome all requests share. */
  const once = (what: () => Promise<string | null>): Promise<string | null> => {
    if (paused !== null && now() < paused.until) return Promise.resolve(paused.code);
    renewing ??= what()
      .then((code) => {
        const unreachable = code === "upstream.auth_unreachable";
        paused = unreachable ? { until: now() + PAUSE_MS, code } : null;
        return code;
      })
      .finally(() => {
        renewing = null;
      });
    return renewing;
  };

  return {
    async headers() {
      const stored = store.read();
      const token = stored?.token ?? null;
      if (stored === null || token === null) return ok({});
      if (token.expires === null || token.expires - EARLY_MS > now()) return ok(bearer(token));
      const failed = await once(() => renew(setup, stored, token));
      if (failed === null) return ok(bearer(store.read()?.token ?? token));
      // It still holds for a moment; after that the upstream would only say so itself.
      return token.expires > now() ? ok(bearer(token)) : fail(failed);
    },
    async refused(status, header, sent) {
      const stored = store.read();
      const token = stored?.token ?? null;
      // Somebody has got a new one since this request was sent.
      if (token !== null && bearer(token).authorization !== sent["authorization"]) return null;
      const challenge = readChallenge(header);
      if (status === 401) return once(() => letIn(setup, stored, token, challenge));
      return challenge.error === "insufficient_scope" && challenge.scopes !== null
        ? once(() => stepUp(setup, stored, challenge))
        : "upstream.unauthorized";
    },
  };
}

function bearer({ access }: Token): { readonly authorization: string } {
  return { authorization: `Bearer ${access}` };
}

/** The token is about to end. */
async function renew(
  setup: AuthorizerSetup,
  stored: StoredAuth,
  token: Token,
): Promise<string | null> {
  const challenge = { ...NO_CHALLENGE, scopes: token.scopes };
  if (token.refresh === null) return letInAlone(setup, stored, challenge);
  const asking = await askingFor(setup, stored, NO_CHALLENGE);
  if (!asking.ok) return asking.error;
  // Another authorization server than the one that gave it has no business with it.
  if (asking.value.found.server.issuer !== stored.issuer)
    return letInAlone(setup, stored, challenge);
  const renewed = await byRefresh(asking.value, token);
  if (renewed.ok) return keep(setup, asking.value, renewed.value);
  return renewed.error === "upstream.auth_refused"
    ? letInAlone(setup, stored, challenge)
    : renewed.error;
}

/** The upstream does not know the token, or wants one. */
async function letIn(
  setup: AuthorizerSetup,
  stored: StoredAuth | null,
  token: Token | null,
  challenge: Challenge,
): Promise<string | null> {
  if (stored === null || token?.refresh == null) return letInAlone(setup, stored, challenge);
  const asking = await askingFor(setup, stored, challenge);
  if (!asking.ok) return asking.error;
  if (asking.value.found.server.issuer !== stored.issuer)
    return letInAlone(setup, stored, challenge);
  const renewed = await byRefresh(asking.value, token);
  return renewed.ok
    ? keep(setup, asking.value, renewed.value)
    : letInAlone(setup, stored, challenge);
}

/** More than the token holds is wanted: what it held is asked for again with it (scope step-up). */
function stepUp(
  setup: AuthorizerSetup,
  stored: StoredAuth | null,
  challenge: Challenge,
): Promise<string | null> {
  const held = stored?.token?.scopes ?? [];
  const scopes = [...new Set([...held, ...(challenge.scopes ?? [])])];
  // A server that goes on asking for what the token holds would have it fetched for ever.
  if (scopes.length === held.length) return Promise.resolve("upstream.unauthorized");
  return letInAlone(setup, stored, { ...challenge, scopes });
}

/** Gets a token without a person where it can be had so; leaves word of what is wanted otherwise. */
async function letInAlone(
  setup: AuthorizerSetup,
  stored: StoredAuth | null,
  challenge: Challenge,
): Promise<string | null> {
  const { store, url } = setup;
  if (setup.flow === "authorization_code") {
    const wanted = {
      metadata: challenge.metadata,
      scopes: challenge.scopes === null ? null : [...challenge.scopes],
    };
    store.write({ ...(stored ?? empty(url)), wanted });
    return "upstream.login";
  }
  const asking = await askingFor(setup, stored, challenge);
  if (!asking.ok) return asking.error;
  const scopes = scopesFor(setup.scopes, challenge, asking.value.found);
  const got = await byCredentials(asking.value, scopes);
  return got.ok ? keep(setup, asking.value, got.value) : got.error;
}

function empty(url: URL): StoredAuth {
  const client = { id: "", secret: null, method: "none" as const, redirect: null };
  return { v: 1, url: url.href, issuer: "", resource: "", client, token: null, wanted: null };
}

/** What is asked for: what the upstream wants, else what its metadata offers, and what is configured. */
export function scopesFor(
  configured: readonly string[],
  { scopes }: Challenge,
  found: Discovered,
): readonly string[] {
  return [...new Set([...configured, ...(scopes ?? found.scopes ?? [])])];
}

async function askingFor(
  { url, issuer, fetch, client, now }: AuthorizerSetup,
  stored: StoredAuth | null,
  challenge: Challenge,
): Promise<Result<Asking, string>> {
  const found = await discover(url, challenge, issuer, fetch);
  if (!found.ok) return found;
  const known = knownClient(stored, found.value);
  const registration = await clientFor(found.value, client, known?.redirect ?? null, known, fetch);
  if (!registration.ok) return registration;
  return ok({ found: found.value, registration: registration.value, config: client, fetch, now });
}

/** A registration is one authorization server's: no other gets to see its secret. */
export function knownClient(
  stored: StoredAuth | null,
  { server }: Discovered,
): Registration | null {
  return stored !== null && stored.issuer === server.issuer && stored.client.id !== ""
    ? stored.client
    : null;
}

/** Null once the token is kept. */
export function keep(
  { store, url }: Pick<AuthorizerSetup, "store" | "url">,
  { found, registration }: Asking,
  token: Token,
): null {
  store.write({
    v: 1,
    url: url.href,
    issuer: found.server.issuer,
    resource: found.resource,
    client: registration,
    token,
    wanted: null,
  });
  return null;
}
