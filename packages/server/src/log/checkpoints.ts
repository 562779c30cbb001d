import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  checkpointIn,
  cosignaturesOn,
  type LogReader,
  type NoteVerifier,
  openCheckpoint,
} from "@bylaw/ledger";
import type { WitnessConfig } from "../config/config.ts";
import { replaceFile } from "./durable-file.ts";
import type { Exchange } from "./exchange.ts";
import {
  COSIGNATURE_RENEW_MS,
  WATCH_MS,
  WITNESS_RETRY_MS,
  WITNESS_RETRY_MS_MAX,
} from "./limits.ts";
import { askWitness, type WitnessProblem } from "./witness-client.ts";

/** The newest checkpoint that most of the witnesses have cosigned; it can be made anew at any time. */
export const COSIGNED_FILE = "checkpoint.cosigned";

export interface WitnessStatus {
  readonly name: string;
  /** Entries that it has cosigned, as far as this run knows; null before its first answer. */
  readonly size: number | null;
  /** Why it did not cosign the last time it was asked. */
  readonly problem: WitnessProblem | null;
}

/** What others see of this log's signatures: watched and cosigned off the hot path. */
export interface Checkpoints {
  /** The newest checkpoint that the log has signed, at most a second old; null before the first. */
  newest(): string | null;
  /** The checkpoint to hand out: with witnesses, the newest that most of them have cosigned. */
  published(): Promise<string | null>;
  status(): readonly WitnessStatus[];
  /** Nothing is published any more; a witness that has not answered yet is not waited for. */
  close(): void;
}

/** A configured witness and what is known of it. */
interface Asked {
  readonly name: string;
  readonly url: string;
  readonly verifier: NoteVerifier;
  size: number | null;
  problem: WitnessProblem | null;
  /** Not asked again before; milliseconds of `ops.now`. */
  due: number;
  pause: number;
  /** The note that it cosigned last, and when. */
  cosigned: string | null;
  at: number;
}

export interface CheckpointsOptions {
  readonly folder: string;
  readonly log: LogReader;
  readonly origin: string;
  readonly verifier: NoteVerifier;
  readonly witnesses: readonly (WitnessConfig & { readonly verifier: NoteVerifier })[];
  readonly exchange: Exchange;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly say: (line: string) => void;
}

/** Starts to watch the log. Rejects when its newest checkpoint cannot be read. */
export async function watchCheckpoints(options: CheckpointsOptions): Promise<Checkpoints> {
  const { folder, log, now, say } = options;
  const witnesses: readonly Asked[] = options.witnesses.map(({ name, url, verifier }) => ({
    name,
    url,
    verifier,
    size: null,
    problem: null,
    due: 0,
    pause: WITNESS_RETRY_MS,
    cosigned: null,
    at: 0,
  }));
  const most = Math.floor(witnesses.length / 2) + 1;
  let newest = await log.checkpoint();
  let cosigned = witnesses.length === 0 ? null : readCosigned(options, newest);
  let closed = false;
  let timer: NodeJS.Timeout | null = null;

  async function round(): Promise<void> {
    newest = await log.checkpoint();
    if (newest === null || witnesses.length === 0) return;
    const note = newest;
    const time = now();
    const asked = witnesses.filter((witness) => isDue(witness, note, time));
    if (asked.length === 0) return;
    const lines = await Promise.all(asked.map((witness) => ask(witness, note)));
    publish(note, lines.join(""));
  }

  async function ask(witness: Asked, note: string): Promise<string> {
    const answer = await askWitness(witness, note, witness.size ?? 0, log, options.exchange);
    const time = now();
    if (answer.size !== null) witness.size = answer.size;
    if (answer.kind === "cosigned") {
      if (witness.problem !== null) say(`witness ${witness.name} cosigns again`);
      Object.assign(witness, { problem: null, pause: WITNESS_RETRY_MS, cosigned: note, at: time });
      return answer.line;
    }
    if (witness.problem !== answer.code) say(`witness ${witness.name} ${answer.code}`);
    witness.problem = answer.code;
    witness.due = time + witness.pause;
    witness.pause = Math.min(2 * witness.pause, WITNESS_RETRY_MS_MAX);
    return "";
  }

  /** Adds lines to what is known of the note; it replaces the published one once most have signed. */
  function publish(note: string, lines: string): void {
    // A renewed line comes first: of two lines of one key the first one counts.
    const same = cosigned?.startsWith(note) === true ? cosigned.slice(note.length) : "";
    const candidate = note + withoutRepeats(lines + same);
    // After the end the folder may belong to the next gateway.
    if (closed || lines === "" || countOf(candidate, witnesses) < most) return;
    cosigned = candidate;
    try {
      replaceFile(join(folder, COSIGNED_FILE), candidate);
    } catch {
      say("witness - the cosigned checkpoint could not be kept; it is asked for again at a start");
    }
  }

  function schedule(): void {
    if (closed) return;
    timer = setTimeout(() => {
      // The log's own health is reported by whoever writes to it; here the next look is enough.
      void round()
        .catch(() => undefined)
        .then(schedule);
    }, WATCH_MS);
    timer.unref();
  }
  schedule();

  return {
    newest: () => newest,
    published: async () => cosigned ?? (await log.checkpoint()),
    status: () => witnesses.map(({ name, size, problem }) => ({ name, size, problem })),
    close(): void {
      closed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}

function isDue({ due, cosigned, at }: Asked, note: string, time: number): boolean {
  return time >= due && (cosigned !== note || time - at >= COSIGNATURE_RENEW_MS);
}

/** One line per key: the first. */
function withoutRepeats(lines: string): string {
  const seen = new Set<string>();
  const kept = lines.split("\n").filter((line) => {
    const [, name = "", encoded = ""] = line.split(" ");
    const key = `${name} ${encoded.slice(0, 5)}`;
    return line !== "" && !seen.has(key) && seen.add(key);
  });
  return kept.map((line) => `${line}\n`).join("");
}

function countOf(note: string, witnesses: readonly Asked[]): number {
  const verifiers = witnesses.map(({ verifier }) => verifier);
  const found = cosignaturesOn(note, verifiers);
  return found.ok ? found.value.length : 0;
}

/** What an earlier run kept, if it is a checkpoint of this log that the log has reached. */
function readCosigned(
  { folder, origin, verifier }: CheckpointsOptions,
  newest: string | null,
): string | null {
  let note: string;
  try {
    note = readFileSync(join(folder, COSIGNED_FILE), "utf8");
  } catch {
    return null; // no round has succeeded yet
  }
  const opened = openCheckpoint(note, origin, [verifier]);
  const reached = newest === null ? null : checkpointIn(newest);
  return opened.ok && reached !== null && opened.value.size <= reached.size ? note : null;
}
