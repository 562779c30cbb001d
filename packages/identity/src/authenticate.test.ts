import { describe, expect, it } from "vitest";
import { type AgentRecord, authenticate, type IdentityOps, newToken, tokenHash } from "./index.ts";

function directory(agents: ReadonlyMap<string, AgentRecord>): IdentityOps {
  return {
    now: () => 1_770_000_000_000,
    origins: [],
    agentByToken: async (hash) => agents.get(hash) ?? null,
    agent: async () => null,
    groupsOfUser: (user) => (user === "maria" ? ["staff"] : []),
    isPerson: (user) => user === "maria",
    issuer: () => null,
    useOnce: async () => "full",
    session: async (credential) => `session of ${credential}`,
  };
}

const token = newToken();
const intake: AgentRecord = { id: "intake", user: "maria", groups: ["readers"], suspended: false };
const ops = directory(new Map([[tokenHash(token), intake]]));

const present = (header: string | undefined, proofs: readonly string[] = [], by = ops) =>
  authenticate(
    {
      authorization: header === undefined ? [] : [header],
      proofs,
      method: "POST",
      path: "/v1/actions",
    },
    by,
  );

describe("authenticate", () => {
  it("resolves a token to the chain of the person and the agent", async () => {
    const caller = await present(`Bearer ${token}`);
    expect(caller).toEqual({
      ok: true,
      value: {
        credential: "agent:intake",
        session: "session of agent:intake",
        assurance: "local",
        chain: [
          { type: "User", id: "maria", groups: ["staff"] },
          { type: "Agent", id: "intake", groups: ["readers"] },
        ],
      },
    });
  });

  it("gives an autonomous agent a chain of its own", async () => {
    const alone = directory(new Map([[tokenHash(token), { ...intake, user: null }]]));
    const caller = await present(`bearer ${token}`, [], alone);
    expect(caller.ok && caller.value.chain.map((member) => member.type)).toEqual(["Agent"]);
  });

  it.each([
    ["no header", undefined, "credential.missing"],
    ["an empty header", "", "credential.missing"],
    ["another scheme", `Basic ${token}`, "credential.malformed"],
    ["two tokens", `Bearer ${token} ${token}`, "credential.malformed"],
    ["a foreign form", "Bearer somebody", "credential.malformed"],
    ["an unsigned token", "Bearer eyJhbGciOiJub25lIn0.e30.", "credential.algorithm"],
    ["a huge token", `Bearer byl_${"a".repeat(100_000)}`, "credential.oversize"],
    ["a token nobody has", `Bearer ${newToken()}`, "credential.unknown"],
    ["a token as a bound passport", `DPoP ${token}`, "credential.proof_unasked"],
  ])("refuses %s", async (_what, header, code) => {
    expect(await present(header)).toEqual({ ok: false, error: code });
  });

  it("refuses a token with a proof: whoever sent it believed it to be bound", async () => {
    expect(await present(`Bearer ${token}`, ["a.b.c"])).toEqual({
      ok: false,
      error: "credential.proof_unasked",
    });
  });

  it("refuses a suspended agent", async () => {
    const suspended = directory(new Map([[tokenHash(token), { ...intake, suspended: true }]]));
    expect(await present(`Bearer ${token}`, [], suspended)).toEqual({
      ok: false,
      error: "credential.suspended",
    });
  });
});
