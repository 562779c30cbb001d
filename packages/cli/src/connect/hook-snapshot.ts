import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * For making and for starting alike: a snapshot starts with the flags that it was made with. The first
 * spares a hash seed of its own at each start, which takes Node a sixth of that start: nothing that others
 * write becomes a key in the hook's program before it is known to be the gateway's. The others spare
 * threads and compilers that so short a program has no use for.
 */
const FLAGS = ["--no-rehash-snapshot", "--v8-pool-size=0", "--no-opt", "--no-sparkplug"];
/** Milliseconds for making one, or for trying it. */
const LIMIT_MS = 20_000;
/** What the program ends with when it is given nothing to do. */
const REFUSED = 2;

/** Node's arguments that start a snapshot; those of the program follow. */
export function snapshotArguments(file: string): readonly string[] {
  return [...FLAGS, "--snapshot-blob", file];
}

/**
 * The hook's program as it lies in memory once it is loaded (Node docs, "Startup Snapshot API"): starting
 * that is cheaper than loading it. Only the very Node that made it starts it; others end with an error.
 *
 * In: path of the program. Out: null where this Node makes none that starts.
 */
export function makeSnapshot(program: string): Uint8Array | null {
  if (process.platform === "win32") return null;
  const folder = mkdtempSync(join(tmpdir(), "bylaw-snapshot-"));
  try {
    const [file, how] = [join(folder, "snapshot"), join(folder, "how.json")];
    // Code that Node brings along would double the file, and is in Node anyway.
    writeFileSync(how, JSON.stringify({ builder: program, withoutCodeCache: true }));
    const made = node([...snapshotArguments(file), "--build-snapshot-config", how]);
    return made === 0 && snapshotStarts(file) ? readFileSync(file) : null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether this Node can start it. */
export function snapshotStarts(file: string): boolean {
  return node(snapshotArguments(file)) === REFUSED;
}

/** Exit code; null where there is none. In an empty environment, as clients start it. */
function node(args: readonly string[]): number | null {
  return spawnSync(process.execPath, args, { env: {}, stdio: "ignore", timeout: LIMIT_MS }).status;
}
