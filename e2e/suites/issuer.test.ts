import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proofOf, thumbprint } from "../../packages/identity/testdata/minting.ts";
import { ask, type Gateway, run, up } from "../harness/bylaw.ts";
import { connect, type Place, post, type Reply } from "../harness/client.ts";
import { CLIENT, type OpenIdIssuer, openIssuer } from "../harness/issuer.ts";
import { recorded, recorderConfiguration } from "../harness/recorder.ts";
import { openSite, type Site } from "../harness/site.ts";
import { eventually } from "../harness/wait.ts";

const AUDIENCE = "https://bylaw.example.com";
const MARIA = "248289761001";
const NINA = "248289761002";
const MS = 1_000;

const POLICIES = `
@id("connect")
permit (principal in Group::"testers", action in [Action::"connect", Action::"list"], resource is Server);
@id("write")
permit (principal in Group::"writers", action == Action::"update", resource is Object);
`;

const CATALOG = JSON.stringify({
  version: 1,
  tools: {
    "recorder/write": {
      effects: [
        {
          action: "update",
          resource: { type: "Object", id: { argument: "key" }, kind: "record" },
          quantity: 1,
        },
      ],
    },
  },
});

const INITIALIZE = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "e2e", version: "0.1.0" },
  },
});

describe("people who sign in at an OpenID provider", () => {
  let issuer: OpenIdIssuer;
  let site: Site;
  let gateway: Gateway;

  beforeAll(async () => {
    issuer = await openIssuer();
    const config = {
      ...recorderConfiguration("5s"),
      // The base pack permits people everything: here they have rights of their own.
      packs: [],
      people: {
        sam: { groups: [] },
        maria: { groups: ["testers", "writers"] },
        nina: { groups: ["testers"] },
      },
      issuers: {
        work: {
          issuer: issuer.url,
          audience: AUDIENCE,
          subjects: { [MARIA]: "maria", [NINA]: "nina", [CLIENT]: "coder" },
        },
      },
    };
    site = openSite(config, { "policies/people.cedar": POLICIES, "catalog.yaml": CATALOG });
    gateway = await up(site);
    const words = ["agent", "add", "coder", "--user", "sam", "--group", "testers"];
    await ask(site, ...words, "--group", "writers");
  });

  afterAll(async () => {
    await gateway?.stop();
    site?.remove();
    await issuer?.close();
  });

  const place = (token: string): Place => ({ site, gateway, upstream: "recorder", token });
  const begin = (token: string, headers = {}): Promise<Reply> =>
    post(place(token), INITIALIZE, headers);
  /** The code of a refusal, or `accepted`. */
  const judged = async (token: string, headers = {}): Promise<string> => {
    const { status, body } = await begin(token, headers);
    if (status === 200) return "accepted";
    expect(status).toBe(401);
    return /credential\.[a-z_]+/.exec(body)?.[0] ?? body;
  };
  const accessToken = async (person: string, asked = {}): Promise<string> =>
    (await issuer.signIn(person, { resource: AUDIENCE, ...asked })).access_token;

  it("act through the agent that their token was given to", async () => {
    const agent = await connect(place(await accessToken(MARIA)), "http");
    expect((await agent.call("write", { key: "signed-in" })).failed).toBe(false);
    await agent.close();
    expect(recorded(site)).toEqual([{ tool: "write", key: "signed-in" }]);
    const found = await run(site, "audit", "query", "--json");
    expect(found.code).toBe(0);
    expect(found.stdout).toContain("agent:coder@maria");
  });

  it("may do no more than they themselves may, whatever their agent may", async () => {
    const agent = await connect(place(await accessToken(NINA)), "http");
    const called = await agent.call("write", { key: "hers" });
    await agent.close();
    expect(called.refusal).toMatchObject({ outcome: "block" });
    expect(called.text).toContain("User `nina`");
    expect(recorded(site).filter(({ key }) => key === "hers")).toEqual([]);
  });

  it("are refused with a token for somebody else, and with what says who signed in", async () => {
    const tokens = await issuer.signIn(MARIA, { resource: "https://other.example.com" });
    expect(await judged(tokens.access_token)).toBe("credential.audience");
    expect(await judged(tokens.id_token)).toBe("credential.claim_missing");
  });

  it("are refused when nobody has listed them, or their token is good for too long", async () => {
    expect(await judged(await accessToken("999"))).toBe("credential.subject");
    expect(await judged(await accessToken(MARIA, { seconds: 7_200 }))).toBe("credential.lifetime");
  });

  it("are refused when their token has expired", async () => {
    const token = await accessToken(MARIA, { seconds: 2 });
    const code = await eventually("the token expires", async () => {
      const said = await judged(token);
      return said === "accepted" ? null : said;
    });
    expect(code).toBe("credential.expired");
  });

  it("have to prove the key that their token is bound to", async () => {
    const key = generateKeyPairSync("ed25519").privateKey;
    const now = (): number => Math.floor(Date.now() / MS);
    const proof = (url: string): string =>
      proofOf(key, "", { method: "POST", url }, now(), {}, { ath: undefined });
    const tokens = await issuer.signIn(MARIA, { resource: AUDIENCE, proof });
    expect(tokens.token_type).toBe("DPoP");
    const token = tokens.access_token;
    const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
    expect(JSON.parse(payload).cnf).toEqual({ jkt: thumbprint(createPublicKey(key)) });

    const target = { method: "POST", url: `${gateway.address}/mcp/recorder` };
    const proven = {
      Authorization: `DPoP ${token}`,
      DPoP: proofOf(key, token, target, now()),
    };
    expect(await judged(token)).toBe("credential.proof_missing");
    expect(await judged(token, proven)).toBe("accepted");
    expect(await judged(token, proven)).toBe("credential.proof_replayed");
    const thief = generateKeyPairSync("ed25519").privateKey;
    const stolen = { ...proven, DPoP: proofOf(thief, token, target, now()) };
    expect(await judged(token, stolen)).toBe("credential.proof_binding");
  });

  it("do nothing through an agent that is suspended", async () => {
    const token = await accessToken(MARIA);
    expect((await run(site, "agent", "suspend", "coder")).code).toBe(0);
    expect(await judged(token)).toBe("credential.suspended");
    expect((await run(site, "agent", "resume", "coder")).code).toBe(0);
    expect(await judged(token)).toBe("accepted");
  });

  it("go on when the issuer changes its keys, and nothing of the old ones is good", async () => {
    const before = await accessToken(MARIA);
    expect(await judged(before)).toBe("accepted");
    await issuer.rotate();
    const after = await accessToken(MARIA);
    const seen = new Set<string>();
    await eventually("the gateway has the new key", async () => {
      const said = await judged(after);
      seen.add(said);
      return said === "accepted" ? said : null;
    });
    expect([...seen].filter((said) => said !== "accepted")).toEqual(
      seen.size === 1 ? [] : ["credential.key_unknown"],
    );
    expect(await judged(before)).toBe("credential.key_unknown");
  });

  it("are not locked out while the issuer is down", async () => {
    const token = await accessToken(MARIA);
    await issuer.close();
    expect(await judged(token)).toBe("accepted");
    issuer = await openIssuer();
    expect(await judged(await accessToken(MARIA))).toBe("credential.issuer");
  });
});
