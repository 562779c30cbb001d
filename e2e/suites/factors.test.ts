import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAgent, ask, type Gateway, run, up } from "../harness/bylaw.ts";
import { type Agent, connect } from "../harness/client.ts";
import { recorded, recorderSite } from "../harness/recorder.ts";
import type { Site } from "../harness/site.ts";
import { typing } from "../harness/terminal.ts";
import { eventually } from "../harness/wait.ts";

const LATER = "and home again before the night";
const PASSPHRASE = "over the hills and far away";

describe("a person's factor", () => {
  let site: Site;
  let gateway: Gateway;
  let agent: Agent;

  beforeAll(async () => {
    site = recorderSite({ holdLimit: "60s" });
    gateway = await up(site);
  });

  afterAll(async () => {
    await agent?.close();
    await gateway?.stop();
    site?.remove();
  });

  it("is missed at the start, and enrolled at a terminal alone", async () => {
    expect(gateway.output()).toContain("NONE: whoever can read the data folder can approve");
    const token = await addAgent(site, "tester", "testers");
    agent = await connect({ site, gateway, upstream: "recorder", token }, "http");
    const words = ["person", "enrol", "passphrase", "--person", "olga", "--as", "olga"];
    const piped = await run(site, ...words);
    expect(piped.code).toBe(1);
    expect(piped.stderr).toContain("no terminal");
    expect((await typing(site, ["short", "short"], ...words)).code).toBe(2);
    const { code, shown } = await typing(site, [PASSPHRASE, PASSPHRASE], ...words);
    expect(shown).toContain("is enrolled");
    expect(shown).not.toContain(PASSPHRASE);
    expect(code).toBe(0);
  });

  it("leaves a key that is sealed and its owner's alone", () => {
    const folder = join(`${site.data}-person`, "bylaw", "keys");
    const files = readdirSync(folder).map((name) => join(folder, name));
    expect(files).toHaveLength(1);
    for (const file of files) {
      expect(statSync(file).mode & 0o077).toBe(0);
      expect(readFileSync(file, "utf8")).not.toContain(PASSPHRASE);
    }
  });

  it("is asked for when a held action is approved, and nobody else can answer", async () => {
    const waiting = agent.call("erase", { key: "one" });
    const held = await eventually("the action is held", async () => {
      const [one] = await ask<readonly { id: string }[]>(site, "approvals");
      return one?.id;
    });
    const words = ["approvals", "approve", held, "--as", "olga"];
    const piped = await run(site, ...words, "--json");
    expect(piped.code).toBe(1);
    expect(JSON.parse(piped.stderr)).toMatchObject({ error: "factor.no_terminal" });
    const wrong = await typing(
      site,
      ["a guess of its own", "another one", "a third one"],
      ...words,
    );
    expect(wrong.code).toBe(1);
    expect(wrong.shown).toContain("the key stays closed");
    const { code, shown } = await typing(site, [PASSPHRASE], ...words);
    expect(shown).toContain(`${held}: approved`);
    expect(shown).toContain("olga, this needs your factor");
    expect(shown).not.toContain(PASSPHRASE);
    expect(code).toBe(0);
    await waiting;
    expect(recorded(site)).toEqual([{ tool: "erase", key: "one" }]);
    const shownLog = await run(site, "audit", "show");
    expect((await run(site, "audit", "verify")).code).toBe(0);
    expect(shownLog.stdout).toMatch(/PROOF {2}passphrase fac_\S+ {2}by olga/);
  });

  it("is replaced at the machine alone, by the operator and with the gateway stopped", async () => {
    const words = ["person", "recover", "olga", "--reason", "the key is lost"];
    const busy = await typing(site, [LATER, LATER], ...words);
    expect(busy.code).toBe(1);
    expect(busy.shown).toContain("a gateway runs on this data folder");
    await gateway.stop();
    const piped = await run(site, ...words, "--json");
    expect(piped.code).toBe(1);
    expect(JSON.parse(piped.stderr)).toMatchObject({ error: "factor.no_terminal" });
    const { code, shown } = await typing(site, [LATER, LATER], ...words);
    expect(shown).toMatch(/olga: 1 removed, fac_\S+ in their place/);
    expect(code).toBe(0);
    gateway = await up(site);
    const target = ["--agent", "tester", "--reason", "a look", "--as", "olga"];
    expect((await run(site, "halt", ...target)).code).toBe(0);
    const guesses = [PASSPHRASE, PASSPHRASE, PASSPHRASE];
    expect((await typing(site, guesses, "resume", ...target)).code).toBe(1);
    expect((await typing(site, [LATER], "resume", ...target)).code).toBe(0);
    const found = await run(site, "audit", "query", "--code", "factor.recovered", "--json");
    expect(found.stdout).toContain("the key is lost");
    expect((await run(site, "audit", "verify")).code).toBe(0);
  });
});
