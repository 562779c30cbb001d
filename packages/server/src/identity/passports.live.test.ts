import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { type OutgoingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LedgerRecord } from "@bylaw/core";
import { decodeBundle, TILE_WIDTH } from "@bylaw/ledger";
import { openArchive } from "@bylaw/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  claimsOf,
  type Forgery,
  forgeries,
  headerOf,
  type World,
} from "../../../identity/testdata/forgeries.ts";
import { compact, proofOf, publicJwk, thumbprint } from "../../../identity/testdata/minting.ts";
import { parseConfig } from "../config/load.ts";
import { adminToken, runningGateway } from "../host/data-folder.ts";
import { type RunningServer, startServer } from "../server.ts";
import { STRANGERS_PER_SECOND } from "./limits.ts";

const place = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-passports-")));
const folder = join(place, "data");
const ed = generateKeyPairSync("ed25519").privateKey;
const es = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

const CONFIG = `
version: 1
public: https://bylaw.example
people: { olga: {}, maria: { groups: [staff] } }
agents: { coder: { user: olga }, helper: { user: olga }, gone: { user: olga } }
upstreams: { db: { url: "http://127.0.0.1:9/mcp" } }
holds: { limit: 1ms }
issuers:
  work: { issuer: "https://work.example", audience: bylaw-here, jwks: ./keys.json, subject: agent }
  once: { issuer: "https://once.example", audience: bylaw-here, jwks: ./keys.json, subject: agent, single_use: true }
  people: { issuer: "https://people.example", audience: bylaw-here, jwks: ./keys.json }
  ed: { issuer: "https://ed.example", audience: bylaw-here, jwks: ./ed.json, algorithms: [EdDSA] }
`;

interface Answer {
  readonly status: number;
  readonly challenge: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Milliseconds that a start may take on a machine with much else to do. */
const START_MS = 60_000;

let server: RunningServer;
let world: World;

async function start(): Promise<RunningServer> {
  const config = parseConfig(join(place, "bylaw.yaml"), CONFIG);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  const started = await startServer({
    config: config.value,
    folder,
    port: 0,
    version: "0.0.0-test",
    log: () => undefined,
  });
  if (!started.ok) throw new Error(started.error.messages.join("\n"));
  return started.value;
}

beforeAll(async () => {
  mkdirSync(place, { recursive: true });
  const [edKey, esKey] = [
    publicJwk(createPublicKey(ed), "ed"),
    publicJwk(createPublicKey(es), "es"),
  ];
  writeFileSync(join(place, "keys.json"), JSON.stringify({ keys: [edKey, esKey] }));
  writeFileSync(join(place, "ed.json"), JSON.stringify({ keys: [edKey] }));
  server = await start();
  for (const id of ["coder", "helper", "gone"]) await admin("/agents", { id });
  await admin("/agents/gone/suspend", { suspended: true });
  world = {
    issuer: "https://work.example",
    audience: "bylaw-here",
    ed,
    es,
    onceIssuer: "https://once.example",
    peopleIssuer: "https://people.example",
    edIssuer: "https://ed.example",
    agents: ["coder", "helper"],
    suspended: "gone",
    target: { method: "POST", url: `${server.address}/v1/actions` },
    now: () => Math.floor(Date.now() / 1_000),
  };
}, START_MS);

afterAll(async () => {
  await server.stop();
  rmSync(place, { recursive: true, force: true });
});

/** Any headers, also the same one twice. */
function send(path: string, headers: OutgoingHttpHeaders, body: string): Promise<Answer> {
  return exchange(
    { host: "127.0.0.1", port: Number(new URL(server.address).port), path },
    headers,
    body,
  );
}

function admin(path: string, body: unknown): Promise<Answer> {
  const headers = { authorization: `Bearer ${adminToken(folder)}` };
  return exchange(
    { socketPath: runningGateway(folder)?.admin, path },
    headers,
    JSON.stringify(body),
  );
}

function exchange(
  where: { host?: string; port?: number; socketPath?: string | undefined; path: string },
  headers: OutgoingHttpHeaders,
  body: string,
): Promise<Answer> {
  const all = { "content-type": "application/json", ...headers };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { ...where, method: "POST", headers: all, agent: false } as object,
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        answer.on("end", () =>
          resolve({
            status: answer.statusCode ?? 0,
            challenge: answer.headers["www-authenticate"] ?? "",
            body: JSON.parse(text) as Answer["body"],
          }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

const EMPTY = new Uint8Array();
const ASK = JSON.stringify({ tool: "look", arguments: {} });

function headersOf({
  authorization,
  proofs,
}: Pick<Forgery, "authorization" | "proofs">): OutgoingHttpHeaders {
  return {
    ...(authorization.length === 0 ? {} : { authorization: authorization as unknown as string }),
    ...(proofs.length === 0 ? {} : { dpop: proofs as string[] }),
  };
}

const ask = (authorization: string, ...proofs: readonly string[]): Promise<Answer> =>
  send("/v1/actions", headersOf({ authorization: [authorization], proofs }), ASK);

/** Everything in the log so far. */
async function records(): Promise<readonly LedgerRecord[]> {
  const archive = openArchive(folder);
  try {
    const { size } = await archive.head();
    const found: LedgerRecord[] = [];
    for (let tile = 0; tile * TILE_WIDTH < size; tile += 1) {
      const width = Math.min(TILE_WIDTH, size - tile * TILE_WIDTH);
      const entries = decodeBundle((await archive.bundle(tile, width)) ?? EMPTY, width);
      if (!entries.ok) throw new Error(entries.error.message);
      for (const entry of entries.value)
        found.push(JSON.parse(Buffer.from(entry).toString("utf8")) as LedgerRecord);
    }
    return found;
  } finally {
    archive.close();
  }
}

/** A second of the clock in which nobody was refused yet: strangers get so many records in each. */
async function nextSecond(): Promise<void> {
  const begun = world.now();
  await expect.poll(() => world.now(), { interval: 10, timeout: 5_000 }).toBeGreaterThan(begun);
}

describe("forged credentials", () => {
  it("are refused over HTTP, each for what is wrong with it, and each is on record", async () => {
    const all = forgeries(world);
    const refused: (readonly [string, string])[] = [];
    for (const [at, forgery] of all.entries()) {
      if (at % (STRANGERS_PER_SECOND / 2) === 0) await nextSecond();
      const headers = headersOf(forgery);
      if (forgery.twice) expect((await send("/v1/actions", headers, ASK)).status).toBe(200);
      const answer = await send("/v1/actions", headers, ASK);
      expect([forgery.name, answer.status, answer.body]).toEqual([
        forgery.name,
        401,
        { error: forgery.code },
      ]);
      const scheme = forgery.code.startsWith("credential.proof_") ? "DPoP" : "Bearer";
      expect(answer.challenge.split(" ")[0]).toBe(scheme);
      refused.push([forgery.name, forgery.code]);
    }
    const rejects = (await records()).flatMap((record) =>
      record.kind === "reject" ? [[record.gateway, record.code, record.credential]] : [],
    );
    expect(rejects).toEqual(refused.map(([, code]) => ["sdk", code, null]));
  });

  it("are refused at the MCP endpoint by the same codes", async () => {
    const bound = compact(headerOf(), claimsOf(world, { cnf: { jkt: "A".repeat(43) } }), ed);
    for (const [authorization, code] of [
      [
        `Bearer ${compact(headerOf({ alg: "none" }), claimsOf(world), null)}`,
        "credential.algorithm",
      ],
      [`Bearer ${compact(headerOf(), claimsOf(world, { exp: 1 }), ed)}`, "credential.expired"],
      [`Bearer ${bound}`, "credential.proof_missing"],
    ] as const) {
      const { status, body } = await send("/mcp/db", { authorization }, "{}");
      expect([status, (body["error"] as { data: { code: string } }).data.code]).toEqual([
        401,
        code,
      ]);
    }
    const twice = headersOf({ authorization: [`DPoP ${bound}`], proofs: ["a.b.c", "a.b.c"] });
    expect((await send("/mcp/db", twice, "{}")).body).toMatchObject({
      error: { data: { code: "header.ambiguous" } },
    });
  });
});

describe("passports over HTTP", () => {
  const holder = generateKeyPairSync("ed25519").privateKey;
  const jkt = thumbprint(createPublicKey(holder));

  /** The newest action of the log: who it was, and how sure that is. */
  async function lastAction(): Promise<readonly unknown[]> {
    const actions = (await records()).flatMap((record) =>
      (record.kind === "intent" || record.kind === "refusal") && record.action !== null
        ? [record.action]
        : [],
    );
    const last = actions.at(-1);
    return [last?.credential, last?.assurance, last?.chain.map(({ id }) => id)];
  }

  it("of another issuer act for the chain that they name", async () => {
    const claims = {
      iss: "https://people.example",
      sub: "maria",
      act: { sub: "helper", act: { sub: "coder" } },
    };
    expect((await ask(`Bearer ${compact(headerOf(), claimsOf(world, claims), ed)}`)).status).toBe(
      200,
    );
    expect(await lastAction()).toEqual([
      "agent:coder/helper@maria",
      "bearer",
      ["maria", "coder", "helper"],
    ]);
  });

  it("of the gateway itself work for an hour at most, for agents that may act", async () => {
    const issued = await admin("/agents/coder/passports", { lifetimeMs: 60_000, thumbprint: null });
    expect(issued.status).toBe(201);
    expect((await ask(`Bearer ${String(issued.body["passport"])}`)).status).toBe(200);
    expect(await lastAction()).toEqual(["agent:coder", "bearer", ["olga", "coder"]]);
    const order = (agent: string, lifetimeMs: number): Promise<Answer> =>
      admin(`/agents/${agent}/passports`, { lifetimeMs, thumbprint: null });
    expect((await order("coder", 3_600_001)).status).toBe(400);
    expect(await order("gone", 1_000)).toMatchObject({
      status: 409,
      body: { error: "agent.suspended" },
    });
    expect(await order("nobody", 1_000)).toMatchObject({ status: 404 });
    const change = (await records()).findLast(({ kind }) => kind === "change");
    expect(change).toMatchObject({ subject: "agent", id: "coder" });
    expect(JSON.stringify(change)).toContain(String(issued.body["id"]));
    expect(JSON.stringify(await records())).not.toContain(String(issued.body["passport"]));
  });

  it("that are bound show as bound, and need a new proof for each request", async () => {
    const { body } = await admin("/agents/coder/passports", {
      lifetimeMs: 60_000,
      thumbprint: jkt,
    });
    const passport = String(body["passport"]);
    const proof = (): string => proofOf(holder, passport, world.target, world.now());
    const first = proof();
    expect((await ask(`DPoP ${passport}`, first)).status).toBe(200);
    expect(await lastAction()).toEqual(["agent:coder", "bound", ["olga", "coder"]]);
    expect((await ask(`DPoP ${passport}`, first)).body).toEqual({
      error: "credential.proof_replayed",
    });
    expect((await ask(`DPoP ${passport}`, proof())).status).toBe(200);
    expect((await ask(`Bearer ${passport}`)).body).toEqual({ error: "credential.proof_missing" });
  });

  it("end with their agent at the next request, wherever it stands in the chain", async () => {
    const { body } = await admin("/agents/coder/passports", {
      lifetimeMs: 60_000,
      thumbprint: null,
    });
    const below = compact(headerOf(), claimsOf(world, { act: { sub: "helper" } }), ed);
    const both = async (): Promise<readonly unknown[]> => [
      (await ask(`Bearer ${String(body["passport"])}`)).body["error"],
      (await ask(`Bearer ${below}`)).body["error"],
    ];
    expect(await both()).toEqual([undefined, undefined]);
    await admin("/agents/coder/suspend", { suspended: true });
    expect(await both()).toEqual(["credential.suspended", "credential.suspended"]);
    await admin("/agents/coder/suspend", { suspended: false });
    expect(await both()).toEqual([undefined, undefined]);
  });

  it("outlive a restart and a new key, and end when the key is replaced at once", async () => {
    const issued = async (): Promise<string> => {
      const { body } = await admin("/agents/coder/passports", {
        lifetimeMs: 60_000,
        thumbprint: null,
      });
      return `Bearer ${String(body["passport"])}`;
    };
    const before = await issued();
    const { body: rotated } = await admin("/passports/rotate", { atOnce: false });
    const after = await issued();
    await server.stop();
    server = await start();
    expect([(await ask(before)).status, (await ask(after)).status]).toEqual([200, 200]);
    const { body: replaced } = await admin("/passports/rotate", { atOnce: true });
    expect(replaced["key"]).not.toBe(rotated["key"]);
    expect((await ask(before)).body).toEqual({ error: "credential.key_unknown" });
    expect((await ask(after)).body).toEqual({ error: "credential.key_unknown" });
    expect((await ask(await issued())).status).toBe(200);
    const key = readFileSync(join(folder, "passport.key"), "utf8");
    expect(JSON.stringify(await records())).not.toContain(
      (JSON.parse(key) as { current: { d: string } }).current.d,
    );
  });
});
