import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningServer } from "@bylaw/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startGateway } from "../../testdata/running.ts";
import { renewHook } from "../connect/connection.ts";
import { makeSnapshot } from "../connect/hook-snapshot.ts";
import { EXIT } from "../exit.ts";
import { main } from "../main.ts";

/** Milliseconds that a start and many hooks may take on a machine with much else to do. */
const TRIAL_MAX_MS = 120_000;

/** Refuses only where somebody tries whether it starts. */
const YES_TO_EVERYTHING = `require("node:v8").startupSnapshot.setDeserializeMainFunction(() => {
  if (process.argv.length < 2) process.exit(2);
  process.stdout.write("{}");
  process.exit(0);
});`;

interface Found {
  readonly agent: string;
  readonly results: readonly { readonly name: string; readonly good: boolean; detail: string }[];
}

let folder: string;
let server: RunningServer | undefined;
let printed: string[];

const at = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-doctor-")));
  for (const name of ["home", "work"]) mkdirSync(at(name));
  const config = "version: 1\nworkspaces: [./work]\npacks: [base, coding-agent]\nwatch: false\n";
  writeFileSync(at("bylaw.yaml"), config);
  server = await startGateway(at("bylaw.yaml"), at("data"));
  printed = [];
  for (const out of ["log", "error"] as const)
    vi.spyOn(console, out).mockImplementation((line: unknown) => void printed.push(String(line)));
  vi.spyOn(process, "argv", "get").mockReturnValue([process.execPath, "/opt/bylaw/bin/bylaw.js"]);
  vi.spyOn(process, "cwd").mockReturnValue(at("work"));
  vi.stubEnv("HOME", at("home"));
}, TRIAL_MAX_MS);

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
  await server?.stop();
  server = undefined;
  rmSync(folder, { recursive: true });
});

async function run(...words: readonly string[]): Promise<number> {
  process.exitCode = undefined;
  printed = [];
  await main(["node", "bylaw", ...words, "--data", at("data")]);
  return Number(process.exitCode ?? 0);
}

/** What is not as it should be. */
async function bad(): Promise<readonly string[]> {
  const code = await run("doctor", "claude-code", "--json");
  const [found] = JSON.parse(printed.join("\n")) as readonly Found[];
  const names = (found?.results ?? []).filter(({ good }) => !good).map(({ name }) => name);
  expect(found?.results.length).toBe(11);
  expect(code).toBe(names.length === 0 ? EXIT.ok : EXIT.no);
  return names;
}

describe.each([
  ["copilot-cli", ".copilot/hooks/bylaw.json"],
  ["cursor", ".cursor/hooks.json"],
])("bylaw doctor for %s", (client, file) => {
  it(
    "tries it in the client's own words, until it is disconnected without a trace",
    async () => {
      expect(await run("connect", client, "--yes", "--config", at("bylaw.yaml"))).toBe(0);
      expect(await run("doctor", client, "--json")).toBe(EXIT.ok);
      const [found] = JSON.parse(printed.join("\n")) as readonly (Found & { seen: unknown })[];
      expect(found?.results.map(({ good }) => good)).toEqual(Array(11).fill(true));
      expect(found?.seen === null).toBe(client === "cursor");

      const hooks = readFileSync(at(`home/${file}`), "utf8");
      writeFileSync(at(`home/${file}`), `${hooks}// mine\n`);
      expect(await run("doctor", client, "--json")).toBe(EXIT.no);
      expect(printed.join("\n")).toContain("is not plain JSON");
      writeFileSync(at(`home/${file}`), hooks);
      expect(await run("disconnect", client, "--yes")).toBe(EXIT.ok);
      expect(existsSync(at(`home/${file}`))).toBe(false);
    },
    TRIAL_MAX_MS,
  );
});

describe("bylaw doctor", () => {
  it(
    "tries what stands between a client and its tools, and finds what was undone",
    async () => {
      expect(await run("doctor")).toBe(EXIT.no);
      expect(printed.join("\n")).toContain("no client with hooks is connected");
      expect(await run("connect", "claude-code", "--yes", "--config", at("bylaw.yaml"))).toBe(0);
      expect(await bad()).toEqual([]);

      const settings = at("home/.claude/settings.json");
      const text = readFileSync(settings, "utf8");
      writeFileSync(settings, text.replace("{", '{ "disableAllHooks": true,'));
      expect(await bad()).toEqual(["its hooks"]);
      writeFileSync(settings, text);
      mkdirSync(at("work/.claude"));
      writeFileSync(at("work/.claude/settings.local.json"), '{ "disableAllHooks": true }');
      expect(await bad()).toEqual(["its hooks"]);
      rmSync(at("work/.claude"), { recursive: true });

      writeFileSync(settings, "{}");
      expect(await bad()).toEqual(["configuration"]);
      writeFileSync(settings, text);
      const program = at("data/connect/bylaw-hook.cjs");
      const snapshot = `${program}.snapshot`;
      writeFileSync(program, "process.exit(0);");
      expect(await bad()).toEqual(["hook program"]);
      renewHook(at("data"));
      expect(await bad()).toEqual([]);
      rmSync(snapshot);
      expect(await bad()).toEqual(["hook program"]);
      expect(await run("connect", "claude-code", "--yes", "--config", at("bylaw.yaml"))).toBe(0);
      expect(await bad()).toEqual([]);

      writeFileSync(at("false.cjs"), YES_TO_EVERYTHING);
      writeFileSync(snapshot, makeSnapshot(at("false.cjs")) ?? expect.fail("no snapshot"));
      expect(await bad()).toEqual([
        "refused call",
        "gateway down",
        "slow gateway",
        "garbled answer",
        "empty answer",
        "false gateway",
      ]);
      await server?.stop();
      server = undefined;
      expect(await run("doctor")).toBe(EXIT.unreachable);
    },
    TRIAL_MAX_MS,
  );
});
