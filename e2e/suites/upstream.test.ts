import { ErrorCode } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAgent, ask, type Gateway, up } from "../harness/bylaw.ts";
import { type Agent, connect, DOORS } from "../harness/client.ts";
import { recorderSite } from "../harness/recorder.ts";
import type { Site } from "../harness/site.ts";

/** Milliseconds that a client of this suite waits for an answer that never comes. */
const GIVE_UP_MS = 500;

describe.each(DOORS)("an upstream that misbehaves, over %s", (door) => {
  let site: Site;
  let gateway: Gateway;
  let agent: Agent;

  beforeAll(async () => {
    site = recorderSite();
    gateway = await up(site);
    const token = await addAgent(site, "tester", "testers");
    agent = await connect({ site, gateway, upstream: "hostile", token }, door);
  });

  afterAll(async () => {
    await agent?.close();
    await gateway?.stop();
    site.remove();
  });

  async function recovers(): Promise<void> {
    const answer = await agent.call("echo", { key: "still there" });
    expect(answer).toMatchObject({ failed: false, text: "still there" });
  }

  it.each(["die", "half", "garbage", "twice", "flood"])(
    "%s: a coded error, and the next call works",
    async (tool) => {
      await expect(agent.call(tool, { key: "x" })).rejects.toMatchObject({
        data: { code: expect.stringMatching(/^upstream\./) },
      });
      await recovers();
    },
  );

  it("answers nobody asked for change nothing", async () => {
    expect(await agent.call("stranger", { key: "x" })).toMatchObject({ text: "stranger done" });
    await recovers();
  });

  it("a call without an answer ends with the client's patience and is on record as unknown", async () => {
    const options = { timeout: GIVE_UP_MS };
    const call = agent.client.callTool(
      { name: "hang", arguments: { key: "x" } },
      undefined,
      options,
    );
    await expect(call).rejects.toMatchObject({ code: ErrorCode.RequestTimeout });
    await recovers();
  });

  it("leaves a log that verifies", async () => {
    expect(await ask(site, "audit", "verify")).toMatchObject({ ok: true });
  });
});
