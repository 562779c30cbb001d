import { createPrivateKey, type KeyObject, webcrypto } from "node:crypto";
import { fail, ok, type Result } from "@bylaw/core";
import {
  allowInsecureRequests,
  type Client,
  type ClientAuth,
  ClientSecretPost,
  customFetch,
  dynamicClientRegistrationRequest,
  None,
  PrivateKeyJwt,
} from "oauth4webapi";
import * as z from "zod";
import type { Discovered } from "./discovery.ts";
import type { StoredAuth } from "./stored.ts";
import type { AuthFetch } from "./transport.ts";

/** The configured part of a client, with its secrets read. */
export interface ClientConfig {
  readonly id: string | null;
  readonly secret: string | null;
  /** PEM, PKCS #8. */
  readonly privateKey: string | null;
  /** Address of a client ID metadata document. */
  readonly metadata: string | null;
}

export type ClientCode = "upstream.auth_client" | "upstream.auth_unreachable";

type Method = StoredAuth["client"]["method"];

/** What a client is known as at one authorization server. */
export type Registration = StoredAuth["client"];

/**
 * As whom Bylaw goes to an authorization server: as configured, else by its metadata document where the
 * server reads those, else as it was registered there before, else by registering now.
 */
export async function clientFor(
  { server }: Discovered,
  config: ClientConfig,
  redirect: string | null,
  known: Registration | null,
  fetch: AuthFetch,
): Promise<Result<Registration, ClientCode>> {
  const { id, secret, privateKey, metadata } = config;
  const offered = server.token_endpoint_auth_methods_supported;
  if (id !== null) {
    const method = privateKey !== null ? "private_key_jwt" : methodFor(offered, secret !== null);
    return ok({ id, secret, method, redirect: null });
  }
  if (metadata !== null && server["client_id_metadata_document_supported"] === true)
    return ok({ id: metadata, secret: null, method: "none", redirect: null });
  if (known !== null && known.redirect === redirect) return ok(known);
  if (server.registration_endpoint === undefined || redirect === null)
    return fail("upstream.auth_client");
  return register(server, redirect, methodFor(offered, true), fetch);
}

async function register(
  server: Discovered["server"],
  redirect: string,
  method: Method,
  fetch: AuthFetch,
): Promise<Result<Registration, ClientCode>> {
  try {
    const answer = await dynamicClientRegistrationRequest(
      server,
      {
        client_name: "Bylaw",
        application_type: "native",
        redirect_uris: [redirect],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        token_endpoint_auth_method: method,
      },
      { [customFetch]: fetch, [allowInsecureRequests]: true },
    );
    const read = registered.safeParse(answer.ok ? await answer.json() : null);
    if (!read.success) return fail("upstream.auth_client");
    const { client_id: id, client_secret: secret, token_endpoint_auth_method: granted } = read.data;
    const chosen = granted ?? method;
    const usable = chosen === "none" || secret !== null;
    if (!usable || !METHODS.includes(chosen as Method)) return fail("upstream.auth_client");
    return ok({ id, secret, method: chosen as Method, redirect });
  } catch {
    return fail("upstream.auth_client");
  }
}

/** Servers leave out when a secret ends, which RFC 7591 wants said: then it is used until it is refused. */
const registered = z.object({
  client_id: z.string().min(1).max(2_048),
  client_secret: z.string().nullable().default(null),
  token_endpoint_auth_method: z.string().optional(),
});

const METHODS: readonly Method[] = ["client_secret_basic", "client_secret_post", "none"];

/** The first that both sides can do; without a word of the server its default (RFC 8414). */
function methodFor(offered: readonly string[] | undefined, secret: boolean): Method {
  if (!secret) return "none";
  return METHODS.find((method) => (offered ?? ["client_secret_basic"]).includes(method)) ?? "none";
}

export function clientOf({ id }: Registration): Client {
  return { client_id: id };
}

/** Throws for a private key that cannot be read. */
export async function authOf(
  { method, secret }: Registration,
  { privateKey }: ClientConfig,
): Promise<ClientAuth> {
  switch (method) {
    case "client_secret_basic":
      return basic(secret ?? "");
    case "client_secret_post":
      return ClientSecretPost(secret ?? "");
    case "private_key_jwt":
      return PrivateKeyJwt(await signingKey(createPrivateKey(privateKey ?? "")));
    case "none":
      return None();
  }
}

/**
 * RFC 6749, section 2.3.1. The library escapes `-` and `_` as well, which is as right, but servers that do
 * not decode at all would then know no secret that has one.
 */
function basic(secret: string): ClientAuth {
  const escaped = (text: string): string => new URLSearchParams({ t: text }).toString().slice(2);
  return (_server, { client_id: id }, _body, headers) => {
    const pair = Buffer.from(`${escaped(id)}:${escaped(secret)}`).toString("base64");
    headers.set("authorization", `Basic ${pair}`);
  };
}

/** RFC 7518 and RFC 8037 names by kind of key. */
async function signingKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const algorithm =
    key.asymmetricKeyType === "ed25519"
      ? { name: "Ed25519" }
      : key.asymmetricKeyType === "rsa"
        ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
        : { name: "ECDSA", namedCurve: curve === "secp384r1" ? "P-384" : "P-256" };
  const der = key.export({ type: "pkcs8", format: "der" });
  return webcrypto.subtle.importKey("pkcs8", new Uint8Array(der), algorithm, false, ["sign"]);
}
