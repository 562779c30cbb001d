import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { ok } from "@bylaw/core";
import { describe, expect, it } from "vitest";
import { compact, publicJwk } from "../testdata/minting.ts";
import { authenticate } from "./authenticate.ts";
import type { Dialect } from "./dialects.ts";
import { type IdentityOps, type Issuer, readKeySet } from "./index.ts";

const NOW = 1_770_000_000;
const AUDIENCE = "bylaw-here";
const key = generateKeyPairSync("ed25519").privateKey;
const read = await readKeySet(JSON.stringify({ keys: [publicJwk(createPublicKey(key), "k")] }));
if (!read.ok) throw new Error(read.error);
const keys = read.value;

const times = { iat: NOW, exp: NOW + 3_600, jti: "one" };

/** By hand, from what each project publishes of its format. */
const AGENT_PASSPORT = {
  iss: "agent-passport",
  sub: "agt_7f3a",
  ...times,
  handle: "coder@acme",
  scopes: ["tools:call"],
};
const OAP = {
  iss: "https://issuer.example",
  aud: AUDIENCE,
  ...times,
  passport_id: "550e8400-e29b-41d4-a716-446655440000",
  kind: "instance",
  spec_version: "oap/1.0",
  parent_agent_id: "tpl_1",
  owner_id: "org_1",
  owner_type: "org",
  assurance_level: "L2",
  status: "active",
  capabilities: [{ id: "repo.pr.create", params: {} }],
  limits: { "repo.pr.create": { max_per_day: 5 } },
  regions: ["EU"],
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
  expires_at: "2027-01-01T00:00:00Z",
  never_expires: false,
  version: "1.0.0",
};
const APS = {
  iss: "https://aps.example",
  aud: AUDIENCE,
  ...times,
  version: "1.1",
  agentId: "agent-coder-01",
  publicKey: "00".repeat(32),
  capabilities: ["code:write"],
  delegations: [],
};
const LINK = { delegationId: "d1", delegatedTo: "agent-coder-01", delegatedBy: "x", scope: ["*"] };

const FIXTURES = { "agent-passport": AGENT_PASSPORT, oap: OAP, aps: APS } as const;
const NAMES = ["agt_7f3a", OAP.passport_id, "agent-coder-01"];

async function judged(
  dialect: Dialect,
  claims: Readonly<Record<string, unknown>>,
  more: Partial<Issuer> = {},
): Promise<string> {
  const issuer: Issuer = {
    name: String(claims["iss"]),
    audience: AUDIENCE,
    algorithms: ["EdDSA"],
    subject: "agent",
    subjects: new Map(NAMES.map((name) => [name, "coder"])),
    groups: null,
    singleUse: false,
    delegates: false,
    dialect,
    audienceless: dialect === "agent-passport",
    keys: () => ok(keys),
    unknownKey: () => undefined,
    ...more,
  };
  const ops: IdentityOps = {
    now: () => NOW * 1_000,
    origins: [],
    agentByToken: async () => null,
    agent: async (id) => ({ id, user: null, groups: [], suspended: false }),
    groupsOfUser: () => [],
    isPerson: () => false,
    issuer: (name) => (name === issuer.name ? issuer : null),
    useOnce: async () => "new",
    session: async () => "s",
  };
  const text = compact({ alg: "EdDSA", kid: "k", typ: "JWT" }, claims, key);
  const presented = { authorization: [`Bearer ${text}`], proofs: [], method: "POST", path: "/" };
  const caller = await authenticate(presented, ops);
  return caller.ok ? caller.value.credential : caller.error.slice("credential.".length);
}

describe("a passport in another dialect", () => {
  it.each(Object.entries(FIXTURES))("names its agent: %s", async (dialect, claims) => {
    expect(await judged(dialect as Dialect, claims)).toBe("agent:coder");
  });

  it.each(Object.keys(FIXTURES))(
    "is none in another one than its issuer's: %s",
    async (dialect) => {
      for (const [other, claims] of Object.entries(FIXTURES)) {
        if (other === dialect) continue;
        const said = await judged(dialect as Dialect, { ...claims, aud: AUDIENCE });
        expect([other, ["dialect", "claim_missing"].includes(said)]).toEqual([other, true]);
      }
    },
  );

  const without = (claims: object, name: string): Record<string, unknown> =>
    Object.fromEntries(Object.entries(claims).filter(([key_]) => key_ !== name));

  it.each<[string, Dialect, Record<string, unknown>, string, Partial<Issuer>?]>([
    [
      "has no audience, and nobody said that it need not",
      "agent-passport",
      AGENT_PASSPORT,
      "claim_missing",
      { audienceless: false },
    ],
    ["is for somebody else", "agent-passport", { ...AGENT_PASSPORT, aud: "other" }, "audience"],
    [
      "is good for longer than an hour",
      "agent-passport",
      { ...AGENT_PASSPORT, exp: NOW + 3_601 },
      "lifetime",
    ],
    ["has no scopes", "agent-passport", without(AGENT_PASSPORT, "scopes"), "dialect"],
    ["has empty scopes", "agent-passport", { ...AGENT_PASSPORT, scopes: [] }, "claim_form"],
    ["has scopes in one text", "agent-passport", { ...AGENT_PASSPORT, scopes: "*" }, "claim_form"],
    ["has no id", "agent-passport", without(AGENT_PASSPORT, "jti"), "claim_missing"],
    ["is a template", "oap", { ...OAP, kind: "template" }, "dialect"],
    ["is of another version", "oap", { ...OAP, spec_version: "oap/2.0" }, "dialect"],
    ["was suspended", "oap", { ...OAP, status: "suspended" }, "status"],
    ["was revoked", "oap", { ...OAP, status: "revoked" }, "status"],
    ["is a draft", "oap", { ...OAP, status: "draft" }, "status"],
    ["does not say its status", "oap", without(OAP, "status"), "status"],
    ["has ended", "oap", { ...OAP, expires_at: "2025-01-01T00:00:00Z" }, "expired"],
    ["has an end that is none", "oap", { ...OAP, expires_at: "soon" }, "claim_form"],
    [
      "never ends",
      "oap",
      without({ ...OAP, never_expires: true, expires_at: null }, "exp"),
      "claim_missing",
    ],
    ["has two names", "oap", { ...OAP, sub: "agt_7f3a" }, "claim_form"],
    ["has no audience", "oap", without(OAP, "aud"), "claim_missing"],
    ["carries what others have signed", "aps", { ...APS, delegations: [LINK] }, "delegation"],
    ["has delegations that are no list", "aps", { ...APS, delegations: LINK }, "claim_form"],
    ["has two names", "aps", { ...APS, sub: "agt_7f3a" }, "claim_form"],
    ["names a number", "aps", { ...APS, agentId: 7 }, "claim_form"],
    ["names nobody who is listed", "aps", { ...APS, agentId: "stranger" }, "subject"],
  ])("is refused when it %s (%s)", async (_, dialect, claims, code, more) => {
    expect(await judged(dialect, claims, more)).toBe(code);
  });
});
