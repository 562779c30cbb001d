import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LedgerRecord } from "@bylaw/core";
import { bodyDigest } from "@bylaw/ledger";
import { openStore, type Store } from "@bylaw/store";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Config, defaultConfig } from "../index.ts";
import { createPipelineOps, type Host } from "./pipeline-ops.ts";
import { createSessions } from "./provenance.ts";
import { keepRetention } from "./retention.ts";

const NOW = Date.UTC(2026, 1, 3, 9);
const DAY_MS = 86_400_000;
let folder = "";
let store: Store;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "bylaw-host-"));
  store = await openStore({ folder, origin: null, now: () => NOW });
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The parts of a host that these settings concern. */
function hostOf(change: Partial<Config>): Host {
  const config = { ...defaultConfig(folder), ...change };
  return { config, store, now: () => NOW } as Host;
}

async function keep(text: string, at: number): Promise<string> {
  const bytes = Buffer.from(text);
  const digest = bodyDigest(bytes);
  const action = { id: text, facts: digest };
  const record = { v: 1, kind: "intent", at: new Date(at).toISOString(), action, decision: {} };
  await store.log.append(record as unknown as LedgerRecord, "sync", { digest, bytes });
  return digest;
}

const STOP: LedgerRecord = { v: 1, kind: "stop", at: "2026-02-03T09:00:00.000Z" };

describe("durability.reads", () => {
  it.each(["write", "sync"] as const)("%s is what a record waits for at least", async (reads) => {
    const append = vi.spyOn(store.log, "append");
    const { ops, holds } = createPipelineOps(
      hostOf({ durability: { reads } }),
      () => null,
      () => undefined,
      () => undefined,
      createSessions(NOW),
    );
    await ops.record(STOP, "write", null);
    await ops.record(STOP, "sync", null);
    expect(append.mock.calls.map(([, durability]) => durability)).toEqual([reads, "sync"]);
    holds.close();
  });
});

describe("log.bodies", () => {
  it("deletes what is older, at once, and says so in the log", async () => {
    const old = await keep("old", NOW - 3 * DAY_MS);
    const young = await keep("young", NOW - DAY_MS);
    const end = keepRetention(
      hostOf({ log: { publish: null, bodiesMs: 2 * DAY_MS } }),
      () => undefined,
    );
    await end();
    expect(await store.log.body(old)).toBeNull();
    expect(await store.log.body(young)).not.toBeNull();
    const last = Buffer.from(
      (await store.log.entry((await store.log.size()) - 1)) ?? [],
    ).toString();
    expect(JSON.parse(last)).toMatchObject({ subject: "bodies", id: "1", by: "bylaw" });
  });

  it("keeps everything where it is not set", async () => {
    const old = await keep("old", 0);
    await keepRetention(hostOf({ log: { publish: null, bodiesMs: null } }), () => undefined)();
    expect(await store.log.body(old)).not.toBeNull();
  });

  it("says what failed, and ends all the same", async () => {
    const said: string[] = [];
    await keep("old", 0);
    vi.spyOn(store, "prune").mockRejectedValue(new Error("the disk is full"));
    await keepRetention(hostOf({ log: { publish: null, bodiesMs: DAY_MS } }), (line) =>
      said.push(line),
    )();
    expect(said).toEqual(["retention: bodies were not deleted: the disk is full"]);
  });
});
