import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  checkpointIn,
  cosignaturesOn,
  createMemoryLog,
  encodeSigningKey,
  type MemoryLog,
  parseSigningKey,
  parseVerifierKey,
  parseWitnessVkey,
} from "@bylaw/ledger";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createWitnessFolder } from "../witness/state.ts";
import { startWitness, type WitnessServer } from "../witness/witness-server.ts";
import { type Checkpoints, COSIGNED_FILE, watchCheckpoints } from "./checkpoints.ts";
import { exchange } from "./exchange.ts";

const signer = take(parseSigningKey(encodeSigningKey("test/log", new Uint8Array(32).fill(5))));
const LATER = { timeout: 10_000, interval: 20 };

let place: string;
let log: MemoryLog;
let witnesses: WitnessServer[];
let closing: { close(): void }[];
let said: string[];

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), "bylaw-checkpoints-"));
  log = createMemoryLog(signer);
  closing = [];
  said = [];
  witnesses = await Promise.all([1, 2, 3].map((at) => witness(at, 0)));
});

afterEach(async () => {
  for (const one of closing) one.close();
  for (const one of witnesses) await one.stop();
  rmSync(place, { recursive: true, force: true });
});

function take<T>(result: { ok: true; value: T } | { ok: false; error: { code: string } }): T {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}

async function witness(at: number, port: number): Promise<WitnessServer> {
  const folder = join(place, `w${at}`);
  if (createWitnessFolder(folder, `w${at}`).ok)
    writeFileSync(join(folder, "logs"), `log ${signer.vkey}\n`);
  const listen = { host: "127.0.0.1", port };
  return take(await startWitness({ folder, listen, followMs: null, say: () => undefined }));
}

function grow(entries: number, salt = ""): void {
  for (let at = 0; at < entries; at += 1) log.append(Buffer.from(`${at}${salt}`));
  log.sign();
}

async function watch(): Promise<Checkpoints> {
  const watching = await watchCheckpoints({
    folder: place,
    log,
    origin: signer.name,
    verifier: take(parseVerifierKey(signer.vkey)),
    witnesses: witnesses.map(({ address: url, vkey }, at) => ({
      name: `w${at + 1}`,
      url,
      vkey,
      verifier: take(parseWitnessVkey(vkey)),
    })),
    exchange,
    now: Date.now,
    say: (line) => said.push(line),
  });
  closing.push(watching);
  return watching;
}

/** Size of the published checkpoint, and how many witnesses have signed it. */
async function published(watching: Checkpoints): Promise<readonly [number, number]> {
  const note = (await watching.published()) ?? "";
  const verifiers = witnesses.map(({ vkey }) => take(parseWitnessVkey(vkey)));
  return [checkpointIn(note)?.size ?? -1, take(cosignaturesOn(note, verifiers)).length];
}

describe("a log with witnesses", () => {
  it("publishes what most of them have cosigned, while one is away and after", async () => {
    grow(5);
    const watching = await watch();
    await vi.waitFor(async () => expect(await published(watching)).toEqual([5, 3]), LATER);
    const { port } = new URL(witnesses[2]?.address ?? "");
    await witnesses[2]?.stop();
    grow(300);
    await vi.waitFor(async () => expect(await published(watching)).toEqual([305, 2]), LATER);
    expect(watching.newest()).toBe(await log.checkpoint());
    expect(watching.status()[2]).toMatchObject({ size: 5, problem: "witness.unreachable" });
    expect(said).toEqual(["witness w3 witness.unreachable"]);
    witnesses[2] = await witness(3, Number(port));
    await vi.waitFor(async () => expect(await published(watching)).toEqual([305, 3]), LATER);
    expect(watching.status()[2]).toEqual({ name: "w3", size: 305, problem: null });
  });

  it("keeps publishing the older checkpoint while most are away, also after a restart", async () => {
    grow(5);
    const watching = await watch();
    await vi.waitFor(async () => expect(await published(watching)).toEqual([5, 3]), LATER);
    await witnesses[0]?.stop();
    await witnesses[1]?.stop();
    grow(2);
    await vi.waitFor(() => expect(said).toHaveLength(2), LATER);
    expect(await published(watching)).toEqual([5, 3]);
    watching.close();
    const kept = readFileSync(join(place, COSIGNED_FILE), "utf8");
    expect(await (await watch()).published()).toBe(kept);
    writeFileSync(join(place, COSIGNED_FILE), kept.replace("\n5\n", "\n6\n"));
    expect(await (await watch()).published()).toBe(await log.checkpoint());
  });

  it("learns from the witnesses where they are, and is told when they have seen another history", async () => {
    grow(5);
    const first = await watch();
    await vi.waitFor(async () => expect(await published(first)).toEqual([5, 3]), LATER);
    first.close();
    grow(7);
    const second = await watch();
    await vi.waitFor(async () => expect(await published(second)).toEqual([12, 3]), LATER);
    second.close();
    log = createMemoryLog(signer);
    grow(20, "other");
    const forked = await watch();
    await vi.waitFor(
      () =>
        expect(forked.status().map(({ problem }) => problem)).toEqual(
          Array.from({ length: 3 }, () => "witness.forked"),
        ),
      LATER,
    );
    log = createMemoryLog(signer);
    grow(3);
    const rolledBack = await watch();
    await vi.waitFor(
      () => expect(rolledBack.status()[0]).toMatchObject({ size: 12, problem: "witness.ahead" }),
      LATER,
    );
  });
});

describe("a log without witnesses", () => {
  it("publishes what it has signed itself", async () => {
    await Promise.all(witnesses.map((one) => one.stop()));
    witnesses = [];
    grow(5);
    const watching = await watch();
    expect(await watching.published()).toBe(await log.checkpoint());
    grow(1);
    expect(await watching.published()).toBe(await log.checkpoint());
    await vi.waitFor(async () => expect(watching.newest()).toBe(await log.checkpoint()), LATER);
  });
});
