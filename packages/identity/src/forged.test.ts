import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { ok } from "@bylaw/core";
import { beforeEach, describe, expect, it } from "vitest";
import { claimsOf, forgeries, headerOf, type World } from "../testdata/forgeries.ts";
import { compact, proofOf, publicJwk, thumbprint } from "../testdata/minting.ts";
import { authenticate, type Presented } from "./authenticate.ts";
import { type AgentRecord, type IdentityOps, type Issuer, readKeySet } from "./index.ts";

const NOW = 1_770_000_000;
const ed = generateKeyPairSync("ed25519").privateKey;
const es = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const world: World = {
  issuer: "https://login.example",
  audience: "bylaw-here",
  ed,
  es,
  onceIssuer: "https://once.example",
  peopleIssuer: "https://people.example",
  edIssuer: "https://ed.example",
  agents: ["coder", "helper"],
  suspended: "gone",
  target: { method: "POST", url: "http://127.0.0.1:7117/v1/actions" },
  now: () => NOW,
};

const read = await readKeySet(
  JSON.stringify({
    keys: [publicJwk(createPublicKey(ed), "ed"), publicJwk(createPublicKey(es), "es")],
  }),
);
if (!read.ok) throw new Error(read.error);
const keys = read.value;

const base: Issuer = {
  name: world.issuer,
  audience: world.audience,
  algorithms: ["EdDSA", "ES256"],
  subject: "agent",
  subjects: null,
  groups: null,
  singleUse: false,
  delegates: false,
  dialect: "standard",
  audienceless: false,
  keys: () => ok(keys),
  unknownKey: () => undefined,
};
const issuers: readonly Issuer[] = [
  base,
  { ...base, name: world.onceIssuer, singleUse: true },
  { ...base, name: world.peopleIssuer, subject: "user" },
  { ...base, name: world.edIssuer, algorithms: ["EdDSA"] },
];
const agents: readonly AgentRecord[] = [
  { id: "coder", user: "olga", groups: ["developers"], suspended: false },
  { id: "helper", user: "olga", groups: ["helpers"], suspended: false },
  { id: "gone", user: "olga", groups: [], suspended: true },
];

let used: Map<string, number>;
let ops: IdentityOps;
beforeEach(() => {
  used = new Map();
  ops = {
    now: () => NOW * 1_000,
    origins: ["http://127.0.0.1:7117", "https://bylaw.example"],
    agentByToken: async () => null,
    agent: async (id) => agents.find((agent) => agent.id === id) ?? null,
    groupsOfUser: (user) => (user === "maria" ? ["staff"] : []),
    isPerson: (user) => user === "maria" || user === "olga",
    issuer: (name) => issuers.find((issuer) => issuer.name === name) ?? null,
    async useOnce(key, until) {
      if (used.has(key)) return "used";
      used.set(key, until);
      return "new";
    },
    session: async (credential) => `session of ${credential}`,
  };
});

const present = (authorization: readonly string[], proofs: readonly string[] = []): Presented => ({
  authorization,
  proofs,
  method: world.target.method,
  path: new URL(world.target.url).pathname,
});

// shows: C3.4, C14.3
describe("forged credentials", () => {
  const all = forgeries(world);

  it.each(all.map((forgery) => [forgery.name, forgery] as const))(
    "refuses %s",
    async (_, forgery) => {
      const presented = present(forgery.authorization, forgery.proofs);
      if (forgery.twice) expect((await authenticate(presented, ops)).ok).toBe(true);
      expect(await authenticate(presented, ops)).toEqual({ ok: false, error: forgery.code });
    },
  );

  it("have names of their own", () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it("use up nothing, unless all but the repetition was right", async () => {
    for (const { authorization, proofs, twice } of all)
      if (!twice) await authenticate(present(authorization, proofs), ops);
    expect(used.size).toBe(0);
  });
});

describe("passports", () => {
  const token = (claims = {}, header = {}, key = ed): string =>
    compact(headerOf(header), claimsOf(world, claims), key);
  const chainOf = async (claims: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const caller = await authenticate(present([`Bearer ${token(claims)}`]), ops);
    return caller.ok
      ? [caller.value.credential, ...caller.value.chain.map(({ type, id }) => `${type}::${id}`)]
      : caller.error;
  };

  it.each([
    ["Ed25519", token()],
    ["Ed25519 by its own name", token({}, { alg: "Ed25519" })],
    ["ES256", token({}, { alg: "ES256", kid: "es" }, es)],
    ["an access token's type", token({}, { typ: "at+jwt" })],
    ["one audience in a list", token({ aud: [world.audience] })],
  ])("are accepted: %s", async (_, text) => {
    expect(await authenticate(present([`Bearer ${text}`]), ops)).toEqual({
      ok: true,
      value: {
        credential: "agent:coder",
        session: "session of agent:coder",
        assurance: "bearer",
        chain: [
          { type: "User", id: "olga", groups: [] },
          { type: "Agent", id: "coder", groups: ["developers"] },
        ],
      },
    });
  });

  it("are bound when their key is proven, at every address of the gateway", async () => {
    const holder = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const bound = token({ cnf: { jkt: thumbprint(createPublicKey(holder)) } });
    for (const url of [world.target.url, "https://bylaw.example/v1/actions?a=1#b"]) {
      const proof = proofOf(holder, bound, { method: "POST", url }, NOW);
      const caller = await authenticate(present([`DPoP ${bound}`], [proof]), ops);
      expect(caller).toMatchObject({ ok: true, value: { assurance: "bound" } });
    }
  });

  it("stay accepted on the connection that they opened, until they expire", async () => {
    const holder = generateKeyPairSync("ed25519").privateKey;
    const bound = token({ cnf: { jkt: thumbprint(createPublicKey(holder)) } });
    const presented = present([`DPoP ${bound}`], [proofOf(holder, bound, world.target, NOW)]);
    expect((await authenticate(presented, ops)).ok).toBe(true);
    const later = (seconds: number): IdentityOps => ({
      ...ops,
      now: () => (NOW + seconds) * 1_000,
    });
    expect((await authenticate(presented, later(599), true)).ok).toBe(true);
    expect(await authenticate(presented, later(600), true)).toEqual({
      ok: false,
      error: "credential.expired",
    });
    expect(await authenticate(presented, later(599))).toEqual({
      ok: false,
      error: "credential.proof_time",
    });
  });

  it("are remembered for as long as they could be used again", async () => {
    const holder = generateKeyPairSync("ed25519").privateKey;
    const bound = token({ cnf: { jkt: thumbprint(createPublicKey(holder)) } });
    const proof = proofOf(holder, bound, world.target, NOW, {}, { iat: NOW + 60 });
    await authenticate(present([`DPoP ${bound}`], [proof]), ops);
    expect([...used.values()]).toEqual([(NOW + 121) * 1_000]);
  });

  it("name the chain from the person to the newest sub-agent", async () => {
    expect(await chainOf({ act: { sub: "helper" } })).toEqual([
      "agent:coder/helper",
      "User::olga",
      "Agent::coder",
      "Agent::helper",
    ]);
    const nested = {
      iss: world.peopleIssuer,
      sub: "maria",
      act: { sub: "helper", act: { sub: "coder" } },
    };
    expect(await chainOf(nested)).toEqual([
      "agent:coder/helper@maria",
      "User::maria",
      "Agent::coder",
      "Agent::helper",
    ]);
    expect(await chainOf({ iss: world.peopleIssuer, sub: "maria", client_id: "coder" })).toEqual([
      "agent:coder@maria",
      "User::maria",
      "Agent::coder",
    ]);
  });

  it("say nothing about groups, unless the issuer is trusted with them", async () => {
    const claims = {
      iss: world.peopleIssuer,
      sub: "maria",
      act: { sub: "coder" },
      groups: ["admins"],
    };
    const groups = async (issuer: Partial<Issuer>): Promise<unknown> => {
      const named = issuers.find(({ name }) => name === world.peopleIssuer);
      const trusting = { ...ops, issuer: () => ({ ...(named ?? base), ...issuer }) };
      const caller = await authenticate(present([`Bearer ${token(claims)}`]), trusting);
      return caller.ok ? caller.value.chain[0]?.groups : caller.error;
    };
    expect(await groups({})).toEqual(["staff"]);
    expect(await groups({ groups: "groups" })).toEqual(["staff", "admins"]);
    expect(await groups({ groups: "sub" })).toBe("credential.claim_form");
  });

  it("name people by an issuer's own subjects only as the configuration maps them", async () => {
    const mapped: Issuer = {
      ...base,
      subject: "user",
      subjects: new Map([["248289761001", "maria"]]),
    };
    const with_ = { ...ops, issuer: () => mapped };
    const ask = (sub: string): ReturnType<typeof authenticate> =>
      authenticate(present([`Bearer ${token({ sub, client_id: "coder" })}`]), with_);
    expect(await ask("maria")).toEqual({ ok: false, error: "credential.subject" });
    const both = new Map([...(mapped.subjects ?? []), ["coder", "coder"]]);
    const complete = { ...ops, issuer: () => ({ ...mapped, subjects: both }) };
    const text = token({ sub: "248289761001", client_id: "coder" });
    const caller = await authenticate(present([`Bearer ${text}`]), complete);
    expect(caller.ok && caller.value.chain.map(({ id }) => id)).toEqual(["maria", "coder"]);
  });

  describe("with delegations", () => {
    const link = (from: string, to: string, parts = {}) => ({
      id: `del_${from}`,
      from,
      to,
      actions: ["read"],
      resources: null,
      quantity: 5,
      cost: null,
      expires: "2099-01-01T00:00:00.000Z",
      depth: 1,
      ...parts,
    });
    const helper = { sub: "helper" };
    const own: Issuer = { ...base, delegates: true };
    const ask = async (claims: object, issuer = own): Promise<unknown> => {
      const text = token(claims);
      const caller = await authenticate(present([`Bearer ${text}`]), {
        ...ops,
        issuer: () => issuer,
      });
      return caller.ok ? (caller.value.delegations ?? null) : caller.error;
    };

    it("carry one link to every actor", async () => {
      const links = [link("coder", "helper")];
      expect(await ask({ act: helper, bylaw_delegations: links })).toEqual(links);
      expect(await ask({})).toBeNull();
    });

    it.each([
      ["an actor without a link", { act: helper }],
      ["a link without an actor", { bylaw_delegations: [link("coder", "helper")] }],
      ["a link of somebody else", { act: helper, bylaw_delegations: [link("other", "helper")] }],
      ["a link to somebody else", { act: helper, bylaw_delegations: [link("coder", "other")] }],
      [
        "a link with more than links have",
        { act: helper, bylaw_delegations: [link("coder", "helper", { all: true })] },
      ],
      ["no list", { act: helper, bylaw_delegations: link("coder", "helper") }],
      [
        "a child with more than its parent",
        {
          act: { sub: "gone", act: helper },
          bylaw_delegations: [
            link("coder", "helper"),
            link("helper", "gone", { depth: 0, quantity: 6 }),
          ],
        },
      ],
      [
        "a child below one that may have none",
        {
          act: { sub: "gone", act: helper },
          bylaw_delegations: [
            link("coder", "helper", { depth: 0 }),
            link("helper", "gone", { depth: 0 }),
          ],
        },
      ],
    ])("are refused: %s", async (_, claims) => {
      expect(await ask(claims)).toBe("credential.delegation");
    });

    it("are refused from an issuer that has none to give", async () => {
      const claims = { act: helper, bylaw_delegations: [link("coder", "helper")] };
      expect(await ask(claims, base)).toBe("credential.delegation");
    });
  });

  it("that count once are refused while no more can be remembered", async () => {
    const full: IdentityOps = { ...ops, useOnce: async () => "full" };
    const once = present([`Bearer ${token({ iss: world.onceIssuer })}`]);
    const refused = { ok: false, error: "credential.replay_full" };
    expect(await authenticate(once, full)).toEqual(refused);
    const holder = generateKeyPairSync("ed25519").privateKey;
    const bound = token({ cnf: { jkt: thumbprint(createPublicKey(holder)) } });
    const proof = proofOf(holder, bound, world.target, NOW);
    expect(await authenticate(present([`DPoP ${bound}`], [proof]), full)).toEqual(refused);
    expect((await authenticate(present([`Bearer ${token()}`]), full)).ok).toBe(true);
  });

  it("are refused while the issuer's keys are not known, and a new key is asked for", async () => {
    const without = {
      ...base,
      keys: () => ({ ok: false, error: "credential.keys_unavailable" }) as const,
    };
    expect(
      await authenticate(present([`Bearer ${token()}`]), { ...ops, issuer: () => without }),
    ).toEqual({ ok: false, error: "credential.keys_unavailable" });
    let asked = 0;
    const counting = { ...base, unknownKey: () => (asked += 1) };
    const withCount = { ...ops, issuer: () => counting as Issuer };
    await authenticate(present([`Bearer ${token({}, { kid: "next" })}`]), withCount);
    expect(asked).toBe(1);
  });
});
