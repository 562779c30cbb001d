import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { LedgerRecord } from "@bylaw/core";
import { encodeProof, proveEntry, publish } from "@bylaw/ledger";
import { openStore, type Store } from "@bylaw/store";

/** Around every place where the layout changes: bundles, tiles, the third level. */
const SIZES = [0, 1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 100_000];
const QUICK = SIZES.filter((size) => size < 1_000);
const HERE = dirname(fileURLToPath(import.meta.url));

interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly said: string;
}

interface Programs {
  readonly verify: string;
  readonly proof: string;
}

function buildAll(folder: string): Programs | null {
  const verify = build(folder, "verify.go");
  const proof = build(folder, "proof/proof.go");
  return verify === null || proof === null ? null : { verify, proof };
}

/** Debian's golang-go and golang-golang-x-mod-dev, as installed by apt. */
function build(folder: string, source: string): string | null {
  const program = join(folder, basename(source, ".go"));
  const env = {
    ...process.env,
    GO111MODULE: "off",
    GOPATH: "/usr/share/gocode",
    GOCACHE: join(folder, "cache"),
  };
  const built = spawnSync("go", ["build", "-o", program, join(HERE, source)], { env });
  return built.status === 0 ? program : null;
}

async function grow(store: Store, size: number): Promise<void> {
  for (let at = await store.log.size(); at < size; ) {
    const count = Math.min(1_000, size - at);
    await Promise.all(
      Array.from({ length: count }, (_, offset) =>
        store.log.append(changeOf(String(at + offset)), "write", null),
      ),
    );
    at += count;
  }
}

function changeOf(id: string): LedgerRecord {
  const at = "2026-02-03T09:00:00.000Z";
  return { v: 1, kind: "change", at, subject: "agent", id, before: null, after: null, by: "ann" };
}

async function publishTo(store: Store, folder: string): Promise<void> {
  await store.log.checkpoint();
  for await (const { path, bytes } of publish(store.log.archive())) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}

/** Damages that every verifier must refuse, to a log of 513 entries. */
const MUTATIONS: Readonly<Record<string, (folder: string) => void>> = {
  "a byte of an entry": (folder) => flip(join(folder, "tile/entries/001"), 100),
  "a byte of a level-0 tile": (folder) => flip(join(folder, "tile/0/000"), 8_000),
  "a byte of a level-1 tile": (folder) => flip(join(folder, "tile/1/000.p/2"), 40),
  "a byte of the checkpoint's root": (folder) => flip(join(folder, "checkpoint"), 25),
  "a cut bundle": (folder) => {
    const file = join(folder, "tile/entries/001");
    writeFileSync(file, readFileSync(file).subarray(0, -1));
  },
  "a missing tile": (folder) => rmSync(join(folder, "tile/0/001")),
  "exchanged bundles": (folder) => {
    const [first, second] = ["tile/entries/000", "tile/entries/001"].map((p) => join(folder, p));
    renameSync(first as string, `${first}.old`);
    renameSync(second as string, first as string);
    renameSync(`${first}.old`, second as string);
  },
};

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

/** Checks the checkpoint's signature with nothing but openssl. */
function openssl(note: string, vkey: string, folder: string): Outcome {
  const [text = "", line = ""] = note.split("\n\n");
  const signature = Buffer.from(line.trim().split(" ").at(-1) ?? "", "base64").subarray(4);
  const key = Buffer.from(vkey.split("+").slice(2).join("+"), "base64").subarray(1);
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]);
  const path = (name: string): string => join(folder, name);
  writeFileSync(path("text"), `${text}\n`);
  writeFileSync(path("sig"), signature);
  writeFileSync(path("pub.der"), der);
  const options = ["-verify", "-pubin", "-keyform", "DER", "-inkey", path("pub.der"), "-rawin"];
  const ran = spawnSync("openssl", [
    "pkeyutl",
    ...options,
    "-in",
    path("text"),
    "-sigfile",
    path("sig"),
  ]);
  return { name: "openssl", passed: ran.status === 0, said: String(ran.stdout).trim() };
}

/** Entries that a proof file is made for, in a log of this many. */
function provenOf(size: number): readonly number[] {
  return [...new Set([0, 255, 256, Math.floor(size / 2), size - 1])].filter(
    (at) => at >= 0 && at < size,
  );
}

/** Changes to a proof file of entry 7 that every verifier must refuse. */
const FORGERIES: Readonly<Record<string, (text: string) => string>> = {
  "a proof of another entry": (text) => text.replace(/^extra .{8}/m, "extra AAAAAAAA"),
  "a proof of another index": (text) => text.replace("index 7", "index 8"),
  "a proof that is too short": (text) => text.replace(/(index 7\n).*\n/, "$1"),
  "a proof under another checkpoint": (text) => text.replace(/\n\d+\n/, "\n9999\n"),
};

async function run(work: string, programs: Programs, sizes: readonly number[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const store = await openStore({ folder: join(work, "data"), origin: null, now: Date.now });
  const { vkey } = store.log;
  const published = (size: number): string => join(work, `published-${size}`);
  const judge = (program: string, name: string, wanted: boolean, args: readonly string[]): void => {
    const ran = spawnSync(program, args, { encoding: "utf8" });
    const said = ran.stdout.trim();
    outcomes.push({ name, passed: (ran.status === 0) === wanted && said !== "", said });
  };
  const verify = (name: string, wanted: boolean, ...args: string[]): void =>
    judge(programs.verify, name, wanted, args);
  const prove = (name: string, wanted: boolean, text: string): void => {
    const file = join(work, "entry.tlog-proof");
    writeFileSync(file, text);
    judge(programs.proof, name, wanted, [file, vkey]);
  };
  const proofOf = async (index: number): Promise<string> => {
    const proof = await proveEntry(store.log.archive(), index);
    if (!proof.ok) throw new Error(proof.error.message);
    return encodeProof(proof.value);
  };

  for (const size of sizes) {
    await grow(store, size);
    await publishTo(store, published(size));
    verify(`${size} entries`, true, published(size), vkey);
    for (const index of provenOf(size))
      prove(`entry ${index} of ${size}`, true, await proofOf(index));
  }
  const first = join(published(1), "checkpoint");
  const last = published(sizes.at(-1) ?? 0);
  verify("continues an old checkpoint", true, last, vkey, first);
  verify("rolled back", false, published(512), vkey, join(published(513), "checkpoint"));
  for (const [name, damage] of Object.entries(MUTATIONS)) {
    const folder = join(work, "damaged");
    cpSync(published(513), folder, { recursive: true });
    damage(folder);
    verify(name, false, folder, vkey);
    rmSync(folder, { recursive: true });
  }
  const genuine = await proofOf(7);
  for (const [name, forge] of Object.entries(FORGERIES)) {
    if (forge(genuine) === genuine) throw new Error(`${name} is not forged`);
    prove(name, false, forge(genuine));
  }
  outcomes.push(openssl(readFileSync(join(last, "checkpoint"), "utf8"), vkey, work));
  await store.close();
  return outcomes;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
    },
  });
  const sizes = values.quick ? QUICK : SIZES;
  const work = mkdtempSync(join(tmpdir(), "bylaw-go-"));
  try {
    const programs = buildAll(work);
    if (programs === null) {
      const proofs = sizes.reduce((sum, size) => sum + provenOf(size).length, 0);
      const refused = Object.keys(MUTATIONS).length + Object.keys(FORGERIES).length;
      const skipped = sizes.length + proofs + 3 + refused;
      console.error("go or golang.org/x/mod is not installed: nothing was verified");
      if (values.json) console.log(JSON.stringify({ passed: 0, failed: 0, skipped }));
      else console.log(`0 passed, 0 failed, ${skipped} skipped`);
      return process.env["CI"] === "true" ? 1 : 0;
    }
    const outcomes = await run(work, programs, sizes);
    const failed = outcomes.filter(({ passed }) => !passed).length;
    const passed = outcomes.length - failed;
    if (values.json) console.log(JSON.stringify({ passed, failed, skipped: 0, outcomes }));
    else {
      for (const { name, passed: held, said } of outcomes)
        console.log(`${held ? "passed" : "FAILED"}: ${name} (${said})`);
      console.log(`${passed} passed, ${failed} failed, 0 skipped`);
    }
    return failed === 0 ? 0 : 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

process.exitCode = await main();
