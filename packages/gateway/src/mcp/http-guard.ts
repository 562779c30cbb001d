import type { IncomingMessage } from "node:http";
import { type Caller, fail, ok, type Result } from "@bylaw/core";
import { MERGED } from "./merged/names.ts";

/** Why a request is turned away before its body is read, with the HTTP status that says so. */
export interface Turned {
  readonly status: 401 | 403 | 400 | 404 | 431;
  readonly code: string;
}

export interface GuardOptions {
  /** Host names that are Bylaw itself, lower case, without port: `127.0.0.1`, `localhost`, `[::1]`. */
  readonly hosts: readonly string[];
  /** Web origins besides its own that may call, exact: `https://console.example`. */
  readonly origins: readonly string[];
  readonly headerLines: number;
  readonly authenticate: Authenticate;
}

/**
 * Everybody has a credential, also on loopback. In: the head of the request; `again` for a later
 * message of the connection that it opened. Out: who it is.
 */
export type Authenticate = (
  request: IncomingMessage,
  again: boolean,
) => Promise<Result<Caller, { readonly code: string }>>;

/** Headers that must have one reading: Node keeps the first or joins them, a proxy before it may not. */
const SINGLE: ReadonlySet<string> = new Set([
  "host",
  "origin",
  "authorization",
  "dpop",
  "content-type",
  "content-length",
  "mcp-session-id",
  "mcp-protocol-version",
  "mcp-method",
  "mcp-name",
]);

/**
 * Checks that a request was meant for this server and comes from somebody known. A page that has
 * rebound its own name to 127.0.0.1 shows itself by Host and Origin (DNS rebinding).
 */
export async function guard(
  request: IncomingMessage,
  options: GuardOptions,
): Promise<Result<Caller, Turned>> {
  const { headers, rawHeaders } = request;
  if (rawHeaders.length / 2 > options.headerLines)
    return fail({ status: 431, code: "header.lines" });
  if (hasDuplicates(rawHeaders)) return fail({ status: 400, code: "header.ambiguous" });
  const host = headers.host?.toLowerCase() ?? "";
  if (!options.hosts.includes(hostName(host))) return fail({ status: 403, code: "header.host" });
  if (!originAllowed(headers.origin, host, options.origins))
    return fail({ status: 403, code: "header.origin" });
  const caller = await options
    .authenticate(request, false)
    .catch(() => fail({ code: "credential.error" }));
  return caller.ok ? ok(caller.value) : fail({ status: 401, code: caller.error.code });
}

/** The WWW-Authenticate value of a 401 (RFC 6750 section 3, RFC 9449 section 7.1). */
export function challenge(code: string): string {
  if (code.startsWith("credential.proof_"))
    return 'DPoP realm="bylaw", error="invalid_dpop_proof", algs="EdDSA ES256"';
  return code === "credential.missing"
    ? 'Bearer realm="bylaw"'
    : 'Bearer realm="bylaw", error="invalid_token"';
}

function hasDuplicates(rawHeaders: readonly string[]): boolean {
  const seen: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (seen.includes(name)) return true;
    seen.push(name);
  }
  return false;
}

function hostName(host: string): string {
  return host.replace(/:\d{1,5}$/, "");
}

function originAllowed(
  origin: string | undefined,
  host: string,
  origins: readonly string[],
): boolean {
  if (origin === undefined) return true; // not a browser
  return origin === `http://${host}` || origin === `https://${host}` || origins.includes(origin);
}

const PATH = /^\/mcp\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/;

/**
 * The upstream that a request's path names, or all of them; null for every other path. Nothing is decoded or
 * normalised: a path that would need it is not one of ours.
 */
export function upstreamOfPath(path: string): string | null {
  if (path === "/mcp") return MERGED;
  return PATH.exec(path)?.[1] ?? null;
}
