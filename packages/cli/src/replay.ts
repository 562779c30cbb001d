import {
  type Bundle,
  canonicalize,
  type Decision,
  decide,
  deciding,
  type Facts,
  isObject,
  type Json,
  type LedgerRecord,
  readFacts,
} from "@bylaw/core";
import { blocked, isGatewayCode } from "@bylaw/gateway";
import { bodyDigest, decodeBundle, type LogArchive, TILE_WIDTH } from "@bylaw/ledger";
import { CommandError, EXIT } from "./exit.ts";

/** Records that say what was decided on an action. */
export type Decided = Extract<LedgerRecord, { readonly kind: "intent" | "refusal" | "hold" }>;

export interface DecidedEntry {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly record: Decided;
}

/** The entries of a log in order, from the tile of `from` on; as many at a time as a tile holds. */
export async function* entriesOf(
  archive: LogArchive,
  size: number,
  from = 0,
): AsyncGenerator<{ readonly index: number; readonly bytes: Uint8Array }> {
  for (let start = from - (from % TILE_WIDTH); start < size; start += TILE_WIDTH) {
    const width = Math.min(TILE_WIDTH, size - start);
    const bytes = await archive.bundle(start / TILE_WIDTH, width);
    const entries = bytes === null ? null : decodeBundle(bytes, width);
    if (entries === null || !entries.ok) throw unreadable(start);
    for (const [offset, entry] of entries.value.entries())
      yield { index: start + offset, bytes: entry };
  }
}

export function recordOf(bytes: Uint8Array, index: number): LedgerRecord {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString("utf8")) as Json;
    if (isObject(value)) return value as unknown as LedgerRecord;
  } catch {
    // As if it were no record.
  }
  throw unreadable(index);
}

export function isDecided(record: LedgerRecord): record is Decided {
  return record.kind === "intent" || record.kind === "refusal" || record.kind === "hold";
}

function unreadable(index: number): CommandError {
  const message = `the log cannot be read at entry ${index}; run: bylaw audit verify`;
  return new CommandError(EXIT.no, "log.unreadable", message);
}

/** The facts that a record names; null when they were pruned. Others under that name are refused. */
export async function factsOf(
  archive: Pick<LogArchive, "body">,
  digest: string,
  index: number,
): Promise<Facts | null> {
  const body = await archive.body(digest);
  if (body === null) return null;
  // The log names these bytes by their digest, so how they are written needs no second look.
  if (bodyDigest(body) !== digest)
    throw new CommandError(
      EXIT.no,
      "facts.changed",
      `the facts of record ${index} are not what was recorded; run: bylaw audit verify`,
    );
  const facts = readFacts(parsed(body));
  if (facts.ok) return facts.value;
  const message = `the facts of record ${index} cannot be decided by this version: \`${facts.error}\``;
  throw new CommandError(EXIT.no, "facts.malformed", message);
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return null;
  }
}

/** What deciding a record again came to. */
export type Replayed =
  /** The same Decision, byte for byte. */
  | { readonly kind: "identical"; readonly decision: Decision }
  /** The gateway refused what policies alone would not have, or held; `decision` is theirs. */
  | { readonly kind: "gateway"; readonly decision: Decision; readonly code: string }
  | { readonly kind: "different"; readonly decision: Decision };

/** Decides Facts again and compares with the record, which is not believed. */
export function replay(bundle: Bundle, facts: Facts, recorded: Decision): Replayed {
  const decision = decide(bundle, facts);
  if (sameDecision(decision, recorded)) return { kind: "identical", decision };
  const code = gatewayCode(recorded);
  // A person's answer is only asked for what policies hold.
  const asked = code === null || !/^(approval|hold)\./.test(code);
  return code !== null && (asked || decision.outcome === "require_approval")
    ? { kind: "gateway", decision, code }
    : { kind: "different", decision };
}

/**
 * The code of a block that the gateway itself gave, exactly as it gives it, with what a person may
 * have said to it; null for any other decision.
 */
export function gatewayCode(recorded: Decision): string | null {
  const { code, text } = deciding(recorded);
  const plain = blocked(code, recorded.bundle);
  const prefix = `${deciding(plain).text}: `;
  const said = text.startsWith(prefix) ? text.slice(prefix.length) : "";
  return isGatewayCode(code) && sameDecision(blocked(code, recorded.bundle, said), recorded)
    ? code
    : null;
}

function sameDecision(a: Decision, b: Decision): boolean {
  return canonicalize(a as unknown as Json) === canonicalize(b as unknown as Json);
}

/** Differences shown of one decision. */
const MAX_DIFFERENCES = 20;

/** The members in which two decisions differ, `reasons[0].code: recorded "a", decided again "b"`. */
export function differences(recorded: Json, again: Json, path = ""): readonly string[] {
  if (canonicalize(recorded) === canonicalize(again)) return [];
  const both = [recorded, again];
  const inner = both.every((value) => typeof value === "object" && value !== null);
  if (!inner || Array.isArray(recorded) !== Array.isArray(again))
    return [`${path}: recorded ${canonicalize(recorded)}, decided again ${canonicalize(again)}`];
  const [a, b] = both as [Record<string, Json>, Record<string, Json>];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return keys
    .flatMap((key) => {
      const at = Array.isArray(recorded) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
      return differences(a[key] ?? null, b[key] ?? null, at);
    })
    .slice(0, MAX_DIFFERENCES);
}
