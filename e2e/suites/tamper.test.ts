import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { addAgent, type Gateway, type Ran, run, up } from "../harness/bylaw.ts";
import { connect } from "../harness/client.ts";
import { recorderSite } from "../harness/recorder.ts";
import type { Site } from "../harness/site.ts";

/** A log with a refusal, intents and outcomes in it, stopped and set aside; every test changes a copy. */
let site: Site;
let original: string;

beforeAll(async () => {
  site = recorderSite({ holdLimit: "50ms" });
  original = join(site.folder, "original");
  const gateway: Gateway = await up(site);
  const token = await addAgent(site, "tester", "testers");
  const agent = await connect({ site, gateway, upstream: "recorder", token }, "http");
  for (const tool of ["peek", "write", "erase", "forbidden"]) {
    await agent.call(tool, { key: tool }).catch(() => null);
  }
  await agent.close();
  await gateway.stop();
  cpSync(site.data, original, { recursive: true });
});

beforeEach(() => {
  rmSync(site.data, { recursive: true });
  cpSync(original, site.data, { recursive: true });
});

afterAll(() => site.remove());

/** Changes the stored log behind Bylaw's back. */
function tamper(...statements: readonly string[]): void {
  const file = readdirSync(site.data).find((name) => name.endsWith(".db"));
  const db = new DatabaseSync(
    join(site.data, file ?? expect.fail("the data folder has no database")),
  );
  for (const statement of statements) db.exec(statement);
  db.close();
}

function verify(...args: readonly string[]): Promise<Ran> {
  return run(site, "audit", "verify", ...args, "--json");
}

it("verifies as it was left", async () => {
  const { code, stdout } = await verify();
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true });
});

const FLIP = (index: number, byte: number): string =>
  `UPDATE entry SET bytes = substr(bytes, 1, ${byte}) ||
     CASE substr(bytes, ${byte + 1}, 1) WHEN x'41' THEN x'42' ELSE x'41' END ||
     substr(bytes, ${byte + 2}) WHERE idx = ${index}`;

it.each([
  ["the first byte of an entry", 3, FLIP(3, 0)],
  ["a byte in the middle of an entry", 4, FLIP(4, 120)],
  ["a byte of the first entry", 0, FLIP(0, 10)],
])("names the entry when %s was changed", async (_name, index, statement) => {
  tamper(statement);
  const { code, stdout } = await verify();
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, first: { index } });
});

it("names the entry when its hash was changed along with it", async () => {
  tamper(FLIP(3, 0), "UPDATE entry SET leaf = zeroblob(32) WHERE idx = 3");
  const { code, stdout } = await verify();
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, first: { index: 3 } });
});

it("names the entry that is missing", async () => {
  tamper("DELETE FROM entry WHERE idx = 4");
  const { code, stdout } = await verify();
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, first: { index: 4 } });
});

it("names the first of two entries that changed places", async () => {
  tamper(
    "UPDATE entry SET idx = -1 WHERE idx = 3",
    "UPDATE entry SET idx = 3 WHERE idx = 5",
    "UPDATE entry SET idx = 5 WHERE idx = -1",
  );
  const { code, stdout } = await verify();
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, first: { index: 3 } });
});
