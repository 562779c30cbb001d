import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { LedgerRecord } from "@bylaw/core";
import { leafHash, proveInclusion, tileSubtrees, verify, verifyInclusion } from "@bylaw/ledger";
import { openArchive, openStore, type Store } from "@bylaw/store";
import { DatabaseSync } from "@photostructure/sqlite";
import { type Figure, met, percentile, render } from "./figures.ts";

const ENTRY_BYTES = 1_000;

interface Sizes {
  /** Entries per number of callers. */
  readonly entries: number;
  /** Single appends, each next to a bare commit. */
  readonly singles: number;
  /** Entries of the log that is proved from and verified. */
  readonly log: number;
  readonly proofs: number;
}

const QUICK: Sizes = { entries: 5_000, singles: 300, log: 50_000, proofs: 500 };
const FULL: Sizes = { entries: 50_000, singles: 2_000, log: 1_000_000, proofs: 2_000 };

/** An intent of about 1 KB, as a short tool call leaves it. */
function intentOf(id: string): LedgerRecord {
  const text = "x".repeat(ENTRY_BYTES - 720);
  return {
    v: 1,
    kind: "intent",
    at: "2026-02-03T09:00:00.000Z",
    action: {
      id,
      gateway: "mcp",
      upstream: "records",
      operation: "tools/call",
      target: "records.delete",
      session: "session",
      credential: "credential",
      assurance: "local",
      chain: [{ type: "Agent", id: "agent" }],
      effects: [
        { action: "delete", resource: { type: "Table", id: "customers" }, atMost: 1, known: true },
      ],
      provenance: { labels: [], origins: [], untrusted: false },
      arguments: "hmac:0000000000000000000000000000000000000000000000000000000000000000",
      digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000",
      facts: "sha256:none",
    },
    decision: {
      version: 1,
      outcome: "allow",
      reasons: [{ code: "bench", outcome: "allow", policy: "p", effect: 0, member: null, text }],
      requirements: [],
      obligations: [],
      claims: { approvals: [], grants: [] },
      wouldHave: [],
      bundle: "sha256:0000000000000000000000000000000000000000000000000000000000000000",
    },
  };
}

function figure(
  name: string,
  value: number,
  unit: string,
  target: Figure["target"] = null,
): Figure {
  return { name, value, unit, target };
}

/**
 * Entries per second that are on disk when their callers go on, and the microseconds of processor
 * time that each took in all threads.
 */
async function throughput(
  store: Store,
  callers: number,
  entries: number,
): Promise<{ readonly rate: number; readonly cpu_us: number }> {
  const each = Math.ceil(entries / callers);
  const used = process.cpuUsage();
  const started = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let at = 0; at < each; at += 1)
        await store.log.append(intentOf(`${callers}-${caller}-${at}`), "sync", null);
    }),
  );
  const count = callers * each;
  const rate = count / ((performance.now() - started) / 1_000);
  const { user, system } = process.cpuUsage(used);
  return { rate, cpu_us: (user + system) / count };
}

/**
 * Runs `work`, then nothing for as long. Out: p99.9 of the event-loop delay in
 * milliseconds, idle and at work, and what `work` came to: what the machine does besides is in both.
 */
async function withIdle<T>(work: () => Promise<T>): Promise<readonly [number, T, number]> {
  const busy = monitorEventLoopDelay({ resolution: 1 });
  const started = performance.now();
  busy.enable();
  const result = await work();
  busy.disable();
  const idle = monitorEventLoopDelay({ resolution: 1 });
  idle.enable();
  await new Promise((resolve) => setTimeout(resolve, performance.now() - started));
  idle.disable();
  return [idle.percentile(99.9) / 1e6, result, busy.percentile(99.9) / 1e6];
}

/** Microseconds of single appends and of bare commits, taken in turn under the same load. */
async function singles(
  store: Store,
  folder: string,
  count: number,
): Promise<{ readonly append: number[]; readonly bare: number[] }> {
  const db = new DatabaseSync(join(folder, "bare.db"));
  db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
  db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT");
  const insert = db.prepare("INSERT INTO t (bytes) VALUES (?)");
  const [append, bare]: [number[], number[]] = [[], []];
  for (let at = 0; at < count; at += 1) {
    const record = intentOf(`single-${at}`);
    const bytes = Buffer.from(JSON.stringify(record));
    const first = performance.now();
    insert.run(bytes);
    const second = performance.now();
    await store.log.append(record, "sync", null);
    bare.push((second - first) * 1_000);
    append.push((performance.now() - second) * 1_000);
  }
  db.close();
  return { append, bare };
}

async function measureWrites(
  folder: string,
  sizes: Sizes,
  report: (figure: Figure) => void,
): Promise<void> {
  const store = await openStore({ folder, origin: null, now: Date.now });
  const { append, bare } = await singles(store, folder, sizes.singles);
  report(figure("bare SQLite FULL commit, p50", percentile(bare, 0.5), "us"));
  report(figure("single durable append, p50", percentile(append, 0.5), "us"));
  report(figure("single durable append, p99", percentile(append, 0.99), "us"));
  const over = percentile(append, 0.5) - percentile(bare, 0.5);
  report(
    figure("single durable append over a bare commit, p50", over, "us", {
      bound: "at most",
      value: 100,
    }),
  );
  const quarter = percentile(append, 0.25) - percentile(bare, 0.25);
  report(figure("the same, p25: with less of what else the machine does", quarter, "us"));
  for (const callers of [1, 8, 32, 128]) {
    const entries = callers === 1 ? sizes.entries / 5 : sizes.entries;
    const [idle, { rate, cpu_us }, busy] = await withIdle(() =>
      throughput(store, callers, entries),
    );
    const target = callers === 128 ? ({ bound: "at least", value: 20_000 } as const) : null;
    report(figure(`durable entries, ${callers} callers`, rate, "/s", target));
    report(figure("processor time of each, all threads", cpu_us, "us"));
    if (callers !== 128) continue;
    report(figure("event-loop delay of an idle loop, p99.9", idle, "ms"));
    report(figure("event-loop delay meanwhile, p99.9", busy, "ms"));
    const caused = Math.max(0, busy - idle);
    report(figure("event-loop delay caused, p99.9", caused, "ms", { bound: "at most", value: 10 }));
  }
  await store.close();
}

async function measureReads(
  folder: string,
  sizes: Sizes,
  report: (figure: Figure) => void,
): Promise<void> {
  const store = await openStore({ folder, origin: null, now: Date.now });
  const { origin, vkey } = store.log;
  for (let size = 0; size < sizes.log; size += 1_000)
    await Promise.all(
      Array.from({ length: 1_000 }, (_, at) =>
        store.log.append(intentOf(`${size + at}`), "write", null),
      ),
    );
  await store.close();

  const archive = openArchive(folder);
  const { size, root } = await archive.head();
  const subtrees = tileSubtrees(archive, size);
  const times: number[] = [];
  for (let at = 0; at < sizes.proofs; at += 1) {
    const index = Math.floor((at * 7_919 * 131) % size);
    const started = performance.now();
    const proof = await proveInclusion(subtrees, index, size);
    times.push(performance.now() - started);
    const bundle = await archive.bundle(Math.floor(index / 256), (index % 256) + 1);
    if (!proof.ok || bundle === null) throw new Error("the log lacks a tile");
    const length = entryAtEnd(bundle);
    if (!verifyInclusion(index, size, leafHash(length), proof.value, root))
      throw new Error("a proof does not verify");
  }
  const name = `inclusion proof out of ${size.toLocaleString("en")} entries`;
  report(figure(`${name}, p50`, percentile(times, 0.5), "ms", { bound: "at most", value: 1 }));
  report(figure(`${name}, p99`, percentile(times, 0.99), "ms"));

  const scanned = scanWithCommand(folder, size);
  report(
    figure("entries searched by `audit query`, whole command", scanned, "/s", {
      bound: "at least",
      value: 100_000,
    }),
  );

  for (const records of [false, true]) {
    const started = performance.now();
    const used = process.cpuUsage();
    const result = await verify(archive, { origin, vkeys: [vkey], checkpoints: [], records });
    if (!result.ok || !result.value.ok) throw new Error("the log does not verify");
    const rate = size / ((performance.now() - started) / 1_000);
    const { user, system } = process.cpuUsage(used);
    const perCpu = size / ((user + system) / 1e6);
    const what = records ? "proofs, canonical form and links" : "proofs";
    report(
      figure(`verified entries, ${what}`, rate, "/s", {
        bound: "at least",
        value: records ? 30_000 : 120_000,
      }),
    );
    report(figure("the same per second of processor time", perCpu, "/s"));
  }
  archive.close();
}

/** Entries per second of a search that finds nothing, process start included. */
function scanWithCommand(folder: string, size: number): number {
  const command = fileURLToPath(new URL("../../packages/cli/bin/bylaw.js", import.meta.url));
  const started = performance.now();
  const args = ["audit", "query", "--agent", "nobody", "--data", folder];
  const ran = spawnSync(process.execPath, [command, ...args], { encoding: "utf8" });
  if (ran.status !== 1 || ran.stdout !== "") throw new Error(`the search failed: ${ran.stderr}`);
  return size / ((performance.now() - started) / 1_000);
}

/** The last entry of a bundle. */
function entryAtEnd(bundle: Uint8Array): Uint8Array {
  for (let at = 0; ; ) {
    const end = at + 2 + (((bundle[at] ?? 0) << 8) | (bundle[at + 1] ?? 0));
    if (end >= bundle.length) return bundle.subarray(at + 2, end);
    at = end;
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
    },
  });
  const sizes = values.quick ? QUICK : FULL;
  const figures: Figure[] = [];
  const report = (measured: Figure): void => {
    figures.push(measured);
    if (!values.json) console.log(render(measured));
  };
  for (const measure of [measureWrites, measureReads]) {
    const folder = mkdtempSync(join(tmpdir(), "bylaw-bench-"));
    try {
      await measure(folder, sizes, report);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  if (values.json)
    console.log(
      JSON.stringify({
        node: process.version,
        quick: values.quick,
        entryBytes: ENTRY_BYTES,
        figures: figures.map((measured) => ({ ...measured, met: met(measured) })),
      }),
    );
}

await main();
