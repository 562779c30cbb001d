import { type ChangeRecord, canonicalTime } from "@bylaw/core";
import { keyId, readPublicKey } from "@bylaw/identity";
import type { Store, StoredFactor } from "@bylaw/store";
import { describeFactor } from "./enrolment.ts";

/** Stands where a person who vouched would stand: nobody did. */
const RECOVERY = "(recovery)";

export interface Recovery {
  readonly person: string;
  /** Base64 SPKI of an Ed25519 key, whose other half is sealed under a passphrase elsewhere. */
  readonly publicKey: string;
  /** Why; it goes into the log. */
  readonly reason: string;
  /** Name at the operating system of who does it. */
  readonly by: string;
}

export type RecoveryError =
  | "factor.not_found"
  | "factor.public_key"
  | "factor.too_many"
  | "factor.exists";

/**
 * Gives a person who has lost all factors a new one in their place, where nobody can vouch for it: on the
 * store of a gateway that does not run. Recorded as an alarm before anything changes. There is no moment
 * without a factor, in which the token alone would approve. Out: how many were taken away, and the new id.
 */
export async function recoverFactors(
  store: Pick<Store, "factors" | "log">,
  { person, publicKey, reason, by }: Recovery,
  now: number,
): Promise<
  { readonly removed: number; readonly factor: string } | { readonly error: RecoveryError }
> {
  if (readPublicKey(publicKey) === null) return { error: "factor.public_key" };
  const lost = await store.factors.list(person);
  // Who never had one is enrolled: that asks others who have.
  if (lost.length === 0) return { error: "factor.not_found" };
  const factor: StoredFactor = {
    id: keyId(publicKey),
    person,
    kind: "passphrase",
    material: publicKey,
    created: now,
    addedBy: RECOVERY,
    last: 0,
  };
  const at = canonicalTime(now);
  const record = (entry: Parameters<Store["log"]["append"]>[0]): Promise<unknown> =>
    store.log.append(entry, "sync", null);
  const changed = (of: StoredFactor, change: Pick<ChangeRecord, "before" | "after">) =>
    record({
      v: 1,
      kind: "change",
      at,
      subject: "factor",
      id: `${person}/${of.id}`,
      ...change,
      by: RECOVERY,
    });
  const text = `the factors of ${person} were replaced at the machine: ${reason}`;
  await record({
    v: 1,
    kind: "alarm",
    at,
    code: "factor.recovered",
    bundle: null,
    action: null,
    by,
    text,
  });
  await changed(factor, { before: null, after: describeFactor(factor) });
  const added = await store.factors.add({ ...factor, first: false });
  if (added !== "added") {
    await changed(factor, { before: describeFactor(factor), after: null });
    return { error: added === "factor.not_first" ? "factor.exists" : added };
  }
  for (const old of lost) {
    await changed(old, { before: describeFactor(old), after: null });
    await store.factors.remove(person, old.id);
  }
  return { removed: lost.length, factor: factor.id };
}
