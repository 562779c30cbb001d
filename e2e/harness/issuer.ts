import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { REPOSITORY } from "./site.ts";

/** The client that people sign in at; a public one, so that PKCE is all that ties code and token. */
export const CLIENT = "desktop-agent";
const REDIRECT = "http://127.0.0.1/signed-in";
const LIFETIME_SECONDS = 600;
/** Redirects and forms from the first request to the code. */
const STEPS_MAX = 12;

/** Main file of node-oidc-provider. */
export const PROVIDER: string = join(
  REPOSITORY,
  "e2e",
  "node_modules",
  "oidc-provider",
  "lib",
  "index.js",
);

/** What is used of node-oidc-provider, which ships no declarations. */
type Provider = new (
  issuer: string,
  configuration: object,
) => { callback(): (request: IncomingMessage, response: ServerResponse) => void };

/** What a person's client gets from the issuer. */
export interface Tokens {
  readonly access_token: string;
  readonly id_token: string;
  readonly token_type: string;
}

export interface Asked {
  /** RFC 8707: the one audience of the access token. */
  readonly resource: string;
  /** How long the access token is good, in seconds; ten minutes by default. */
  readonly seconds?: number;
  /** A DPoP proof for the token endpoint, to have the token bound to its key. */
  readonly proof?: (endpoint: string) => string;
}

/** An OpenID provider that people sign in at, on a port of this machine. */
export interface OpenIdIssuer {
  readonly url: string;
  /** Signs somebody in with a browser's requests (authorization code with PKCE). */
  signIn(person: string, asked: Asked): Promise<Tokens>;
  /** From here on other keys sign, and the old ones are no longer shown. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

/** Starts node-oidc-provider with keys of its own. */
export async function openIssuer(): Promise<OpenIdIssuer> {
  const { default: Provider } = (await import(pathToFileURL(PROVIDER).href)) as {
    default: Provider;
  };
  let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  const server = createServer((request, response) => answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let lifetime = LIFETIME_SECONDS;
  const start = (): void => {
    answer = new Provider(
      url,
      configuration(() => lifetime),
    ).callback();
  };
  start();
  return {
    url,
    signIn: (person, asked) => {
      lifetime = asked.seconds ?? LIFETIME_SECONDS;
      return signIn(url, person, asked);
    },
    rotate: async () => start(),
    close: () => closed(server),
  };
}

function configuration(lifetime: () => number): object {
  return {
    clients: [
      {
        client_id: CLIENT,
        redirect_uris: [REDIRECT],
        grant_types: ["authorization_code"],
        response_types: ["code"],
        token_endpoint_auth_method: "none",
        application_type: "native",
        id_token_signed_response_alg: "EdDSA",
      },
    ],
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    enabledJWA: { idTokenSigningAlgValues: ["EdDSA", "ES256"] },
    features: {
      devInteractions: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => true,
        getResourceServerInfo: (_: unknown, resource: string) => ({
          scope: "act",
          audience: resource,
          accessTokenFormat: "jwt",
          accessTokenTTL: lifetime(),
          jwt: { sign: { alg: "EdDSA" } },
        }),
      },
    },
    findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
    pkce: { required: () => true },
  };
}

function signingKey(): object {
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  return { ...jwk, kid: randomBytes(8).toString("hex"), use: "sig", alg: "EdDSA" };
}

async function signIn(issuer: string, person: string, asked: Asked): Promise<Tokens> {
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    client_id: CLIENT,
    response_type: "code",
    redirect_uri: REDIRECT,
    scope: "openid act",
    resource: asked.resource,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    state: randomBytes(8).toString("hex"),
  });
  const code = await codeFor(`${issuer}/auth?${query.toString()}`, person);
  const endpoint = `${issuer}/token`;
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: asked.proof === undefined ? {} : { DPoP: asked.proof(endpoint) },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: CLIENT,
      redirect_uri: REDIRECT,
      code,
      code_verifier: verifier,
      resource: asked.resource,
    }),
  });
  const body = (await answer.json()) as Tokens & { readonly error?: string };
  if (!answer.ok) throw new Error(`${endpoint}: ${answer.status} ${JSON.stringify(body)}`);
  return body;
}

/** Does what a browser and a person in front of it do: follows, types a name, and agrees. */
async function codeFor(begin: string, person: string): Promise<string> {
  const cookies = new Map<string, string>();
  let next: { readonly url: string; readonly form?: URLSearchParams } = { url: begin };
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const answer = await fetch(next.url, {
      redirect: "manual",
      method: next.form === undefined ? "GET" : "POST",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(next.form === undefined ? {} : { body: next.form }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    const to = answer.headers.get("location");
    const page = await answer.text();
    if (to?.startsWith(REDIRECT)) return codeIn(to);
    if (to !== null) next = { url: new URL(to, next.url).href };
    else next = formIn(page, next.url, person);
  }
  throw new Error("the issuer never came to an end");
}

function codeIn(to: string): string {
  const found = new URL(to).searchParams;
  const code = found.get("code");
  if (code === null) throw new Error(`no code: ${to}`);
  return code;
}

function formIn(page: string, at: string, person: string): { url: string; form: URLSearchParams } {
  const [, action] = /<form[^>]* action="([^"]+)"/.exec(page) ?? [];
  const [, prompt] = /name="prompt" value="([a-z]+)"/.exec(page) ?? [];
  if (action === undefined || prompt === undefined) throw new Error(`no form: ${page}`);
  const form = new URLSearchParams({ prompt, login: person, password: "any" });
  return { url: new URL(action, at).href, form };
}

async function closed(server: Server): Promise<void> {
  const end = once(server, "close");
  server.close();
  server.closeAllConnections();
  await end;
}
