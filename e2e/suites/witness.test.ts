import { cpSync, readdirSync, readFileSync, rmSync, watch } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAgent, ask, type Gateway, run, up } from "../harness/bylaw.ts";
import { connect } from "../harness/client.ts";
import { recorderConfiguration, recorderSite } from "../harness/recorder.ts";
import type { Site } from "../harness/site.ts";
import { eventually } from "../harness/wait.ts";
import { makeWitness, type Witness } from "../harness/witness.ts";

/** Several gateways and witnesses start and stop in one test. */
const LONG_MS = 120_000;

/** One log, three witnesses in processes of their own, and a policy of two out of three. */
let site: Site;
let gateway: Gateway;
let witnesses: readonly Witness[];
let token: string;
let origin: string;
let policy: string;
/** The data folder as it was before any witness had seen it. */
let earlier: string;

interface Status {
  readonly log: string;
  readonly records: number;
  readonly witnesses: readonly { name: string; size: number | null; problem: string | null }[];
}

beforeAll(async () => {
  site = recorderSite({ holdLimit: "50ms" });
  earlier = join(site.folder, "earlier");
  gateway = await up(site);
  token = await addAgent(site, "tester", "testers");
  await gateway.stop();
  cpSync(site.data, earlier, { recursive: true });
  const vkey = readFileSync(join(site.data, "log.vkey"), "utf8").trim();
  origin = vkey.split("+", 1)[0] ?? "";
  witnesses = await Promise.all(["w1", "w2", "w3"].map((name) => makeWitness(site, name, vkey)));
  await Promise.all(witnesses.map((witness) => witness.start()));
  policy = site.write(
    "two.policy",
    [
      `log ${vkey}`,
      ...witnesses.map((witness) => `witness ${witness.name} ${witness.vkey}`),
      "group two 2 w1 w2 w3",
      "quorum two\n",
    ].join("\n"),
  );
  site.configure(configuration());
  gateway = await up(site);
}, LONG_MS);

afterAll(async () => {
  await gateway?.stop();
  for (const witness of witnesses ?? []) await witness.kill();
  site.remove();
}, LONG_MS);

function configuration(): object {
  return {
    ...recorderConfiguration("50ms"),
    log: { publish: "127.0.0.1:0" },
    witnesses: witnesses.map(({ name, vkey, address }) => ({ name, vkey, url: address() })),
  };
}

const status = (): Promise<Status> => ask<Status>(site, "status");

/** Calls a tool over MCP and returns the receipt that came with the answer. */
async function call(tool: string): Promise<unknown> {
  const agent = await connect({ site, gateway, upstream: "recorder", token }, "http");
  try {
    const result = await agent.client.callTool({ name: tool, arguments: { key: tool } });
    return result._meta?.["dev.bylaw/receipt"];
  } finally {
    await agent.close();
  }
}

async function allCosigned(names: readonly string[]): Promise<number> {
  return await eventually(`cosigned by ${names.join(", ")}`, async () => {
    const { records, witnesses: seen } = await status();
    const asked = seen.filter(({ name }) => names.includes(name));
    return asked.every(({ size, problem }) => size === records && problem === null)
      ? records
      : null;
  });
}

interface Verified {
  readonly code: number | null;
  readonly report: Record<string, unknown>;
}

async function verify(...args: readonly string[]): Promise<Verified> {
  const { code, stdout, stderr } = await run(site, "audit", "verify", ...args, "--json");
  return { code, report: JSON.parse(stdout || stderr) as Verified["report"] };
}

describe("two out of three witnesses", () => {
  it("make a log that verifies from the folder and over HTTP, also while one is away", {
    timeout: LONG_MS,
  }, async () => {
    await call("write");
    await allCosigned(["w1", "w2", "w3"]);
    const { log } = await status();
    const age = ["--policy", policy, "--max-age", "10m"];
    for (const where of [[], [log]])
      expect(await verify(...where, ...age)).toMatchObject({
        code: 0,
        report: { ok: true, policy: { witnesses: ["w1", "w2", "w3"] } },
      });
    await witnesses[2]?.kill();
    await call("peek");
    const size = await allCosigned(["w1", "w2"]);
    const witnessed = await eventually("published", async () => {
      const { code, report } = await verify(log, ...age);
      return code === 0 && report["heldAgainst"] === size ? report : null;
    });
    expect(witnessed).toMatchObject({ policy: { witnesses: ["w1", "w2"] } });
    const three = site.write("all.policy", readFileSync(policy, "utf8").replace("two 2", "two 3"));
    expect(await verify(log, "--policy", three)).toMatchObject({
      code: 1,
      report: { error: "policy.unmet" },
    });
    await witnesses[2]?.start();
    await allCosigned(["w3"]);
  });

  it("are not asked by a log that cannot be reached", async () => {
    expect(await verify("http://127.0.0.1:1/log", "--policy", policy)).toMatchObject({
      code: 3,
      report: { error: "log.unreachable" },
    });
  });
});

describe("a receipt", () => {
  it("comes with every answer and is found in the log", async () => {
    const files: string[] = [];
    for (const tool of ["peek", "forbidden", "erase"]) {
      const receipt = await call(tool);
      expect(receipt).toMatchObject({ origin, index: expect.any(Number) });
      files.push("--receipt", site.write(`${tool}.json`, JSON.stringify(receipt)));
    }
    const answer = await fetch(`${gateway.address}/v1/actions`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ upstream: "recorder", tool: "forbidden", arguments: {} }),
    });
    const header = answer.headers.get("bylaw-receipt") ?? "";
    files.push("--receipt", site.write("header.txt", `bylaw-receipt: ${header}\r\n`));
    expect(await verify(...files)).toMatchObject({ code: 0, report: { receipts: 4 } });
  });

  it("shows that the log was put back to an older state", async () => {
    const file = site.write("kept.json", JSON.stringify(await call("write")));
    const rolledBack = await run(site, "audit", "verify", "--data", earlier, "--json");
    expect(JSON.parse(rolledBack.stdout)).toMatchObject({ ok: true, heldAgainst: null });
    const said = await run(site, "audit", "verify", "--data", earlier);
    expect(said.stdout).toContain("rollback not excluded");
    expect(await verify("--data", earlier, "--receipt", file)).toMatchObject({
      code: 1,
      report: { ok: false, first: { code: "log.truncated" } },
    });
  });
});

describe("a second history under the same key", () => {
  it("is refused by every witness, and by whoever has a witness's checkpoint", {
    timeout: LONG_MS,
  }, async () => {
    await call("write");
    const size = await allCosigned(["w1", "w2", "w3"]);
    await gateway.stop();
    const honest = join(site.folder, "honest");
    cpSync(site.data, honest, { recursive: true });
    try {
      // The owner puts an old copy of the folder back and goes on from there.
      rmSync(site.data, { recursive: true, maxRetries: 10 });
      cpSync(earlier, site.data, { recursive: true });
      site.configure(recorderConfiguration("50ms"));
      gateway = await up(site);
      while ((await status()).records <= size) await call("peek");
      await gateway.stop();
      site.configure(configuration());
      gateway = await up(site);
      await eventually("every witness sees the fork", async () => {
        const { witnesses: all } = await status();
        return all.every(({ problem }) => problem === "witness.forked") ? true : null;
      });
      for (const witness of witnesses) {
        const kept = site.write("witness.txt", (await witness.last(origin)) ?? "");
        const { code, report } = await verify("--checkpoint", kept);
        expect(code).toBe(1);
        expect(report).toMatchObject({ ok: false, first: { code: "log.forked" } });
        const evidence = readdirSync(join(witness.folder, "evidence"));
        expect(evidence.length).toBeGreaterThan(0);
        const found = readFileSync(join(witness.folder, "evidence", evidence[0] ?? ""), "utf8");
        const { notes } = JSON.parse(found) as { notes: string[] };
        expect(notes.every((note) => note.startsWith(`${origin}\n`))).toBe(true);
      }
      expect(await verify("--policy", policy)).toMatchObject({ code: 1 });
    } finally {
      await gateway.stop();
      rmSync(site.data, { recursive: true, maxRetries: 10 });
      cpSync(honest, site.data, { recursive: true });
      gateway = await up(site);
    }
    await call("write");
    await allCosigned(["w1", "w2", "w3"]);
  });
});

describe("a witness that is killed", () => {
  it("never forgets what it has signed, at whichever moment it dies", {
    timeout: LONG_MS,
  }, async () => {
    const [first] = witnesses;
    if (first === undefined) throw new Error("no witness");
    const sizeOf = (note: string | null): number => Number(note?.split("\n")[1] ?? 0);
    for (let round = 0; round < 3; round += 1) {
      const before = sizeOf(await first.last(origin));
      // Killed as soon as its memory changes, which is before its answer is on the way.
      const changed = new Promise<void>((resolve) => {
        const watcher = watch(first.folder, (_, name) => {
          if (name !== "state.json" && name !== "state.json.next") return;
          watcher.close();
          void first.kill().then(resolve);
        });
      });
      await call("write");
      await changed;
      await first.start();
      const after = sizeOf(await first.last(origin));
      expect(after).toBeGreaterThanOrEqual(before);
      await allCosigned(["w1"]);
      const published = await (await fetch(`${(await status()).log}/checkpoint`)).text();
      const own = published.split("\n").filter((line) => line.startsWith("\u2014 w1 "));
      if (own.length > 0)
        expect(sizeOf(await first.last(origin))).toBeGreaterThanOrEqual(sizeOf(published));
    }
  });
});
