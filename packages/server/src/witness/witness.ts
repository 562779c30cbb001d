import {
  type Cosigner,
  checkpointIn,
  cosignaturesOn,
  type Followed,
  type KnownLog,
  type NoteVerifier,
  parseSubmission,
  parseWitnessVkey,
  type Ruling,
  ruleOn,
  signatureLine,
} from "@bylaw/ledger";
import type { Evidence, Seen } from "./state.ts";

/** What a witness does to the world. */
export interface WitnessOps {
  /** Milliseconds since the epoch. */
  now(): number;
  /** On disk when it returns; a throw means that nobody knows what is on disk. */
  save(seen: Seen): void;
  /** Keeps what speaks against a log; must not throw. */
  accuse(evidence: Evidence): void;
}

/** An HTTP answer of a witness. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422 | 500;
  readonly type: string;
  readonly body: string;
}

export interface Witness {
  /** Rules on an `add-checkpoint` body. */
  add(body: string): WitnessAnswer;
  /** The last note cosigned for an origin, with the cosignature. */
  last(origin: string): string | null;
  readonly logs: readonly KnownLog[];
}

const TEXT = "text/plain; charset=utf-8";

/**
 * A witness over what it has seen. `add` runs to its end without a pause, so that comparing with the
 * last checkpoint and replacing it is one step, whoever else submits at the same time.
 */
export function createWitness(
  cosigner: Cosigner,
  logs: readonly KnownLog[],
  before: Seen,
  ops: WitnessOps,
): Witness {
  let seen = before;
  let broken = false;
  const own = parseWitnessVkey(cosigner.vkey);
  if (!own.ok) throw new Error(own.error.message);
  const mine = own.value;

  function followed(origin: string): Followed | null {
    const log = logs.find(({ verifier }) => verifier.name === origin);
    if (log === undefined) return null;
    const note = seen.get(origin);
    const last = note === undefined ? null : checkpointIn(note);
    return {
      verifier: log.verifier,
      last: last === null || note === undefined ? null : { ...last, note },
    };
  }

  function add(body: string): WitnessAnswer {
    // After a failed write nobody knows what the disk holds: only a restart reads it again.
    if (broken) return plain(500, "the witness cannot keep its memory");
    const submission = parseSubmission(body);
    if (!submission.ok) return plain(400, submission.error.message);
    const { note } = submission.value;
    const ruling = ruleOn(submission.value, followed);
    if (ruling.status !== 200) return refuse(ruling, note);
    const { origin, size } = ruling.checkpoint;
    if (remembersMore(note, mine, size, seen.get(origin)))
      return plain(500, "this witness has cosigned a checkpoint that it does not remember");
    const line = cosigner.cosign(ruling.text, Math.floor(ops.now() / 1_000));
    const signed = signatureLine(line);
    const next = new Map(seen).set(origin, logOnly(note, origin) + signed);
    try {
      ops.save(next);
    } catch {
      broken = true;
      return plain(500, "the witness cannot keep its memory");
    }
    seen = next;
    return { status: 200, type: TEXT, body: signed };
  }

  function refuse(ruling: Exclude<Ruling, { status: 200 }>, note: string): WitnessAnswer {
    const origin = note.split("\n", 1)[0] ?? "";
    if (ruling.suspicion !== "none") {
      const notes = [seen.get(origin) ?? "", note];
      ops.accuse({ kind: ruling.suspicion, at: ops.now(), origin, notes });
    }
    if (ruling.status === 409)
      return { status: 409, type: "text/x.tlog.size", body: `${ruling.size}\n` };
    return plain(ruling.status, ruling.reason);
  }

  return { add, logs, last: (origin) => seen.get(origin) ?? null };
}

function plain(status: WitnessAnswer["status"], reason: string): WitnessAnswer {
  return { status, type: TEXT, body: `${reason}\n` };
}

/**
 * Whether the note already bears this witness's own cosignature although its memory ends before it:
 * the memory was put back to an older state, and could cosign a second history.
 */
function remembersMore(
  note: string,
  mine: NoteVerifier,
  size: number,
  last: string | undefined,
): boolean {
  const known = last === undefined ? -1 : (checkpointIn(last)?.size ?? -1);
  if (size <= known) return false;
  const found = cosignaturesOn(note, [mine]);
  return found.ok && found.value.length > 0;
}

/** The note with the log's own lines alone: what strangers add is not this witness's to repeat. */
function logOnly(note: string, origin: string): string {
  const split = note.lastIndexOf("\n\n") + 2;
  const lines = note.slice(split).split("\n");
  const own = lines.filter((line) => line.startsWith(`\u2014 ${origin} `));
  return note.slice(0, split) + own.map((line) => `${line}\n`).join("");
}
