import {
  checkpointIn,
  cosignaturesOn,
  encodeSubmission,
  type LogReader,
  type NoteVerifier,
  parseNote,
  proveConsistency,
  signatureLine,
  tileSubtrees,
} from "@bylaw/ledger";
import { type Exchange, under } from "./exchange.ts";
import { SUBMISSION_BYTES_MAX, WITNESS_MS } from "./limits.ts";

/** How asking a witness for its cosignature ended. */
export type Asked =
  | { readonly kind: "cosigned"; readonly line: string; readonly size: number }
  | { readonly kind: "failed"; readonly code: WitnessProblem; readonly size: number | null };

/** Why a witness has not cosigned; docs/witnesses.md says what to do about each. */
export const WITNESS_PROBLEMS = [
  "witness.unreachable",
  "witness.refused",
  "witness.unknown_log",
  "witness.forked",
  "witness.ahead",
  "witness.answer",
  "log.unreadable",
] as const;
export type WitnessProblem = (typeof WITNESS_PROBLEMS)[number];

/** Asks again with the size that the witness names; once, since nobody else moves it. */
const ATTEMPTS = 2;

/**
 * Asks one witness to cosign a checkpoint (C2SP tlog-witness). In: the size that it is believed to
 * have cosigned last. Out: its verified signature line, or why there is none. Never rejects.
 */
export async function askWitness(
  witness: { readonly url: string; readonly verifier: NoteVerifier },
  note: string,
  known: number,
  log: LogReader,
  exchange: Exchange,
): Promise<Asked> {
  const size = checkpointIn(note)?.size;
  let old = known;
  if (size === undefined) return failed("log.unreadable", null);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (old > size) return failed("witness.ahead", old);
    const proof = await proofFrom(log, old, size);
    if (proof === null) return failed("log.unreadable", old);
    const body = encodeSubmission({ old, proof, note });
    const url = under(witness.url, "add-checkpoint");
    const answer = await exchange(
      { method: "POST", url, body },
      WITNESS_MS,
      SUBMISSION_BYTES_MAX,
    ).catch(() => null);
    if (answer === null) return failed("witness.unreachable", old);
    const text = Buffer.from(answer.bytes).toString("utf8");
    if (answer.status === 200) {
      const line = cosignatureIn(note, text, witness.verifier);
      return line === null ? failed("witness.answer", old) : { kind: "cosigned", line, size };
    }
    const told = sizeIn(answer.status, answer.type, text);
    if (told === null || told === old) return failed(problemOf(answer.status), old);
    old = told;
  }
  return failed("witness.answer", old);
}

function failed(code: WitnessProblem, size: number | null): Asked {
  return { kind: "failed", code, size };
}

/** Empty from nothing and from the size itself; null when the log's own tiles cannot be read. */
async function proofFrom(
  log: LogReader,
  old: number,
  size: number,
): Promise<readonly Uint8Array[] | null> {
  if (old === 0 || old === size) return [];
  try {
    const proof = await proveConsistency(tileSubtrees(log, size), old, size);
    return proof.ok ? proof.value : null;
  } catch {
    return null;
  }
}

function problemOf(status: number): WitnessProblem {
  if (status === 404) return "witness.unknown_log";
  if (status === 409 || status === 422) return "witness.forked";
  return status >= 500 ? "witness.unreachable" : "witness.refused";
}

/** The size that a witness answers a stale one with. */
function sizeIn(status: number, type: string, text: string): number | null {
  if (status !== 409 || !type.startsWith("text/x.tlog.size")) return null;
  const size = Number(/^(0|[1-9]\d{0,15})\n$/.exec(text)?.[1] ?? Number.NaN);
  return Number.isSafeInteger(size) ? size : null;
}

/** The witness's own line of its answer, spelled anew; null unless it verifies on this very note. */
function cosignatureIn(note: string, lines: string, verifier: NoteVerifier): string | null {
  const parsed = parseNote(`${note}${lines}`);
  const found = cosignaturesOn(`${note}${lines}`, [verifier]);
  if (!parsed.ok || !found.ok) return null;
  const line = parsed.value.signatures.find(
    ({ name, id }) => name === verifier.name && id === verifier.id,
  );
  return line === undefined ? null : signatureLine(line);
}
