import { describe, expect, it } from "vitest";
import { type AgentRecord, authenticate, type IdentityOps, newToken, tokenHash } from "./index.ts";

function directory(agents: ReadonlyMap<string, AgentRecord>): IdentityOps {
  return {
    agentByToken: async (hash) => agents.get(hash) ?? null,
    groupsOfUser: (user) => (user === "maria" ? ["staff"] : []),
    session: async (credential) => `session of ${credential}`,
  };
}

const token = newToken();
const intake: AgentRecord = { id: "intake", user: "maria", groups: ["readers"], suspended: false };
const ops = directory(new Map([[tokenHash(token), intake]]));

describe("authenticate", () => {
  it("resolves a token to the chain of the person and the agent", async () => {
    const caller = await authenticate(`Bearer ${token}`, ops);
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
    const caller = await authenticate(`bearer ${token}`, alone);
    expect(caller.ok && caller.value.chain.map((member) => member.type)).toEqual(["Agent"]);
  });

  it.each([
    ["no header", undefined, "credential.missing"],
    ["an empty header", "", "credential.missing"],
    ["another scheme", `Basic ${token}`, "credential.malformed"],
    ["two tokens", `Bearer ${token} ${token}`, "credential.malformed"],
    ["a foreign form", "Bearer eyJhbGciOiJub25lIn0.e30.", "credential.malformed"],
    ["a huge token", `Bearer byl_${"a".repeat(100_000)}`, "credential.malformed"],
    ["a token nobody has", `Bearer ${newToken()}`, "credential.unknown"],
  ])("refuses %s", async (_what, header, code) => {
    expect(await authenticate(header, ops)).toEqual({ ok: false, error: code });
  });

  it("refuses a suspended agent", async () => {
    const suspended = directory(new Map([[tokenHash(token), { ...intake, suspended: true }]]));
    expect(await authenticate(`Bearer ${token}`, suspended)).toEqual({
      ok: false,
      error: "credential.suspended",
    });
  });
});
