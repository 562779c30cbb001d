import { afterEach, describe, expect, it } from "vitest";
import { type Gateway, run, up, upArguments } from "../harness/bylaw.ts";
import { recorderConfiguration, recorderSite } from "../harness/recorder.ts";
import type { Site } from "../harness/site.ts";

let site: Site;
let gateway: Gateway | null = null;

afterEach(async () => {
  await gateway?.stop();
  gateway = null;
  site.remove();
});

// shows: C2.2
describe("a gateway that must not start says where", () => {
  it.each([
    ["an unknown key", "version: 1\nupstream: {}\n", "bylaw.yaml:2:1"],
    ["an unknown key inside", "version: 1\nholds:\n  limits: 5s\n", "bylaw.yaml:3:3"],
    ["a value of no meaning", "version: 1\nlisten: everywhere\n", "bylaw.yaml:2"],
    ["text that is not YAML", "version: 1\npacks: [\n", "bylaw.yaml:"],
  ])("%s", async (_name, text, where) => {
    site = recorderSite();
    site.write("bylaw.yaml", text);
    const ended = await run(site, ...upArguments(site));
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain(where);
    expect(ended.stdout).not.toContain("ready");
  });

  it("a policy that does not parse", async () => {
    site = recorderSite();
    site.write(
      "policies/broken.cedar",
      '@id("fine")\npermit (principal, action, resource);\n\npermit (;\n',
    );
    const ended = await run(site, ...upArguments(site));
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain("broken.cedar:4");
  });

  it("a policy that does not validate", async () => {
    site = recorderSite();
    site.write(
      "policies/typo.cedar",
      '@id("typo")\nforbid (principal, action == Action::"delete", resource in Environment::"prodution");\n',
    );
    const ended = await run(site, ...upArguments(site));
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain("typo");
  });

  it("a policy folder that is not there", async () => {
    site = recorderSite();
    site.configure({ ...recorderConfiguration("1s"), policies: ["./nowhere"] });
    const ended = await run(site, ...upArguments(site));
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain("nowhere");
  });

  it("an upstream whose program is not there", async () => {
    site = recorderSite();
    const upstreams = { recorder: { command: ["./no-such-program"] } };
    site.configure({ ...recorderConfiguration("1s"), upstreams });
    const ended = await run(site, ...upArguments(site));
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain("no-such-program");
  });
});

describe("one data folder", () => {
  it("has one gateway: a second is refused and told who has it", async () => {
    site = recorderSite();
    gateway = await up(site);
    const second = await run(site, ...upArguments(site));
    expect(second.code).not.toBe(0);
    expect(second.stderr).toContain(String(gateway.pid));
    expect(gateway.alive()).toBe(true);
  });

  it("is free again after kill -9", async () => {
    site = recorderSite();
    gateway = await up(site);
    await gateway.kill();
    gateway = await up(site);
    expect((await fetch(`${gateway.address}/healthz`)).status).toBe(200);
  });
});
