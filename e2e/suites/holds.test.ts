import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { addAgent, ask, type Gateway, run, up } from "../harness/bylaw.ts";
import { type Agent, connect, DOORS, type Place } from "../harness/client.ts";
import { recorded, recorderSite } from "../harness/recorder.ts";
import type { Site } from "../harness/site.ts";
import { eventually } from "../harness/wait.ts";

/** Milliseconds between a person's yes and the answer to the held call. */
const RESUME_MS = 100;

interface Listed {
  readonly id: string;
}

function waiting(site: Site): Promise<string> {
  return eventually("a call is held", async () => {
    const [first] = await ask<readonly Listed[]>(site, "approvals", "list");
    return first?.id;
  });
}

function timesErased(site: Site, key: string): number {
  return recorded(site).filter((call) => call.tool === "erase" && call.key === key).length;
}

describe.each(DOORS)("a call held for a person, over %s", (door) => {
  let site: Site;
  let gateway: Gateway;
  let place: Place;
  let agent: Agent;

  beforeAll(async () => {
    site = recorderSite({ holdLimit: "20s" });
    gateway = await up(site);
    place = {
      site,
      gateway,
      upstream: "recorder",
      token: await addAgent(site, "tester", "testers"),
    };
    agent = await connect(place, door);
  });

  afterAll(async () => {
    await agent?.close();
    await gateway?.stop();
    site.remove();
  });

  it("resumes within 100 ms of the approval and runs once", async () => {
    const held = agent.call("erase", { key: "approved" });
    const id = await waiting(site);
    expect(timesErased(site, "approved")).toBe(0);
    const approved = await run(site, "approvals", "approve", id, "--as", "olga", "--json");
    const answer = await held;
    expect(approved.code).toBe(0);
    expect(answer.failed).toBe(false);
    expect(answer.at - (approved.answeredAt ?? 0)).toBeLessThan(RESUME_MS);
    expect(timesErased(site, "approved")).toBe(1);
  });

  it("is refused when the person says no", async () => {
    const held = agent.call("erase", { key: "rejected" });
    const id = await waiting(site);
    await ask(site, "approvals", "reject", id, "--as", "olga");
    expect((await held).refusal).toMatchObject({ outcome: "block", code: "approval.rejected" });
    expect(timesErased(site, "rejected")).toBe(0);
  });

  it("cannot be approved by somebody who owns nothing", async () => {
    const held = agent.call("erase", { key: "wrong-person" });
    const id = await waiting(site);
    const tried = await run(site, "approvals", "approve", id, "--as", "sam", "--json");
    expect(tried.code).not.toBe(0);
    await ask(site, "approvals", "reject", id, "--as", "olga");
    expect((await held).failed).toBe(true);
    expect(timesErased(site, "wrong-person")).toBe(0);
  });

  it("runs for one of two clients that wait for the same approval", async () => {
    const other = await connect(place, door);
    const both = [agent, other].map((client) => client.call("erase", { key: "shared" }));
    const id = await waiting(site);
    await ask(site, "approvals", "approve", id, "--as", "olga");
    const answers = await Promise.all(both);
    await other.close();
    expect(answers.filter(({ failed }) => !failed)).toHaveLength(1);
    expect(timesErased(site, "shared")).toBe(1);
  });

  it("lets calls that need nobody pass meanwhile", async () => {
    const held = agent.call("erase", { key: "slow" });
    const id = await waiting(site);
    expect((await agent.call("peek", { key: "quick" })).failed).toBe(false);
    await ask(site, "approvals", "reject", id, "--as", "olga");
    await held;
  });
});

describe("beyond the hold limit", () => {
  let site: Site;
  let gateway: Gateway;
  let agent: Agent;
  let token: string;

  async function open(): Promise<void> {
    gateway = await up(site);
    agent = await connect({ site, gateway, upstream: "recorder", token }, "http");
  }

  async function pending(key: string): Promise<string> {
    const { refusal } = await agent.call("erase", { key });
    expect(refusal).toMatchObject({ outcome: "require_approval", policy: "erase-asks" });
    return refusal?.approval?.id ?? expect.fail("a pending call names its approval");
  }

  beforeAll(async () => {
    site = recorderSite({ holdLimit: "50ms" });
    gateway = await up(site);
    token = await addAgent(site, "tester", "testers");
    agent = await connect({ site, gateway, upstream: "recorder", token }, "http");
  });

  afterEach(async () => {
    for (const { id } of await ask<readonly Listed[]>(site, "approvals", "list")) {
      await ask(site, "approvals", "reject", id, "--as", "olga");
    }
  });

  afterAll(async () => {
    await agent?.close();
    await gateway?.stop();
    site.remove();
  });

  it("the caller gets a handle that resumes the call, once", async () => {
    const handle = await pending("handle");
    await ask(site, "approvals", "approve", handle, "--as", "olga");
    expect((await agent.call("erase", { key: "handle" }, handle)).failed).toBe(false);
    expect((await agent.call("erase", { key: "handle" }, handle)).refusal?.outcome).toBe("block");
    expect(timesErased(site, "handle")).toBe(1);
  });

  it("the same call without a handle finds its approval, once", async () => {
    await ask(site, "approvals", "approve", await pending("bare"), "--as", "olga");
    expect((await agent.call("erase", { key: "bare" })).failed).toBe(false);
    const again = await agent.call("erase", { key: "bare" });
    expect(again.refusal?.outcome).toBe("require_approval");
    expect(timesErased(site, "bare")).toBe(1);
  });

  it("an identical call while one waits gets the same handle", async () => {
    expect(await pending("same")).toBe(await pending("same"));
  });

  // shows: C5.1, C5.2
  it("an approval is good for exactly what was asked", async () => {
    const handle = await pending("asked");
    await ask(site, "approvals", "approve", handle, "--as", "olga");
    const other = await agent.call("erase", { key: "another" }, handle);
    expect(other.refusal?.outcome).toBe("block");
    expect(timesErased(site, "another")).toBe(0);
  });

  it("an approval is worth nothing in another agent's hands", async () => {
    const handle = await pending("stolen");
    await ask(site, "approvals", "approve", handle, "--as", "olga");
    const thief = {
      site,
      gateway,
      upstream: "recorder",
      token: await addAgent(site, "other", "testers"),
    };
    const other = await connect(thief, "http");
    expect((await other.call("erase", { key: "stolen" }, handle)).refusal?.outcome).toBe("block");
    await other.close();
    expect(timesErased(site, "stolen")).toBe(0);
  });

  it.each(["stop", "kill"] as const)("what waits outlives the gateway: %s", async (end) => {
    const handle = await pending(`restart-${end}`);
    await agent.close();
    await gateway[end]();
    await open();
    await ask(site, "approvals", "approve", handle, "--as", "olga");
    await agent.close();
    await gateway[end]();
    await open();
    expect((await agent.call("erase", { key: `restart-${end}` }, handle)).failed).toBe(false);
    expect(timesErased(site, `restart-${end}`)).toBe(1);
  });
});
