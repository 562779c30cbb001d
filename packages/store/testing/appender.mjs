// A process that appends as fast as it can and prints what was acknowledged, until it is killed.
// It runs from the built package, as a user's process would.
import { writeSync } from "node:fs";
import { openStore } from "@bylaw/store";

const [folder, run] = process.argv.slice(2);
const at = "2026-02-03T09:00:00.000Z";
const store = await openStore({ folder, origin: "test", now: Date.now });

function intent(id) {
  return { v: 1, kind: "intent", at, action: { id, facts: "sha256:none" }, decision: {} };
}

function outcome(action, index) {
  return { v: 1, kind: "outcome", at, action, intent: index, completion: "ok" };
}

async function caller(name) {
  for (let count = 0; ; count += 1) {
    const id = `${run}-${name}-${count}`;
    const durability = count % 2 === 0 ? "sync" : "write";
    const { index } = await store.log.append(intent(id), durability, null);
    writeSync(1, `${index} ${id}\n`);
    await store.log.append(outcome(id, index), "write", null);
  }
}

const start = { v: 1, kind: "start", at, version: "0", unclosed: await store.log.unclosed() };
await store.log.append(start, "sync", null);
writeSync(1, "ready\n");
await Promise.all(["a", "b", "c", "d", "e", "f", "g", "h"].map(caller));
