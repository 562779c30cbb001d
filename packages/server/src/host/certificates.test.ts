import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { connect, type PeerCertificate } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Authority, createAuthority } from "../../testdata/certificates.ts";
import type { HttpUpstreamConfig } from "../config/config.ts";
import { type Certificates, createCertificates } from "./certificates.ts";
import { createIdentify } from "./server-identity.ts";

const HOUR_MS = 3_600_000;
let one: Authority;
let two: Authority;
let server: Server;
let url: string;
let clock: number;
let certificates: Certificates;

beforeAll(() => {
  one = createAuthority("One");
  two = createAuthority("Two");
});
afterAll(() => {
  one.remove();
  two.remove();
});

async function listen(port = 0): Promise<void> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

async function close(): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

/** The same address with another certificate from now on. */
async function renew(by: Authority): Promise<void> {
  const { port } = server.address() as AddressInfo;
  await close();
  server = createServer(by.issue());
  await listen(port);
  clock += HOUR_MS;
}

beforeEach(async () => {
  clock = 0;
  server = createServer(one.issue());
  await listen();
  certificates = createCertificates(() => clock, `${one.ca}\n${two.ca}`);
});
afterEach(close);

/** The certificate that a connection would show to its check now. */
async function peer(): Promise<PeerCertificate> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: "127.0.0.1", port, ca: `${one.ca}\n${two.ca}` });
  await once(socket, "secureConnect");
  const shown = socket.getPeerCertificate(true);
  socket.destroy();
  return shown;
}

const check = async (): Promise<boolean> =>
  certificates.check(new URL(url).origin, "127.0.0.1", await peer()) === undefined;

async function identity(certificate: HttpUpstreamConfig["certificate"]): Promise<object> {
  const identify = createIdentify({ path: "", npmCache: "", certificate: certificates.of });
  const upstream = { kind: "http", url, certificate } as HttpUpstreamConfig;
  return identify(upstream);
}

describe("who a server behind https is", () => {
  it("stays the same when its authority renews its certificate", async () => {
    const before = await identity("issuer");
    expect(before).toEqual({
      whole: true,
      reached: true,
      content: { url, certificate: { issuer: "O=One" } },
    });
    await renew(one);
    expect(await identity("issuer")).toEqual(before);
  });

  it("changes with the authority, and with the key where that is compared", async () => {
    const issuer = await identity("issuer");
    const key = await identity("key");
    await renew(one);
    expect(await identity("key")).not.toEqual(key);
    await renew(two);
    expect(await identity("issuer")).not.toEqual(issuer);
  });

  it("is not known while it cannot be reached or shows what does not check", async () => {
    certificates = createCertificates(() => clock, one.ca);
    await renew(two);
    expect(await identity("issuer")).toMatchObject({ reached: false });
  });
});

describe("a connection to a server whose certificate was judged", () => {
  it("is held to its key, also before anybody looks again", async () => {
    await certificates.of(url);
    certificates.accept(url, "key");
    expect(await check()).toBe(true);
    await renew(one);
    expect(await check()).toBe(false);
    // Looking at the new one does not make it the judged one.
    await certificates.of(url);
    expect(await check()).toBe(false);
    certificates.accept(url, "key");
    expect(await check()).toBe(true);
  });

  it("is held to its authority, which may give it another key", async () => {
    await certificates.of(url);
    certificates.accept(url, "issuer");
    await renew(one);
    expect(await check()).toBe(true);
    await renew(two);
    expect(await check()).toBe(false);
  });

  it("is held to both where two servers of one address want one each", async () => {
    await certificates.of(url);
    certificates.accept(url, "key");
    certificates.accept(url, "issuer");
    expect(await check()).toBe(true);
    await renew(one);
    expect(await check()).toBe(false);
  });

  it("still has to be for the host's name", async () => {
    const shown = await peer();
    expect(certificates.check(new URL(url).origin, "elsewhere.example", shown)).toBeDefined();
  });
});
