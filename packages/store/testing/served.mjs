// A process that owns a store and does what its parent asks, one message for every question.
// It runs from the built package, as a user's process would.
import { openStore } from "@bylaw/store";

const [folder] = process.argv.slice(2);
const at = "2026-02-03T09:00:00.000Z";
let store = null;

function intent(id) {
  return { v: 1, kind: "intent", at, action: { id, facts: "sha256:none" }, decision: {} };
}

const does = {
  open: async () => {
    store = await openStore({ folder, origin: "test", now: Date.now });
  },
  append: (id, durability) => store.log.append(intent(id), durability, null),
  healthy: async () => store.healthy(),
  close: () => store.close(),
};

async function answer({ id, op, args }) {
  try {
    process.send({ id, value: (await does[op](...args)) ?? null });
  } catch (error) {
    process.send({ id, code: error.code ?? "none", message: error.message });
  }
}

process.on("message", (message) => void answer(message));
process.on("disconnect", () => process.exit(0));
