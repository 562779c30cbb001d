import { ErrorCode } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addAgent, ask, type Gateway, up } from "../harness/bylaw.ts";
import { type Agent, connect, DOORS, type Place } from "../harness/client.ts";
import { recorderSite } from "../harness/recorder.ts";
import type { Site } from "../harness/site.ts";

/** Milliseconds that a client of this suite waits for an answer that never comes. */
const GIVE_UP_MS = 500;

describe.each(DOORS)("an upstream that misbehaves, over %s", (door) => {
  let site: Site;
  let gateway: Gateway;
  let place: Place;
  let agent: Agent;

  beforeAll(async () => {
    site = recorderSite();
    gateway = await up(site);
    const token = await addAgent(site, "tester", "testers");
    place = { site, gateway, upstream: "hostile", token };
  });

  // An upstream that died took its session with it: every test is a client of its own.
  beforeEach(async () => {
    agent = await connect(place, door);
  });

  afterEach(() => agent.close());

  afterAll(async () => {
    await gateway?.stop();
    site.remove();
  });

  /** The next client finds a server of its own, whatever the last one did to its. */
  async function expectServed(): Promise<void> {
    const next = await connect(place, door);
    const answer = await next.call("echo", { key: "still there" });
    await next.close();
    expect(answer).toMatchObject({ failed: false, text: "still there" });
  }

  it.each(["die", "half", "twice", "flood"])("%s: a coded error", async (tool) => {
    const { refusal } = await agent.call(tool, { key: "x" });
    expect(refusal).toMatchObject({
      outcome: "unknown",
      code: expect.stringMatching(/^upstream\./),
    });
    await expectServed();
  });

  it.each(["garbage", "stranger"])("%s before the answer changes nothing", async (tool) => {
    const answer = await agent.call(tool, { key: "x" });
    expect(answer).toMatchObject({ failed: false, text: `${tool} done` });
    await expectServed();
  });

  it("a call without an answer ends with the client's patience", async () => {
    const options = { timeout: GIVE_UP_MS };
    const call = agent.client.callTool(
      { name: "hang", arguments: { key: "x" } },
      undefined,
      options,
    );
    await expect(call).rejects.toMatchObject({ code: ErrorCode.RequestTimeout });
    await expectServed();
  });

  it("leaves a log that verifies", async () => {
    expect(await ask(site, "audit", "verify")).toMatchObject({ ok: true });
  });
});
