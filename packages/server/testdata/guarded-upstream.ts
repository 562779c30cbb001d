import { createHash, createPublicKey, type KeyObject, randomBytes, verify } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";

/** A TCP relay that keeps every byte of both directions. */
export interface Tee {
  readonly address: string;
  /** What went in, and what came back. */
  seen(): { readonly there: string; readonly back: string };
  close(): Promise<void>;
}

export async function tee(target: string): Promise<Tee> {
  const { port, hostname } = new URL(target);
  const there: Buffer[] = [];
  const back: Buffer[] = [];
  const sockets = new Set<Socket>();
  const relay = createTcpServer((incoming) => {
    const outgoing = connect(Number(port), hostname);
    for (const [from, to, kept] of [
      [incoming, outgoing, there],
      [outgoing, incoming, back],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => {
        kept.push(chunk);
        to.write(chunk);
      });
      from.on("error", () => to.destroy());
      from.on("close", () => to.end());
    }
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  return {
    address: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    seen: () => ({
      there: Buffer.concat(there).toString("latin1"),
      back: Buffer.concat(back).toString("latin1"),
    }),
    async close() {
      for (const socket of sockets) socket.destroy();
      relay.close();
      await once(relay, "close");
    },
  };
}

/** One request for a token. */
export interface TokenRequest {
  readonly form: URLSearchParams;
  readonly authorization: string | undefined;
}

/** An MCP server that wants OAuth tokens, and the authorization server that gives them, in one place. */
export interface GuardedUpstream {
  readonly origin: string;
  readonly url: string;
  readonly tokens: readonly TokenRequest[];
  readonly authorizations: readonly URLSearchParams[];
  readonly registrations: readonly Record<string, unknown>[];
  /** Every access token that was given. */
  readonly given: readonly string[];
  /** Tool calls that were carried out. */
  readonly ran: readonly string[];
  /** Scopes that a tool wants, by its name. */
  wanted: Record<string, string>;
  /** Changes to what the metadata says, and to how long tokens live. */
  resource: Record<string, unknown>;
  metadata: Record<string, unknown>;
  expiresIn: number;
  /** Tokens are good for nothing any more. */
  revoke(): void;
  /** The authorization server gives nothing any more. */
  refuse: boolean;
  /** Changes what the browser is sent back with. */
  back: (parameters: URLSearchParams) => void;
  /** Public key that assertions are checked with. */
  key: KeyObject | null;
  close(): Promise<void>;
}

export async function startGuarded(): Promise<GuardedUpstream> {
  const tokens: TokenRequest[] = [];
  const authorizations: URLSearchParams[] = [];
  const registrations: Record<string, unknown>[] = [];
  const given: string[] = [];
  const ran: string[] = [];
  const good = new Map<string, readonly string[]>();
  const refreshes = new Map<string, readonly string[]>();
  const codes = new Map<string, URLSearchParams>();

  const json = (response: ServerResponse, status: number, body: object): void => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };

  const challenge = (response: ServerResponse, status: number, more: string): void => {
    const metadata = `${site.origin}/.well-known/oauth-protected-resource/mcp`;
    response.setHeader("www-authenticate", `Bearer resource_metadata="${metadata}"${more}`);
    json(response, status, { error: "no" });
  };

  const give = (scopes: readonly string[]): object => {
    const access = `at_${randomBytes(24).toString("base64url")}`;
    const refresh = `rt_${randomBytes(24).toString("base64url")}`;
    given.push(access);
    good.set(access, scopes);
    refreshes.set(refresh, scopes);
    return {
      access_token: access,
      refresh_token: refresh,
      token_type: "Bearer",
      expires_in: site.expiresIn,
      scope: scopes.join(" "),
    };
  };

  const token = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    const form = new URLSearchParams(body);
    tokens.push({ form, authorization: request.headers.authorization });
    const no = (): void => json(response, 400, { error: "invalid_grant" });
    if (site.refuse || form.get("resource") !== site.url) return no();
    switch (form.get("grant_type")) {
      case "client_credentials": {
        const known =
          site.key === null
            ? request.headers.authorization === `Basic ${Buffer.from("bylaw:top-secret-of-bylaw").toString("base64")}`
            : isSigned(form.get("client_assertion") ?? "", site.key, site.origin);
        return known ? json(response, 200, give(scopesOf(form.get("scope")))) : no();
      }
      case "authorization_code": {
        const asked = codes.get(form.get("code") ?? "");
        codes.delete(form.get("code") ?? "");
        const verifier = form.get("code_verifier") ?? "";
        const proof = createHash("sha256").update(verifier).digest("base64url");
        const bound =
          asked?.get("code_challenge") === proof &&
          asked.get("redirect_uri") === form.get("redirect_uri");
        return bound ? json(response, 200, give(scopesOf(asked.get("scope")))) : no();
      }
      default: {
        const refresh = form.get("refresh_token") ?? "";
        const scopes = refreshes.get(refresh);
        refreshes.delete(refresh);
        return scopes === undefined ? no() : json(response, 200, give(scopes));
      }
    }
  };

  const authorize = (address: URL, response: ServerResponse): void => {
    const asked = address.searchParams;
    authorizations.push(asked);
    const code = randomBytes(12).toString("base64url");
    codes.set(code, asked);
    const next = new URL(asked.get("redirect_uri") ?? "");
    const back = new URLSearchParams({
      code,
      state: asked.get("state") ?? "",
      iss: site.origin,
    });
    site.back(back);
    next.search = back.toString();
    response.writeHead(302, { location: next.href }).end();
  };

  const mcp = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    const bearer = request.headers.authorization?.slice("Bearer ".length) ?? "";
    const scopes = good.get(bearer);
    if (scopes === undefined) return challenge(response, 401, ', scope="basic"');
    if (request.method !== "POST") return void response.writeHead(405).end();
    const { id, method, params } = JSON.parse(body) as {
      id?: number;
      method: string;
      params?: { name?: string };
    };
    if (id === undefined) return void response.writeHead(202).end();
    const wanted = site.wanted[params?.name ?? ""];
    if (wanted !== undefined && !scopes.includes(wanted))
      return challenge(response, 403, `, error="insufficient_scope", scope="${wanted}"`);
    if (method === "tools/call") ran.push(params?.name ?? "");
    const text = params?.name === "echo" ? `you sent ${request.headers.authorization}` : "done";
    const tool = (name: string): object => ({ name, inputSchema: { type: "object" } });
    const results: Record<string, object> = {
      initialize: {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "guarded", version: "1" },
      },
      "tools/list": { tools: ["read", "write", "echo"].map(tool) },
      "tools/call": { content: [{ type: "text", text }] },
    };
    json(response, 200, { jsonrpc: "2.0", id, result: results[method] ?? {} });
  };

  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      const address = new URL(request.url ?? "/", site.origin);
      switch (address.pathname) {
        case "/.well-known/oauth-protected-resource/mcp":
          return json(response, 200, {
            resource: site.url,
            authorization_servers: [site.origin],
            scopes_supported: ["basic", "extra"],
            ...site.resource,
          });
        case "/.well-known/oauth-authorization-server":
          return json(response, 200, {
            issuer: site.origin,
            authorization_endpoint: `${site.origin}/authorize`,
            token_endpoint: `${site.origin}/token`,
            registration_endpoint: `${site.origin}/register`,
            code_challenge_methods_supported: ["S256"],
            token_endpoint_auth_methods_supported: ["client_secret_basic", "private_key_jwt"],
            authorization_response_iss_parameter_supported: true,
            ...site.metadata,
          });
        case "/authorize":
          return authorize(address, response);
        case "/token":
          return token(request, response, body);
        case "/register":
          registrations.push(JSON.parse(body) as Record<string, unknown>);
          return json(response, 201, { client_id: "made", client_secret: "made-up-secret-of-1" });
        case "/mcp":
          return mcp(request, response, body);
        default:
          return json(response, 404, {});
      }
    });
  });
  const site: GuardedUpstream = {
    origin: "",
    url: "",
    tokens,
    authorizations,
    registrations,
    given,
    ran,
    wanted: {},
    resource: {},
    metadata: {},
    expiresIn: 3_600,
    revoke: () => good.clear(),
    refuse: false,
    back: () => undefined,
    key: null,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(site, { origin, url: `${origin}/mcp` });
}

function scopesOf(text: string | null | undefined): readonly string[] {
  return (text ?? "").split(" ").filter((scope) => scope !== "");
}

/** Whether a client assertion is signed by the key and meant for this server (RFC 7523). */
function isSigned(assertion: string, key: KeyObject, audience: string): boolean {
  const [head = "", body = "", signature = ""] = assertion.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString() || "{}") as {
    readonly aud?: unknown;
  };
  const public_ = createPublicKey(key.export({ type: "spki", format: "pem" }));
  return (
    [claims.aud].flat().includes(audience) &&
    verify(
      "sha256",
      Buffer.from(`${head}.${body}`),
      { key: public_, dsaEncoding: "ieee-p1363" },
      Buffer.from(signature, "base64url"),
    )
  );
}
