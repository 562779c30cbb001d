import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fail, ok, type Result } from "@bylaw/core";
import {
  AuthorizationResponseError,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomState,
  validateAuthResponse,
} from "oauth4webapi";
import { type AuthorizerSetup, keep, knownClient, scopesFor } from "./authorizer.ts";
import { type Challenge, NO_CHALLENGE, readChallenge } from "./challenge.ts";
import { clientFor, clientOf } from "./client.ts";
import { discover } from "./discovery.ts";
import { type Asking, byCode } from "./grants.ts";

export interface LoginSetup extends AuthorizerSetup {
  /** Port of the address that the person is sent back to; 0 takes a free one. */
  readonly port: number;
  /** Shows the person where to go. */
  readonly open: (address: string) => Promise<void> | void;
  /** Milliseconds that the person has. */
  readonly waitMs: number;
}

export interface LoggedIn {
  readonly issuer: string;
  readonly scopes: readonly string[];
}

const CALLBACK = "/callback";
const DONE = "You can close this page and go back to the terminal.\n";

/**
 * Gets a token that a person has allowed: authorization code with PKCE, and an address on this machine that
 * the person's browser comes back to (RFC 8252). Out: whom it is from and what it is good for, or a code.
 */
export async function login(setup: LoginSetup): Promise<Result<LoggedIn, string>> {
  const { url, issuer, fetch, store } = setup;
  const stored = store.read();
  const challenge = stored?.wanted == null ? await ask(setup) : wantedBy(stored.wanted);
  const found = await discover(url, challenge, issuer, fetch);
  if (!found.ok) return found;
  const { server } = found.value;
  if (server.authorization_endpoint === undefined) return fail("upstream.auth_metadata");
  // Without it whoever sees the code could use it (MCP authorization, "Authorization code protection").
  if (server.code_challenge_methods_supported?.includes("S256") !== true)
    return fail("upstream.auth_pkce");
  const listening = await listen(setup.port);
  if (listening === null) return fail("upstream.auth_port");
  try {
    const redirect = `http://127.0.0.1:${(listening.address() as AddressInfo).port}${CALLBACK}`;
    const known = knownClient(stored, found.value);
    const registration = await clientFor(found.value, setup.client, redirect, known, fetch);
    if (!registration.ok) return registration;
    const asking: Asking = {
      found: found.value,
      registration: registration.value,
      config: setup.client,
      fetch,
      now: setup.now,
    };
    return await authorize(setup, asking, challenge, listening, redirect);
  } finally {
    listening.closeAllConnections();
    listening.close();
  }
}

function wantedBy({ metadata, scopes }: Pick<Challenge, "metadata" | "scopes">): Challenge {
  return { ...NO_CHALLENGE, metadata, scopes };
}

/** What the upstream says to somebody without a token; a GET does nothing there. */
async function ask({ url, fetch: reach }: LoginSetup): Promise<Challenge> {
  try {
    const answer = await reach(url.href, { headers: { accept: "text/event-stream" } });
    return readChallenge(answer.status === 401 ? answer.headers.get("www-authenticate") : null);
  } catch {
    return NO_CHALLENGE;
  }
}

async function authorize(
  setup: LoginSetup,
  asking: Asking,
  challenge: Challenge,
  listening: Server,
  redirect: string,
): Promise<Result<LoggedIn, string>> {
  const { found, registration } = asking;
  const verifier = generateRandomCodeVerifier();
  const state = generateRandomState();
  const scopes = [...scopesFor(setup.scopes, challenge, found)];
  // Asked for only where it is offered: with it a token can be renewed without the person.
  if (
    found.server.scopes_supported?.includes("offline_access") &&
    !scopes.includes("offline_access")
  )
    scopes.push("offline_access");
  const address = new URL(found.server.authorization_endpoint ?? "");
  for (const [name, value] of Object.entries({
    response_type: "code",
    client_id: registration.id,
    redirect_uri: redirect,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    resource: found.resource,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
    ...(scopes.includes("offline_access") ? { prompt: "consent" } : {}),
  }))
    address.searchParams.set(name, value);
  const coming = comeBack(listening, state, setup.waitMs);
  await setup.open(address.href);
  const parameters = await coming;
  if (parameters === null) return fail("upstream.auth_time");
  const callback = checked(asking, parameters, state);
  if (!callback.ok) return callback;
  const token = await byCode(asking, scopes, callback.value, redirect, verifier);
  if (!token.ok) return token;
  keep(setup, asking, token.value);
  return ok({ issuer: found.server.issuer, scopes: token.value.scopes });
}

/** Whether the answer is this authorization server's own (RFC 9207), before its code goes anywhere. */
function checked(
  { found, registration }: Asking,
  parameters: URLSearchParams,
  state: string,
): Result<URLSearchParams, string> {
  try {
    return ok(validateAuthResponse(found.server, clientOf(registration), parameters, state));
  } catch (error) {
    return fail(
      error instanceof AuthorizationResponseError
        ? "upstream.auth_refused"
        : "upstream.auth_response",
    );
  }
}

async function listen(port: number): Promise<Server | null> {
  const server = createServer({ maxHeaderSize: 16_384, headersTimeout: 10_000 });
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return server;
  } catch {
    return null;
  }
}

/** The parameters that the browser brings back; null when it does not come in time. */
function comeBack(server: Server, state: string, waitMs: number): Promise<URLSearchParams | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, waitMs, null);
    server.on("request", (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
      // Others on this machine can reach the port too: only who knows the state ends the waiting.
      const ours = request.method === "GET" && pathname === CALLBACK;
      if (!ours || searchParams.get("state") !== state)
        return void response.writeHead(404, { "content-type": "text/plain" }).end("Not found.\n");
      clearTimeout(timer);
      response.writeHead(200, { "content-type": "text/plain", connection: "close" }).end(DONE);
      response.once("finish", () => resolve(searchParams));
    });
  });
}
