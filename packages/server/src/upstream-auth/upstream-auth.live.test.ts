import { generateKeyPairSync } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type GuardedUpstream,
  startGuarded,
  type Tee,
  tee,
} from "../../testdata/guarded-upstream.ts";
import { type McpClient, mcpClient } from "../../testdata/mcp-client.ts";
import { createPlace, type Place } from "../../testdata/running.ts";
import { parseConfig } from "../config/load.ts";
import { startServer } from "../server.ts";
import { authorizerSetup } from "./configured.ts";
import { login } from "./login.ts";
import { openAuthStore } from "./stored.ts";

const SECRET = "top-secret-of-bylaw";
const WAIT_MS = 20_000;

let guarded: GuardedUpstream;
let place: Place;
let relay: Tee | null = null;

beforeEach(async () => {
  guarded = await startGuarded();
});
afterEach(async () => {
  await place.end();
  await relay?.close();
  relay = null;
  await guarded.close();
});

const credentials = (more: object = {}): object => ({
  flow: "client_credentials",
  client_id: "bylaw",
  client_secret: "file:./client.secret",
  ...more,
});
const person = (more: object = {}): object => ({ flow: "authorization_code", ...more });

function configuration(auth: object, url: string): string {
  return JSON.stringify({
    version: 1,
    packs: [],
    policies: ["./all.cedar"],
    upstreams: { guarded: { url, auth } },
  });
}

async function start(auth: object, url = guarded.url): Promise<void> {
  place = createPlace({
    "bylaw.yaml": configuration(auth, url),
    "all.cedar": '@id("all") permit (principal, action, resource);',
    "client.secret": `${SECRET}\n`,
  });
  expect(await place.start()).toBeNull();
}

/** What the person at `bylaw upstream login` comes to; they allow everything they are shown. */
async function logIn(auth: object): Promise<string> {
  const config = parseConfig(join(place.folder, "bylaw.yaml"), configuration(auth, guarded.url));
  const upstream = config.ok ? config.value.upstreams["guarded"] : undefined;
  if (upstream?.kind !== "http") throw new Error("the upstream is one over HTTP");
  const setup = authorizerSetup("guarded", upstream, place.data, Date.now);
  if (!setup.ok || setup.value === null) throw new Error("it wants tokens");
  const open = async (address: string): Promise<void> => {
    const answer = await fetch(address, { redirect: "manual" });
    void fetch(answer.headers.get("location") ?? "").catch(() => undefined);
  };
  const done = await login({ ...setup.value, port: 0, waitMs: WAIT_MS, open });
  return done.ok ? done.value.scopes.join(" ") : done.error;
}

async function newAgent(id: string): Promise<string> {
  return String((await place.admin("POST", "/agents", { id })).body["token"]);
}

const connect = (): Promise<McpClient> => place.connect("guarded");

describe("an upstream that wants tokens, and credentials of Bylaw's own", () => {
  it("is served with a token for it alone, got once and used for everything", async () => {
    await start(credentials());
    const client = await connect();
    expect(await client.call("read")).toBe("done");
    expect(await client.call("read")).toBe("done");
    expect(guarded.tokens).toHaveLength(1);
    expect(guarded.tokens[0]?.form.get("resource")).toBe(guarded.url);
    expect(guarded.tokens[0]?.form.get("scope")).toBe("basic");
  });

  it("gets assertions signed with Bylaw's key where no secret is shared", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    guarded.key = publicKey;
    const { client_secret: _, ...rest } = credentials() as Record<string, unknown>;
    place = createPlace({
      "bylaw.yaml": configuration({ ...rest, private_key: "file:./key.pem" }, guarded.url),
      "all.cedar": '@id("all") permit (principal, action, resource);',
      "key.pem": privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    });
    expect(await place.start()).toBeNull();
    expect(await (await connect()).call("read")).toBe("done");
    expect(guarded.tokens[0]?.authorization).toBeUndefined();
  });

  it("gets another token when the one it had is good for nothing any more", async () => {
    await start(credentials());
    const client = await connect();
    expect(await client.call("read")).toBe("done");
    guarded.revoke();
    expect(await client.call("read")).toBe("done");
    expect(guarded.ran).toEqual(["read", "read"]);
  });

  it("is asked for one token when many calls need one", async () => {
    await start(credentials());
    const client = await connect();
    guarded.revoke();
    const before = guarded.tokens.length;
    const tools = Array.from({ length: 10 }, () => connect().then((one) => one.call("read")));
    expect(await Promise.all([client.call("read"), ...tools])).toEqual(Array(11).fill("done"));
    expect(guarded.tokens.length - before).toBe(1);
  });

  it("renews what is about to end before it is refused", async () => {
    guarded.expiresIn = 20;
    await start(credentials());
    const client = await connect();
    await client.call("read");
    const [last] = guarded.tokens.slice(-1);
    expect(last?.form.get("grant_type")).toBe("refresh_token");
  });

  it("is asked for more when a tool wants more, with what the token held", async () => {
    guarded.wanted = { write: "extra" };
    await start(credentials());
    const client = await connect();
    expect(await client.call("write")).toBe("done");
    expect(guarded.tokens.map(({ form }) => form.get("scope"))).toEqual(["basic", "basic extra"]);
  });

  it("is not asked again and again for what it will not give", async () => {
    guarded.wanted = { write: "never" };
    await start(credentials());
    const client = await connect();
    // It gives the scope and refuses the call all the same.
    guarded.wanted = { write: "basic extra-that-no-token-names" };
    expect(await client.call("write")).toBe("upstream.unauthorized");
    expect(guarded.tokens.length).toBeLessThanOrEqual(3);
    expect(guarded.ran).toEqual([]);
  });

  it("fails with a code when its authorization server says no, and others go on", async () => {
    guarded.refuse = true;
    await start(credentials());
    const { introduction } = await connect();
    expect(introduction.error?.data?.code).toBe("upstream.auth_refused");
  });
});

describe("what each side gets to see", () => {
  it("is never the other side's credential, in no byte", async () => {
    relay = await tee(guarded.origin);
    // The upstream is reached through the relay; it speaks of itself by that address.
    Object.assign(guarded, { origin: relay.address, url: `${relay.address}/mcp` });
    await start(credentials());
    const token = await newAgent("other");
    const front = await tee((await place.status()).address);
    const client = await mcpClient(front.address, token, "guarded");
    await client.tools();
    expect(await client.call("read")).toBe("done");
    expect(await client.call("echo")).toBe("upstream.credential");
    const { there, back } = front.seen();
    const upstream = relay.seen();
    expect(there).toContain(token);
    expect(upstream.there).not.toContain(token);
    expect(upstream.there).not.toContain(token.slice(4, 24));
    expect(guarded.given.length).toBeGreaterThan(0);
    for (const secret of [...guarded.given, SECRET]) {
      expect(upstream.there).toContain(
        secret === SECRET ? Buffer.from(`bylaw:${SECRET}`).toString("base64") : secret,
      );
      expect(back).not.toContain(secret);
      expect(place.said.join("\n")).not.toContain(secret);
      expect(JSON.stringify(await place.records())).not.toContain(secret);
    }
    expect(back.toLowerCase()).not.toContain("www-authenticate");
    await front.close();
  });

  it("is kept where only its owner reads it", async () => {
    await start(credentials());
    await (await connect()).call("read");
    const file = join(place.data, "upstream-auth", "guarded.json");
    expect(readFileSync(file, "utf8")).toContain(guarded.given[0]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(place.data, "upstream-auth")).mode & 0o777).toBe(0o700);
  });

  it("is not sent to an address that was configured later", async () => {
    await start(credentials());
    await (await connect()).call("read");
    const stolen = guarded.given;
    expect(openAuthStore(place.data, "guarded", guarded.url).read()).not.toBeNull();
    expect(openAuthStore(place.data, "guarded", `${guarded.origin}/other`).read()).toBeNull();
    await place.stop();
    relay = await tee(guarded.origin);
    place.write("bylaw.yaml", configuration(person(), `${relay.address}/mcp`));
    const config = parseConfig(
      join(place.folder, "bylaw.yaml"),
      configuration(person(), `${relay.address}/mcp`),
    );
    if (!config.ok) throw new Error("the configuration is right");
    const options = { folder: place.data, port: 0, version: "0", log: () => undefined };
    const again = await startServer({ ...options, config: config.value });
    if (!again.ok) throw new Error(again.error.code);
    const token = await newAgent("later");
    const { introduction } = await mcpClient(again.value.address, token, "guarded");
    // What was accepted at first was another address; nothing was sent there.
    expect(introduction.error?.data?.code).toMatch(/^definition\.identity$|^upstream\./);
    expect(relay.seen().there).not.toContain(stolen[0]);
    await again.value.stop();
    expect(stolen).toHaveLength(1);
  });
});

function upstreamAt(at: Place, url: string): never {
  const config = parseConfig(join(at.folder, "bylaw.yaml"), configuration(person(), url));
  if (!config.ok) throw new Error("the configuration is right");
  return config.value.upstreams["guarded"] as never;
}

describe("an upstream that a person has to allow", () => {
  it("says so, and is used without a restart once they have", async () => {
    await start(person());
    const { introduction } = await connect();
    expect(introduction.error?.data?.code).toBe("upstream.login");
    expect(await logIn(person())).toBe("basic");
    expect(await (await connect()).call("read")).toBe("done");
    const [asked] = guarded.authorizations;
    expect(asked?.get("code_challenge_method")).toBe("S256");
    expect(asked?.get("resource")).toBe(guarded.url);
    expect(guarded.registrations[0]).toMatchObject({ application_type: "native" });
  });

  it("renews its token by itself, and asks for the person again when that is refused", async () => {
    guarded.expiresIn = 20;
    await start(person());
    await connect();
    await logIn(person());
    const client = await connect();
    expect(await client.call("read")).toBe("done");
    const kinds = guarded.tokens.map(({ form }) => form.get("grant_type"));
    expect(kinds.slice(0, 2)).toEqual(["authorization_code", "refresh_token"]);
    guarded.revoke();
    guarded.refuse = true;
    expect(await client.call("read")).toBe("upstream.login");
  });

  it("is asked for everything that is wanted when a tool wants more", async () => {
    guarded.wanted = { write: "extra" };
    await start(person());
    await connect();
    await logIn(person());
    const client = await connect();
    expect(await client.call("write")).toBe("upstream.login");
    expect(await client.call("read")).toBe("done");
    expect(await logIn(person())).toBe("basic extra");
    expect(await client.call("write")).toBe("done");
  });
});

describe("a login that something is wrong with", () => {
  it.each<[string, () => void, string]>([
    [
      "another issuer answers",
      () => swapped("iss", "https://evil.example"),
      "upstream.auth_response",
    ],
    [
      "the issuer has a slash more",
      () => swapped("iss", `${guarded.origin}/`),
      "upstream.auth_response",
    ],
    ["no issuer, though one was announced", () => swapped("iss", null), "upstream.auth_response"],
    ["the server refuses", () => swapped("error", "access_denied"), "upstream.auth_refused"],
    [
      "codes are not protected",
      () => void (guarded.metadata = { code_challenge_methods_supported: ["plain"] }),
      "upstream.auth_pkce",
    ],
    [
      "the metadata is another server's",
      () => void (guarded.metadata = { issuer: "https://evil.example" }),
      "upstream.auth_issuer",
    ],
    [
      "tokens would be for another server",
      () => void (guarded.resource = { resource: "https://evil.example/mcp" }),
      "upstream.auth_resource",
    ],
    [
      "tokens would be for a server that only begins alike",
      () => void (guarded.resource = { resource: `${guarded.origin}/mc` }),
      "upstream.auth_resource",
    ],
    [
      "tokens would come from an address without protection",
      () => void (guarded.resource = { authorization_servers: ["http://198.51.100.1"] }),
      "upstream.auth_unreachable",
    ],
    [
      "the metadata cannot be read",
      () => void (guarded.metadata = { token_endpoint: 1 }),
      "upstream.auth_metadata",
    ],
  ])("ends without a token when %s", async (_, plant, code) => {
    await start(person());
    plant();
    expect(await logIn(person())).toBe(code);
    expect(guarded.given).toEqual([]);
  });

  it("is with no authorization server but the configured one", async () => {
    await start(person());
    expect(await logIn(person({ issuer: "https://login.example.com" }))).toBe(
      "upstream.auth_issuer",
    );
    expect(guarded.authorizations).toEqual([]);
  });

  it("does not end because somebody else knocks at the address it waits at", async () => {
    await start(person());
    let knocked = 0;
    guarded.back = () => undefined;
    const config = upstreamAt(place, guarded.url);
    const setup = authorizerSetup("guarded", config, place.data, Date.now);
    if (!setup.ok || setup.value === null) throw new Error("it wants tokens");
    const done = await login({
      ...setup.value,
      port: 0,
      waitMs: WAIT_MS,
      async open(address) {
        const redirect = new URL(address).searchParams.get("redirect_uri") ?? "";
        const wrong = await fetch(`${redirect}?code=stolen&state=guessed`);
        knocked = wrong.status;
        const answer = await fetch(address, { redirect: "manual" });
        void fetch(answer.headers.get("location") ?? "").catch(() => undefined);
      },
    });
    expect(knocked).toBe(404);
    expect(done.ok).toBe(true);
  });

  function swapped(name: string, value: string | null): void {
    guarded.back = (parameters) => {
      if (name === "error") parameters.delete("code");
      if (value === null) parameters.delete(name);
      else parameters.set(name, value);
    };
  }
});

describe("a configuration of credentials", () => {
  it.each([
    [{ flow: "client_credentials" }],
    [{ flow: "client_credentials", client_id: "a" }],
    [{ flow: "authorization_code", client_secret: "file:x" }],
    [{ flow: "authorization_code", client_id: "a", client_secret: "plain text" }],
    [{ flow: "authorization_code", client_metadata: "http://example.com/client" }],
    [{ flow: "authorization_code", token: "x" }],
  ])("is refused where it cannot work or would hold a secret: %j", async (auth) => {
    place = createPlace({});
    expect(parseConfig("bylaw.yaml", configuration(auth, guarded.url)).ok).toBe(false);
  });

  it("keeps the gateway from starting without its secrets", async () => {
    place = createPlace({
      "bylaw.yaml": configuration(credentials({ client_secret: "file:./gone" }), guarded.url),
      "all.cedar": '@id("all") permit (principal, action, resource);',
    });
    expect(await place.start()).toMatchObject({ code: "upstream.secret" });
  });
});
