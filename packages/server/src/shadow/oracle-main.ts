import { constants, setPriority } from "node:os";
import { loadContent } from "@bylaw/bundle";
import { type Bundle, canonicalize, decide, type Json } from "@bylaw/core";
import { type FromOracle, LOADED_MAX, type ToOracle } from "./messages.ts";

/** Decides again with Cedar's own evaluator, one message after the other. Ends with its parent. */
const loaded = new Map<string, Bundle | null>();
let last: Promise<void> = Promise.resolve();

try {
  // An evaluation takes milliseconds that actions may be waiting for.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // Not everywhere may a process say so; it is no more than a courtesy.
}

process.on("message", (message: ToOracle) => {
  last = last.then(() => take(message));
});

async function take(message: ToOracle): Promise<void> {
  if (message.kind === "policies") return load(message);
  const { id, digest, facts } = message;
  const bundle = loaded.get(digest) ?? null;
  const decision = bundle === null ? null : canonicalize(decide(bundle, facts) as unknown as Json);
  process.send?.({ id, decision } satisfies FromOracle);
}

async function load({ digest, content }: Extract<ToOracle, { kind: "policies" }>): Promise<void> {
  const bundle = await loadContent(content, "oracle");
  loaded.set(digest, bundle.ok && bundle.value.digest === digest ? bundle.value : null);
  for (const old of [...loaded.keys()].slice(0, -LOADED_MAX)) loaded.delete(old);
}
