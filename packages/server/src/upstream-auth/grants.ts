import { fail, ok, type Result } from "@bylaw/core";
import {
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  type ClientAuth,
  clientCredentialsGrantRequest,
  customFetch,
  processAuthorizationCodeResponse,
  processClientCredentialsResponse,
  processRefreshTokenResponse,
  ResponseBodyError,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
} from "oauth4webapi";
import { scopesOf } from "./challenge.ts";
import { authOf, type ClientConfig, clientOf, type Registration } from "./client.ts";
import type { Discovered } from "./discovery.ts";
import type { StoredAuth } from "./stored.ts";
import type { AuthFetch } from "./transport.ts";

export type Token = NonNullable<StoredAuth["token"]>;
/** `refused`: the authorization server's own no, which does not change by asking again. */
export type GrantCode = "upstream.auth_refused" | "upstream.auth_unreachable";

/** Everything that a request for a token needs besides what it is about. */
export interface Asking {
  readonly found: Discovered;
  readonly registration: Registration;
  readonly config: ClientConfig;
  readonly fetch: AuthFetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const TOKEN_CHARS_MAX = 16_384;
/** What a header value may hold of a token (RFC 6750). */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

export function byCredentials(
  asking: Asking,
  scopes: readonly string[],
): Promise<Result<Token, GrantCode>> {
  const { found, registration } = asking;
  return take(asking, scopes, async (auth, options) => {
    const client = clientOf(registration);
    const parameters = {
      resource: found.resource,
      ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
    };
    const answer = await clientCredentialsGrantRequest(
      found.server,
      client,
      auth,
      parameters,
      options,
    );
    return processClientCredentialsResponse(found.server, client, answer);
  });
}

export function byCode(
  asking: Asking,
  scopes: readonly string[],
  callback: URLSearchParams,
  redirect: string,
  verifier: string,
): Promise<Result<Token, GrantCode>> {
  const { found, registration } = asking;
  return take(asking, scopes, async (auth, options) => {
    const client = clientOf(registration);
    const answer = await authorizationCodeGrantRequest(
      found.server,
      client,
      auth,
      callback,
      redirect,
      verifier,
      { ...options, additionalParameters: { resource: found.resource } },
    );
    return processAuthorizationCodeResponse(found.server, client, answer);
  });
}

export function byRefresh(asking: Asking, token: Token): Promise<Result<Token, GrantCode>> {
  const { found, registration } = asking;
  const { refresh } = token;
  if (refresh === null) return Promise.resolve(fail("upstream.auth_refused"));
  return take(asking, token.scopes, async (auth, options) => {
    const client = clientOf(registration);
    const additionalParameters = { resource: found.resource };
    const answer = await refreshTokenGrantRequest(found.server, client, auth, refresh, {
      ...options,
      additionalParameters,
    });
    const renewed = await processRefreshTokenResponse(found.server, client, answer);
    // A server that does not rotate it sends none.
    return { ...renewed, refresh_token: renewed.refresh_token ?? refresh };
  });
}

interface Options {
  readonly [customFetch]: AuthFetch;
  readonly [allowInsecureRequests]: true;
}

async function take(
  { registration, config, fetch, now }: Asking,
  scopes: readonly string[],
  ask: (auth: ClientAuth, options: Options) => Promise<TokenEndpointResponse>,
): Promise<Result<Token, GrantCode>> {
  try {
    const auth = await authOf(registration, config);
    // What is plain http and where it may go is the transport's rule.
    const answer = await ask(auth, { [customFetch]: fetch, [allowInsecureRequests]: true });
    const access = answer.access_token;
    const fit = access.length <= TOKEN_CHARS_MAX && TOKEN.test(access);
    if (!fit || answer.token_type !== "bearer") return fail("upstream.auth_refused");
    const { expires_in: seconds, refresh_token: refresh, scope } = answer;
    return ok({
      access,
      refresh: refresh ?? null,
      expires: seconds === undefined ? null : now() + seconds * 1_000,
      scopes: [...(scope === undefined ? scopes : scopesOf(scope))],
    });
  } catch (error) {
    const refused = error instanceof ResponseBodyError;
    return fail(refused ? "upstream.auth_refused" : "upstream.auth_unreachable");
  }
}
