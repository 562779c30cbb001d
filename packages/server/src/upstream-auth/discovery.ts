import { fail, ok, type Result } from "@bylaw/core";
import type { AuthorizationServer } from "oauth4webapi";
import * as z from "zod";
import type { Challenge } from "./challenge.ts";
import type { AuthFetch } from "./transport.ts";

/** Who gives tokens for an upstream, and what they have to be for. */
export interface Discovered {
  /** What a token is asked for (RFC 8707): the server as its metadata names it. */
  readonly resource: string;
  /** What the metadata offers; null where it does not say. */
  readonly scopes: readonly string[] | null;
  readonly server: AuthorizationServer;
}

export type DiscoveryCode =
  | "upstream.auth_resource"
  | "upstream.auth_metadata"
  | "upstream.auth_issuer"
  | "upstream.auth_unreachable";

const TEXTS_MAX = 100;
const texts = z.array(z.string().max(2_048)).max(TEXTS_MAX);
const resourceSchema = z.object({
  resource: z.string(),
  authorization_servers: texts.optional(),
  scopes_supported: texts.optional(),
});

const serverSchema = z.looseObject({
  issuer: z.string(),
  authorization_endpoint: z.string().optional(),
  token_endpoint: z.string(),
  registration_endpoint: z.string().optional(),
  scopes_supported: texts.optional(),
  grant_types_supported: texts.optional(),
  code_challenge_methods_supported: texts.optional(),
  token_endpoint_auth_methods_supported: texts.optional(),
  client_id_metadata_document_supported: z.boolean().optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
});

/**
 * Finds out who gives tokens for an upstream: its protected-resource metadata (RFC 9728), at the address
 * that its challenge names or at the well-known ones, then the metadata of the authorization server
 * (RFC 8414, OpenID Connect Discovery). `issuer`: the only one that is accepted, where one is configured.
 */
export async function discover(
  upstream: URL,
  challenge: Challenge,
  issuer: string | null,
  reach: AuthFetch,
): Promise<Result<Discovered, DiscoveryCode>> {
  const places =
    challenge.metadata === null
      ? wellKnown(upstream, "oauth-protected-resource")
      : [challenge.metadata];
  const found = await firstOf(places, resourceSchema, reach);
  if (!found.ok) return found;
  const resource = found.value;
  if (resource === null) return fail("upstream.auth_metadata");
  if (!isFor(resource.resource, upstream)) return fail("upstream.auth_resource");
  const servers = resource.authorization_servers ?? [];
  const named = issuer === null ? servers[0] : servers.find((one) => one === issuer);
  // A server that names others than the configured one would have its tokens come from elsewhere.
  if (named === undefined)
    return fail(issuer === null ? "upstream.auth_metadata" : "upstream.auth_issuer");
  const server = await serverOf(named, reach);
  if (!server.ok) return server;
  return ok({
    resource: resource.resource,
    scopes: resource.scopes_supported ?? null,
    server: server.value,
  });
}

async function serverOf(
  issuer: string,
  reach: AuthFetch,
): Promise<Result<AuthorizationServer, DiscoveryCode>> {
  if (!URL.canParse(issuer)) return fail("upstream.auth_metadata");
  const url = new URL(issuer);
  const places = [
    ...wellKnown(url, "oauth-authorization-server").slice(0, 1),
    ...wellKnown(url, "openid-configuration").slice(0, 1),
    ...(url.pathname === "/"
      ? []
      : [`${url.origin}${url.pathname.replace(/\/$/, "")}/.well-known/openid-configuration`]),
  ];
  const found = await firstOf(places, serverSchema, reach);
  if (!found.ok) return found;
  if (found.value === null) return fail("upstream.auth_metadata");
  // Character by character (RFC 8414, section 3.3): otherwise one server could speak for another.
  if (found.value.issuer !== issuer) return fail("upstream.auth_issuer");
  return ok(found.value as AuthorizationServer);
}

/** Well-known addresses: with the path behind the well-known part, then without any. */
function wellKnown({ origin, pathname }: URL, name: string): readonly string[] {
  const path = pathname.replace(/\/$/, "");
  const root = `${origin}/.well-known/${name}`;
  return path === "" ? [root] : [`${root}${path}`, root];
}

/** The first document that is there; null where there is none. One that is there and wrong is not passed over. */
async function firstOf<T extends z.ZodType>(
  places: readonly string[],
  schema: T,
  reach: AuthFetch,
): Promise<Result<z.infer<T> | null, DiscoveryCode>> {
  for (const place of places) {
    try {
      const answer = await reach(place, { headers: { accept: "application/json" } });
      if (answer.status !== 200) continue;
      const read = schema.safeParse(await answer.json());
      return read.success ? ok(read.data) : fail("upstream.auth_metadata");
    } catch {
      return fail("upstream.auth_unreachable");
    }
  }
  return ok(null);
}

/** Whether metadata is about this server: the same origin, and a path that the server's lies under. */
function isFor(resource: string, upstream: URL): boolean {
  if (!URL.canParse(resource)) return false;
  const { origin, pathname, search, hash } = new URL(resource);
  if (origin !== upstream.origin || search !== "" || hash !== "") return false;
  const prefix = pathname.endsWith("/") ? pathname : `${pathname}/`;
  return `${upstream.pathname}/`.startsWith(prefix);
}
