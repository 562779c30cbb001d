import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RecordReceipt } from "@bylaw/core";
import {
  assess,
  type CheckpointPolicy,
  checkpointIn,
  openCheckpoint,
  parseKept,
  parsePolicy,
  parseVerifierKey,
} from "@bylaw/ledger";
import { COSIGNED_FILE } from "@bylaw/server/log";
import { CommandError, EXIT } from "../exit.ts";
import { readInput } from "../input-file.ts";
import { originOf } from "../log.ts";

/** Bytes of a checkpoint, receipt or witness policy; each has a few lines. */
const KEPT_BYTES_MAX = 1_048_576;

/** How far a witness's clock may be ahead of this one. Seconds. */
const SKEW_S = 300;

/** A checkpoint that a policy accepts. */
export interface Assured {
  readonly note: string;
  /** Names, in the policy, of the witnesses that cosigned. */
  readonly witnesses: readonly string[];
  /** Oldest cosignature that counts, in seconds since the epoch; null when none was asked for. */
  readonly oldest: number | null;
}

/** A receipt or a bare checkpoint, in whichever form it was kept. */
export function readKept(file: string): RecordReceipt | { readonly checkpoint: string } {
  const kept = parseKept(readText(file, "checkpoint.unreadable"));
  if (kept.ok) return kept.value;
  throw new CommandError(EXIT.no, "receipt.malformed", `\`${file}\`: ${kept.error.message}`);
}

export function readPolicy(file: string): CheckpointPolicy {
  const policy = parsePolicy(readText(file, "policy.unreadable"));
  if (policy.ok) return policy.value;
  throw new CommandError(EXIT.usage, "policy.malformed", `\`${file}\`: ${policy.error.message}`);
}

function readText(file: string, code: string): string {
  try {
    return readInput(file, KEPT_BYTES_MAX);
  } catch {
    throw new CommandError(EXIT.usage, code, `cannot read \`${file}\``);
  }
}

/** The cosigned checkpoint that a gateway keeps in its data folder; null where it has none. */
export function readCosigned(folder: string): string | null {
  try {
    return readFileSync(join(folder, COSIGNED_FILE), "utf8");
  } catch {
    return null; // never cosigned: a policy that asks for it will say so
  }
}

/**
 * The largest of these checkpoints that the policy accepts. Throws `policy.unmet` when it accepts
 * none, and `policy.log` when it names other logs.
 */
export function assurance(
  policy: CheckpointPolicy,
  vkey: string,
  notes: readonly string[],
  { now, maxAgeMs }: { readonly now: number; readonly maxAgeMs: number | null },
): Assured {
  if (policy.logs.length > 0 && !policy.logs.some((log) => log.vkey === vkey))
    throw new CommandError(EXIT.no, "policy.log", "the policy does not name the log's key");
  const seconds = Math.floor(now / 1_000);
  const since = maxAgeMs === null ? 0 : seconds - Math.floor(maxAgeMs / 1_000);
  const key = parseVerifierKey(vkey);
  if (!key.ok) throw new CommandError(EXIT.usage, key.error.code, "--key is not a verifier key");
  const accepted = notes.flatMap((note) => {
    if (!openCheckpoint(note, originOf(vkey), [key.value]).ok) return [];
    const assessed = assess(policy, note, { since, until: seconds + SKEW_S });
    return assessed.ok && assessed.value.met ? [{ note, ...assessed.value }] : [];
  });
  const [best] = accepted.sort((a, b) => sizeOf(b.note) - sizeOf(a.note));
  if (best !== undefined) return best;
  const age = maxAgeMs === null ? "" : " recently enough";
  const message = `no checkpoint of this log is cosigned by the witnesses that the policy asks for${age}`;
  throw new CommandError(EXIT.no, "policy.unmet", message);
}

function sizeOf(note: string): number {
  return checkpointIn(note)?.size ?? -1;
}
