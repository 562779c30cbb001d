import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  checkpointIn,
  cosignaturesOn,
  createMemoryLog,
  encodeSigningKey,
  encodeSubmission,
  type MemoryLog,
  type NoteSigner,
  parseSigningKey,
  parseWitnessVkey,
  proveConsistency,
  sha256,
  tileSubtrees,
} from "@bylaw/ledger";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { addressOf, closeServer, listenOn } from "../host/listening.ts";
import { logListener } from "../log/log-files.ts";
import { createWitnessFolder, openWitnessFolder, resetWitness } from "./state.ts";
import { startWitness, type WitnessServer } from "./witness-server.ts";

const ORIGIN = "test/log";
const signer = take(parseSigningKey(encodeSigningKey(ORIGIN, new Uint8Array(32).fill(5))));

let folder: string;
let running: { stop(): Promise<void> }[];
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bylaw-witness-"));
  running = [];
  said = [];
});

afterEach(async () => {
  for (const one of running) await one.stop();
  rmSync(folder, { recursive: true, force: true });
});

function take<T>(result: { ok: true; value: T } | { ok: false; error: { code: string } }): T {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}

/** A log of so many entries, all signed; another salt is another history. */
function logOf(size: number, salt = "", by: NoteSigner = signer): MemoryLog {
  const log = createMemoryLog(by);
  grow(log, size, salt);
  return log;
}

function grow(log: MemoryLog, entries: number, salt = ""): string {
  for (let at = 0; at < entries; at += 1) log.append(Buffer.from(`${at}${salt}`));
  return log.sign();
}

function make(url = ""): string {
  const { vkey } = take(createWitnessFolder(folder, "w.example/1"));
  writeFileSync(join(folder, "logs"), `log ${signer.vkey} ${url}\n`);
  return vkey;
}

async function start(followMs: number | null = null): Promise<WitnessServer> {
  const started = await startWitness({
    folder,
    listen: { host: "127.0.0.1", port: 0 },
    followMs,
    say: (line) => said.push(line),
  });
  if (!started.ok) throw new Error(started.error.code);
  running.push(started.value);
  return started.value;
}

async function add(
  witness: WitnessServer,
  old: number,
  note: string,
  log: MemoryLog | null = null,
): Promise<{ readonly status: number; readonly type: string | null; readonly text: string }> {
  const size = checkpointIn(note)?.size ?? 0;
  const proof =
    log === null || old === 0
      ? []
      : take(await proveConsistency(tileSubtrees(log, size), old, size));
  const body = encodeSubmission({ old, proof, note });
  const answer = await fetch(`${witness.address}/add-checkpoint`, { method: "POST", body });
  const type = answer.headers.get("content-type");
  return { status: answer.status, type, text: await answer.text() };
}

function evidence(): readonly { kind: string; notes: string[] }[] {
  try {
    const place = join(folder, "evidence");
    return readdirSync(place).map((name) => JSON.parse(readFileSync(join(place, name), "utf8")));
  } catch {
    return [];
  }
}

async function last(witness: WitnessServer): Promise<string> {
  const page = Buffer.from(sha256(Buffer.from(ORIGIN))).toString("hex");
  return await (await fetch(`${witness.address}/${page}/checkpoint`)).text();
}

describe("a witness", () => {
  it("cosigns a log as it grows, and shows what it has cosigned", async () => {
    const verifier = take(parseWitnessVkey(make()));
    const witness = await start();
    const log = logOf(5);
    const first = log.sign();
    const cosigned = await add(witness, 0, first);
    expect(cosigned).toMatchObject({ status: 200 });
    expect(take(cosignaturesOn(first + cosigned.text, [verifier]))).toHaveLength(1);
    const second = grow(log, 300);
    const again = await add(witness, 5, second, log);
    expect(again.status).toBe(200);
    expect(await last(witness)).toBe(second + again.text);
  });

  it("answers a stale old size with its own, as the protocol says", async () => {
    make();
    const witness = await start();
    const log = logOf(5);
    await add(witness, 0, log.sign());
    const answer = await add(witness, 3, grow(log, 4), log);
    expect(answer).toEqual({ status: 409, type: "text/x.tlog.size", text: "5\n" });
  });

  it("cosigns one of two histories, however many submit at the same moment", async () => {
    make();
    const witness = await start();
    const notes = ["a", "b", "c", "d", "e"].map((salt) => logOf(8, salt).sign());
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => add(witness, 0, notes[at % notes.length] ?? "")),
    );
    const accepted = answers.filter(({ status }) => status === 200);
    expect(accepted).toHaveLength(1);
    expect(await last(witness)).toContain(accepted[0]?.text);
  });

  it("refuses a fork and keeps both signed notes", async () => {
    make();
    const witness = await start();
    const honest = logOf(8);
    await add(witness, 0, honest.sign());
    const fork = logOf(8, "other").sign();
    expect((await add(witness, 8, fork)).status).toBe(422);
    expect(evidence()).toMatchObject([{ kind: "forked", notes: [await last(witness), fork] }]);
    expect((await add(witness, 8, fork)).status).toBe(422);
    expect(evidence()).toHaveLength(1);
    const longer = logOf(12, "other");
    expect((await add(witness, 8, longer.sign(), longer)).status).toBe(422);
    expect((await add(witness, 8, grow(honest, 1), honest)).status).toBe(200);
  });

  it("goes on after a restart where it was", async () => {
    make();
    const log = logOf(5);
    const first = await start();
    await add(first, 0, log.sign());
    await first.stop();
    const second = await start();
    expect((await add(second, 0, logOf(5, "other").sign())).status).toBe(409);
    expect((await add(second, 5, grow(log, 2), log)).status).toBe(200);
  });

  it("is one process at a time", async () => {
    make();
    await start();
    const options = { folder, listen: { host: "127.0.0.1", port: 0 }, say: () => undefined };
    expect(await startWitness(options)).toMatchObject({ error: { code: "store.owned" } });
  });

  it("answers nothing but its protocol", async () => {
    make();
    const { address } = await start();
    const status = async (path: string, method: string, body?: string): Promise<number> =>
      (await fetch(address + path, { method, ...(body === undefined ? {} : { body }) })).status;
    expect(await status("/add-checkpoint", "GET")).toBe(405);
    expect(await status("/add-checkpoint", "POST", "x")).toBe(400);
    expect(await status("/add-checkpoint", "POST", "x".repeat(70_000))).toBe(413);
    expect(await status("/add-checkpoint?x", "POST", "x")).toBe(404);
    expect(await status("/state.json", "GET")).toBe(404);
    expect(await status("/status", "POST", "x")).toBe(405);
    expect(await status("/status", "GET")).toBe(200);
  });
});

describe("the memory of a witness", () => {
  it("that is lost or does not read stops it until a person resets it", async () => {
    make();
    const witness = await start();
    await add(witness, 0, logOf(5).sign());
    await witness.stop();
    const state = join(folder, "state.json");
    const text = readFileSync(state, "utf8");
    writeFileSync(state, text.slice(0, -20));
    expect(openWitnessFolder(folder)).toMatchObject({ error: { code: "witness.state_corrupt" } });
    writeFileSync(state, text.replace("test/log\\n5", "test/log\\n4"));
    expect(openWitnessFolder(folder)).toMatchObject({ error: { code: "witness.state_corrupt" } });
    rmSync(state);
    expect(openWitnessFolder(folder)).toMatchObject({ error: { code: "witness.state_lost" } });
    expect(createWitnessFolder(folder, "w.example/1")).toMatchObject({
      error: { code: "witness.exists" },
    });
    expect(resetWitness(folder, null, 0)).toMatchObject({ ok: true });
    expect(openWitnessFolder(folder).ok).toBe(true);
  });

  it("that was put back shows in a cosignature that it does not remember", async () => {
    make();
    const witness = await start();
    const log = logOf(5);
    await add(witness, 0, log.sign());
    const older = readFileSync(join(folder, "state.json"));
    const note = grow(log, 5);
    const { text } = await add(witness, 5, note, log);
    await witness.stop();
    writeFileSync(join(folder, "state.json"), older);
    const rolledBack = await start();
    expect((await add(rolledBack, 5, note + text, log)).status).toBe(500);
    expect(checkpointIn(await last(rolledBack))?.size).toBe(5);
  });

  it("of one log is forgotten on demand, and what was forgotten is kept", async () => {
    make();
    const witness = await start();
    const note = logOf(5).sign();
    await add(witness, 0, note);
    await witness.stop();
    expect(resetWitness(folder, null, 0)).toMatchObject({ error: { code: "witness.exists" } });
    expect(resetWitness(folder, "other", 0)).toMatchObject({
      error: { code: "witness.not_followed" },
    });
    const forgotten = take(resetWitness(folder, ORIGIN, 0));
    expect(forgotten[0]?.startsWith(note)).toBe(true);
    expect(evidence()).toMatchObject([{ kind: "reset", notes: forgotten }]);
    expect((await add(await start(), 0, logOf(3, "other").sign())).status).toBe(200);
  });
});

describe("a witness that follows a log", () => {
  /** Serves whichever log is in `shown` at the time. */
  async function publish(shown: { log: MemoryLog }): Promise<string> {
    const server = createServer((request, response) =>
      logListener(shown.log, () => shown.log.checkpoint(), null)(request, response),
    );
    await listenOn(server, 0, "127.0.0.1");
    running.push({ stop: () => closeServer(server) });
    return `${addressOf(server)}/log`;
  }

  it("cosigns what it finds, and names a fork and a rollback", async () => {
    const shown = { log: logOf(300) };
    make(await publish(shown));
    const witness = await start(20);
    await vi.waitFor(async () => expect(await last(witness)).toContain("\n300\n"));
    grow(shown.log, 400);
    await vi.waitFor(async () => expect(await last(witness)).toContain("\n700\n"));
    const honest = shown.log;
    shown.log = logOf(300);
    await vi.waitFor(() => expect(evidence().map(({ kind }) => kind)).toEqual(["rolled_back"]));
    shown.log = logOf(800, "other");
    await vi.waitFor(() => expect(evidence().map(({ kind }) => kind)).toContain("forked"));
    shown.log = logOf(700, "other");
    await vi.waitFor(() =>
      expect(evidence().filter(({ kind }) => kind === "forked")).toHaveLength(2),
    );
    expect(await last(witness)).toContain("\n700\n");
    shown.log = honest;
    grow(honest, 1);
    await vi.waitFor(async () => expect(await last(witness)).toContain("\n701\n"));
    expect(said.some((line) => line.startsWith(`forked ${ORIGIN}`))).toBe(true);
  });

  it("does not take an older checkpoint of the same history for a rollback", async () => {
    const log = logOf(300);
    const older = log.sign();
    grow(log, 400);
    const newest = await log.checkpoint();
    let offered = newest;
    const server = createServer((request, response) =>
      logListener(log, async () => offered, null)(request, response),
    );
    await listenOn(server, 0, "127.0.0.1");
    running.push({ stop: () => closeServer(server) });
    make(`${addressOf(server)}/log`);
    const witness = await start(20);
    await vi.waitFor(async () => expect(await last(witness)).toContain("\n700\n"));
    offered = older;
    await vi.waitFor(() => expect(said).toContain(`lagging ${ORIGIN}`));
    expect(evidence()).toEqual([]);
  });
});
