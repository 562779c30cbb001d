import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSigningKey } from "@bylaw/ledger";
import type { RunningServer } from "@bylaw/server";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startGateway } from "../../testdata/running.ts";
import { main } from "../main.ts";

const place = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-policy-")));
const data = join(place, "data");
const configuration = join(place, "bylaw.yaml");
const policies = join(place, "policies");

const forbid = (id: string): string =>
  `@id("${id}") forbid (principal, action == Action::"publish", resource);\n`;

let server: RunningServer;

beforeAll(async () => {
  mkdirSync(policies);
  writeFileSync(join(policies, "a.cedar"), forbid("first"));
  writeFileSync(
    configuration,
    "version: 1\npolicies: [ ./policies ]\nwatch: false\nshadow: { share: 0 }\n",
  );
  server = await startGateway(configuration, data);
});

afterEach(() => {
  process.exitCode = undefined;
});

afterAll(async () => {
  await server.stop();
  rmSync(place, { recursive: true, force: true });
});

interface Run {
  readonly exit: number;
  readonly out: string;
  readonly error: string;
}

/** Runs `bylaw policy …` in this process, as the command line would. */
async function policy(...words: readonly string[]): Promise<Run> {
  const out: string[] = [];
  const error: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void out.push(line));
  vi.spyOn(console, "error").mockImplementation((line: string) => void error.push(line));
  process.exitCode = undefined;
  try {
    await main(["node", "bylaw", "policy", ...words, "--data", data]);
    return { exit: Number(process.exitCode ?? 0), out: out.join("\n"), error: error.join("\n") };
  } finally {
    vi.restoreAllMocks();
  }
}

const json = async (...words: readonly string[]): Promise<unknown> =>
  JSON.parse((await policy(...words, "--json")).out);

describe("bylaw policy", () => {
  it("lists, shows, reloads and goes back", async () => {
    expect(await json("history")).toMatchObject({
      rolledBack: false,
      versions: [{ version: 1, active: true, quarantined: false }],
    });
    writeFileSync(join(policies, "a.cedar"), forbid("second"));
    expect(await policy("reload")).toMatchObject({ exit: 0 });
    expect((await policy("show", "--text")).out).toContain('@id("second")');
    expect((await policy("show", "1", "--text")).out).toContain('@id("first")');

    const back = await policy("rollback");
    expect(back).toMatchObject({ exit: 0 });
    expect(back.out).toContain("rolled back");
    expect(await json("history")).toMatchObject({
      rolledBack: true,
      versions: [
        { version: 1, active: true },
        { version: 2, active: false },
      ],
    });
    expect(await json("reload")).toMatchObject({ version: 2, followsFiles: true });
  });

  it("ends with 1 and every problem when the files are refused", async () => {
    writeFileSync(join(policies, "b.cedar"), "forbid (");
    const refused = await policy("reload");
    expect(refused.exit).toBe(1);
    expect(refused.out).toContain("policy.syntax");
    expect(refused.out).toContain("version 2 stays in force");
    rmSync(join(policies, "b.cedar"));
    expect((await policy("reload")).exit).toBe(0);
  });

  it.each([
    [["rollback", "7"], "bundle.not_found"],
    [["show", "7"], "bundle.not_found"],
    [["release", `sha256:${"0".repeat(64)}`, "--reason", "none"], "bundle.not_quarantined"],
  ])("refuses %j", async (words, code) => {
    const { exit, error } = await policy(...words, "--json");
    expect(exit).toBe(1);
    expect(JSON.parse(error)).toMatchObject({ error: code });
  });
});

describe("bylaw policy build and verify", () => {
  const file = join(place, "out.json");
  const build = (...words: readonly string[]) =>
    policy("build", "--config", configuration, "--out", file, ...words);

  it("write a file that this gateway, and whoever has its public key, can check", async () => {
    expect(await build()).toMatchObject({ exit: 0 });
    expect(readFileSync(file, "utf8")).not.toContain(place);
    expect(await json("verify", file)).toMatchObject({
      version: 2,
      files: expect.arrayContaining(["packs/base.cedar", "policies/a.cedar"]),
    });
  });

  it("refuse a file that was changed, and one that somebody else has signed", async () => {
    await build();
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("second", "seconds"));
    const changed = await policy("verify", file);
    expect(changed.exit).toBe(1);
    expect(changed.error).toContain("bundle.signature");

    const other = join(place, "other.key");
    writeFileSync(other, encodeSigningKey("somebody", new Uint8Array(32).fill(9)));
    expect(await build("--key", other)).toMatchObject({ exit: 0 });
    const theirs = await policy("verify", file);
    expect(theirs.exit).toBe(1);
    expect(theirs.error).toContain("bundle.unsigned");
  });

  it.each([
    [["verify", "/nowhere"], "bundle.unreadable"],
    [["verify", configuration, "--key", "no key"], "key.malformed"],
    [["build", "--config", configuration, "--out", "/nowhere/x"], "bundle.unwritable"],
    [["build", "--config", configuration, "--out", file, "--key", configuration], "key.missing"],
  ])("end with 2: %j", async (words, code) => {
    const { exit, error } = await policy(...words, "--json");
    expect(exit).toBe(2);
    expect(JSON.parse(error)).toMatchObject({ error: code });
  });
});
