import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addAgent, ask, type Gateway, run, up } from "../harness/bylaw.ts";
import { type Agent, connect } from "../harness/client.ts";
import { recorded, recorderSite } from "../harness/recorder.ts";
import type { Site } from "../harness/site.ts";
import { eventually } from "../harness/wait.ts";

describe("a gateway that is told to stop", () => {
  let site: Site;
  let gateway: Gateway;
  let agent: Agent;

  beforeEach(async () => {
    site = recorderSite();
    gateway = await up(site);
    const token = await addAgent(site, "tester", "testers");
    agent = await connect({ site, gateway, upstream: "recorder", token }, "http");
  });

  afterEach(async () => {
    await agent?.close();
    if (gateway?.alive()) await gateway.kill();
    site.remove();
  });

  /** A call that the upstream has and will not answer before its gate opens. */
  async function inFlight(): Promise<{ answer: ReturnType<Agent["call"]>; open: () => void }> {
    const gate = join(site.folder, "gate");
    const answer = agent.call("gated", { key: gate });
    await eventually("the call reached the upstream", () =>
      recorded(site).some((call) => call.tool === "gated") ? true : null,
    );
    return { answer, open: () => void site.write("gate", "") };
  }

  it("finishes what is in flight", async () => {
    const { answer, open } = await inFlight();
    const stopped = gateway.stop();
    await eventually("new calls are turned away", async () =>
      fetch(`${gateway.address}/healthz`).then(
        ({ ok }) => (ok ? null : true),
        () => true,
      ),
    );
    open();
    expect(await answer).toMatchObject({ failed: false, text: "gated done" });
    expect(await stopped).toBe(0);
    expect(await ask(site, "audit", "verify")).toMatchObject({ ok: true });
  });

  it("stops the same way for `bylaw down`", async () => {
    const { answer, open } = await inFlight();
    const down = run(site, "down");
    open();
    expect(await answer).toMatchObject({ failed: false });
    expect((await down).code).toBe(0);
    await eventually("the gateway has ended", () => (gateway.alive() ? null : true));
  });

  it("answers `bylaw down` when nothing is in flight", async () => {
    expect(await run(site, "down")).toMatchObject({ code: 0, stdout: "bylaw is down\n" });
    await gateway.ended;
  });
});
