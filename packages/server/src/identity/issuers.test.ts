import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { publicJwk } from "../../../identity/testdata/minting.ts";
import type { IssuerConfig } from "../config/config.ts";
import { addressOf, closeServer, listenOn } from "../host/listening.ts";
import { exchange } from "../log/exchange.ts";
import { type Issuers, openIssuers } from "./issuers.ts";
import { KEYS_RETRY_MS, KEYS_STALE_MS } from "./limits.ts";

const START = 1_770_000_000_000;
let now = START;
let site: Server;
let address: string;
/** What the issuer answers, by path. */
let pages: Readonly<
  Record<string, { readonly status?: number; readonly text: string; readonly to?: string }>
>;
let asked: string[];
let open: Issuers | null = null;
const said: string[] = [];
const folder = mkdtempSync(join(tmpdir(), "bylaw-issuers-"));

const METADATA = "/.well-known/openid-configuration";
const key = generateKeyPairSync("ed25519").privateKey;
const set = (...keys: readonly unknown[]): string => JSON.stringify({ keys });
const jwk = (id: string, of: KeyObject = key): Record<string, unknown> =>
  publicJwk(createPublicKey(of), id);

beforeAll(async () => {
  site = createServer((request, response) => {
    asked.push(request.url ?? "");
    const page = pages[request.url ?? ""];
    const headers = page?.to === undefined ? {} : { location: page.to };
    response.writeHead(page?.status ?? (page === undefined ? 404 : 200), headers).end(page?.text);
  });
  await listenOn(site, 0, "127.0.0.1");
  address = addressOf(site);
});

afterAll(async () => {
  await closeServer(site);
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  open?.close();
  open = null;
});

async function issuers(
  jwks: IssuerConfig["jwks"],
  answers: typeof pages,
  issuer = address,
): Promise<Issuers> {
  now = START;
  asked = [];
  pages = answers;
  said.length = 0;
  const config: IssuerConfig = {
    issuer,
    audience: "bylaw",
    jwks,
    algorithms: ["EdDSA", "ES256"],
    subject: "user",
    subjects: null,
    groups: null,
    singleUse: false,
    dialect: "standard",
    audienceless: false,
  };
  const say = (line: string): void => void said.push(line);
  open = await openIssuers({ issuers: { work: config }, exchange, now: () => now, say });
  return open;
}

const ids = (found: Issuers): unknown => {
  const keys = found.get(address)?.keys();
  return keys?.ok === true ? keys.value.map(({ id }) => id) : (keys?.error ?? null);
};
const problem = (found: Issuers): unknown => found.status()[0]?.problem;
const UNAVAILABLE = "credential.keys_unavailable";

describe("keys of an issuer", () => {
  it("are discovered where its metadata says", async () => {
    const metadata = JSON.stringify({ issuer: address, jwks_uri: `${address}/keys` });
    const found = await issuers(
      { kind: "discover" },
      { [METADATA]: { text: metadata }, "/keys": { text: set(jwk("a")) } },
    );
    expect(ids(found)).toEqual(["a"]);
    expect(found.get(`${address}/`)).toBeNull();
    expect(asked).toEqual([METADATA, "/keys"]);
  });

  it.each([
    [
      "speaks for another issuer",
      () => ({ issuer: "https://other.example", jwks_uri: `${address}/keys` }),
    ],
    ["names no keys", () => ({ issuer: address })],
    ["sends to a file", () => ({ issuer: address, jwks_uri: "file:///etc/passwd" })],
    [
      "sends over the network in clear text",
      () => ({ issuer: address, jwks_uri: "http://keys.example/" }),
    ],
  ])("are not taken from metadata that %s", async (_, metadata) => {
    const found = await issuers(
      { kind: "discover" },
      { [METADATA]: { text: JSON.stringify(metadata()) }, "/keys": { text: set(jwk("a")) } },
    );
    expect([ids(found), problem(found)]).toEqual([UNAVAILABLE, "issuer.metadata"]);
    expect(asked).toEqual([METADATA]);
  });

  it.each([
    ["no set", "[]", "keys.malformed"],
    ["a key twice in one object", '{"keys":[],"keys":[]}', "keys.malformed"],
    ["no usable key", set({ kty: "RSA", n: "AQAB", e: "AQAB" }), "keys.none"],
    ["a private key", set({ ...jwk("a"), d: "AAAA" }), "keys.private"],
    ["a shared key", set({ kty: "oct", k: "AAAA" }), "keys.private"],
    ["two keys of one id", set(jwk("a"), jwk("a")), "keys.duplicate"],
    [
      "more keys than anybody needs",
      set(...Array.from({ length: 65 }, (_, at) => jwk(`k${at}`))),
      "keys.too_many",
    ],
    ["a key for encryption alone", set({ ...jwk("a"), use: "enc" }), "keys.none"],
    [
      "a key that is no point",
      set({ kty: "EC", crv: "P-256", x: "A".repeat(43), y: "A".repeat(43) }),
      "keys.none",
    ],
    ["more than is read", `{"keys":[],"x":"${"a".repeat(300_000)}"}`, "issuer.unreachable"],
  ])("are not taken from %s", async (_, text, code) => {
    const found = await issuers({ kind: "url", url: `${address}/keys` }, { "/keys": { text } });
    expect([ids(found), problem(found)]).toEqual([UNAVAILABLE, code]);
    expect(said).toEqual([`issuer work ${code}`]);
  });

  it("are not fetched from where a redirect leads", async () => {
    const found = await issuers(
      { kind: "url", url: `${address}/keys` },
      { "/keys": { status: 302, text: "", to: "/other" }, "/other": { text: set(jwk("a")) } },
    );
    expect([ids(found), asked]).toEqual([UNAVAILABLE, ["/keys"]]);
  });

  it("serve while nobody can confirm them, and then no more", async () => {
    const found = await issuers(
      { kind: "url", url: `${address}/keys` },
      { "/keys": { text: set(jwk("a")) } },
    );
    pages = {};
    now += KEYS_STALE_MS;
    found.get(address)?.unknownKey();
    await expect.poll(() => problem(found), { interval: 5 }).toBe("issuer.unreachable");
    expect(ids(found)).toEqual(["a"]);
    now += 1;
    expect(ids(found)).toBe(UNAVAILABLE);
    pages = { "/keys": { text: set(jwk("b")) } };
    now += KEYS_RETRY_MS;
    found.get(address)?.unknownKey();
    await expect.poll(() => ids(found), { interval: 5 }).toEqual(["b"]);
    expect(said).toEqual([
      "issuer work issuer.unreachable",
      "issuer work its keys are confirmed again",
    ]);
  });

  it("are not asked for at the pace of strangers who make up key ids", async () => {
    const found = await issuers(
      { kind: "url", url: `${address}/keys` },
      { "/keys": { text: set(jwk("a")) } },
    );
    for (let times = 0; times < 100; times += 1) found.get(address)?.unknownKey();
    now += KEYS_RETRY_MS;
    for (let times = 0; times < 100; times += 1) found.get(address)?.unknownKey();
    await expect.poll(() => asked.length, { interval: 5 }).toBe(2);
    found.close();
    now += KEYS_RETRY_MS;
    found.get(address)?.unknownKey();
    expect(asked).toHaveLength(2);
  });

  it("come from a file as well", async () => {
    const path = join(folder, "keys.json");
    writeFileSync(path, set(jwk("a"), { kty: "RSA", n: "AQAB", e: "AQAB", kid: "r" }));
    expect(ids(await issuers({ kind: "file", path }, {}))).toEqual(["a"]);
    open?.close();
    const missing = await issuers({ kind: "file", path: join(folder, "none.json") }, {});
    expect([ids(missing), problem(missing)]).toEqual([UNAVAILABLE, "issuer.unreachable"]);
  });
});
