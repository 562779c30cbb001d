import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, ok, type Result } from "@bylaw/core";
import {
  type Cosigner,
  encodeWitnessKey,
  type KnownLog,
  openCheckpoint,
  parsePolicy,
  parseWitnessKey,
  sha256,
} from "@bylaw/ledger";
import { replaceFile } from "../log/durable-file.ts";

const KEY_FILE = "witness.key";
const VKEY_FILE = "witness.vkey";
const STATE_FILE = "state.json";
const LOGS_FILE = "logs";
const EVIDENCE_FOLDER = "evidence";
/** Files of evidence; the first ones prove what later ones repeat. */
const EVIDENCE_MAX = 1_000;

/** Why a witness does not start. */
export type WitnessErrorCode =
  | "witness.exists"
  | "witness.missing"
  | "witness.name"
  | "witness.key"
  | "witness.state_lost"
  | "witness.state_corrupt"
  | "witness.logs"
  | "witness.not_followed";

export interface WitnessError {
  readonly code: WitnessErrorCode;
  readonly message: string;
}

/** The last checkpoint that was cosigned for each origin, as signed notes. */
export type Seen = ReadonlyMap<string, string>;

/** Everything that a witness knows, read from its folder. */
export interface WitnessFolder {
  readonly cosigner: Cosigner;
  readonly logs: readonly KnownLog[];
  readonly seen: Seen;
}

function problem(code: WitnessErrorCode, message: string): Result<never, WitnessError> {
  return fail({ code, message });
}

/** Makes a new witness: a key of its own, and a state that has seen nothing. */
export function createWitnessFolder(folder: string, name: string): Result<Cosigner, WitnessError> {
  if (existsSync(join(folder, KEY_FILE)) || existsSync(join(folder, STATE_FILE)))
    return problem("witness.exists", `\`${folder}\` has a witness already`);
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/.test(name))
    return problem("witness.name", `\`${name}\` cannot be a witness's name`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // State first: a key without it would be taken for one whose memory is lost.
  saveSeen(folder, new Map());
  const key = encodeWitnessKey(name, randomBytes(32));
  writeFileSync(join(folder, KEY_FILE), `${key}\n`, { mode: 0o600, flag: "wx", flush: true });
  const cosigner = parseWitnessKey(key);
  if (!cosigner.ok) throw new Error(cosigner.error.message);
  writeFileSync(join(folder, VKEY_FILE), `${cosigner.value.vkey}\n`);
  if (!existsSync(join(folder, LOGS_FILE))) writeFileSync(join(folder, LOGS_FILE), LOGS_TEMPLATE);
  return ok(cosigner.value);
}

const LOGS_TEMPLATE = `# One line for each log to follow; with an address it is also looked at regularly:
# log <vkey> [<url of the log>]
`;

export function openWitnessFolder(folder: string): Result<WitnessFolder, WitnessError> {
  let key: string;
  try {
    key = readFileSync(join(folder, KEY_FILE), "utf8");
  } catch {
    return problem("witness.missing", `no witness in \`${folder}\`; make one: bylaw witness init`);
  }
  const cosigner = parseWitnessKey(key);
  if (!cosigner.ok) return problem("witness.key", `\`${KEY_FILE}\`: ${cosigner.error.message}`);
  const logs = readLogs(folder);
  if (!logs.ok) return logs;
  const seen = readSeen(folder);
  if (!seen.ok) return seen;
  for (const { verifier } of logs.value) {
    const note = seen.value.get(verifier.name);
    if (note !== undefined && !openCheckpoint(note, verifier.name, [verifier]).ok)
      return problem(
        "witness.state_corrupt",
        `what was seen of \`${verifier.name}\` is not signed by its key`,
      );
  }
  return ok({ cosigner: cosigner.value, logs: logs.value, seen: seen.value });
}

/** The logs to follow: `log` lines of the policy format. */
function readLogs(folder: string): Result<readonly KnownLog[], WitnessError> {
  let text: string;
  try {
    text = readFileSync(join(folder, LOGS_FILE), "utf8");
  } catch {
    return problem("witness.logs", `cannot read \`${join(folder, LOGS_FILE)}\``);
  }
  const policy = parsePolicy(`${text}\nquorum none\n`);
  if (!policy.ok) return problem("witness.logs", `\`${LOGS_FILE}\`: ${policy.error.message}`);
  const names = policy.value.logs.map(({ verifier }) => verifier.name);
  if (new Set(names).size !== names.length)
    return problem("witness.logs", `\`${LOGS_FILE}\` names one origin twice`);
  return ok(policy.value.logs);
}

/** Without its memory a witness would cosign any history, so that is never made anew by itself. */
function readSeen(folder: string): Result<Seen, WitnessError> {
  const path = join(folder, STATE_FILE);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return problem(
      "witness.state_lost",
      `\`${path}\` is gone, and with it what this witness has cosigned; see: bylaw witness reset --help`,
    );
  }
  const seen = seenIn(text);
  return seen === null
    ? problem("witness.state_corrupt", `\`${path}\` does not read; see: bylaw witness reset --help`)
    : ok(seen);
}

function seenIn(text: string): Seen | null {
  try {
    const { v, sum, logs } = JSON.parse(text) as { v?: unknown; sum?: unknown; logs?: unknown };
    if (v !== 1 || typeof logs !== "object" || logs === null) return null;
    const entries = Object.entries(logs as Record<string, unknown>);
    if (sum !== sumOf(entries) || entries.some(([, note]) => typeof note !== "string")) return null;
    return new Map(entries as [string, string][]);
  } catch {
    return null;
  }
}

/** Against a disk that loses a part of the file, not against people. */
function sumOf(entries: readonly (readonly [string, unknown])[]): string {
  return Buffer.from(sha256(Buffer.from(JSON.stringify(entries)))).toString("hex");
}

/** On disk on return; throws what the file system throws. */
export function saveSeen(folder: string, seen: Seen): void {
  const entries = [...seen];
  const state = { v: 1, sum: sumOf(entries), logs: Object.fromEntries(entries) };
  replaceFile(join(folder, STATE_FILE), `${JSON.stringify(state, null, 2)}\n`);
}

/**
 * A person's decision to begin anew: forgets what was seen of one origin, or, where the memory is
 * lost, of all. Out: the notes that were forgotten, which stay in the folder as evidence.
 */
export function resetWitness(
  folder: string,
  origin: string | null,
  now: number,
): Result<readonly string[], WitnessError> {
  if (!existsSync(join(folder, KEY_FILE)))
    return problem("witness.missing", `no witness in \`${folder}\``);
  const before = readSeen(folder);
  if (origin === null) {
    if (before.ok)
      return problem("witness.exists", "the memory is there; name the origin to forget with --log");
    saveSeen(folder, new Map());
    return ok([]);
  }
  if (!before.ok) return before;
  const note = before.value.get(origin);
  if (note === undefined)
    return problem("witness.not_followed", `\`${origin}\` was never cosigned`);
  keepEvidence(folder, { kind: "reset", at: now, origin, notes: [note] });
  const after = new Map(before.value);
  after.delete(origin);
  saveSeen(folder, after);
  return ok([note]);
}

/** What speaks against a log, or explains why this witness forgot one. */
export interface Evidence {
  /** `forked`: two signed notes contradict each other. `rolled_back`: the log offers less than before. */
  readonly kind: "forked" | "rolled_back" | "unproven" | "reset";
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly origin: string;
  /** The notes as the log signed them. */
  readonly notes: readonly string[];
}

/** Keeps evidence once, whatever it is shown again. Out: its file, or null when it was kept before. */
export function keepEvidence(folder: string, evidence: Evidence): string | null {
  const place = join(folder, EVIDENCE_FOLDER);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const what = JSON.stringify([evidence.origin, ...evidence.notes]);
  const digest = Buffer.from(sha256(Buffer.from(what))).toString("hex");
  const file = join(place, `${evidence.kind}-${digest.slice(0, 32)}.json`);
  // What proves nothing must not crowd out what does.
  const room = evidence.kind === "unproven" ? EVIDENCE_MAX / 2 : EVIDENCE_MAX;
  if (existsSync(file) || readdirSync(place).length >= room) return null;
  replaceFile(file, `${JSON.stringify(evidence, null, 2)}\n`);
  return file;
}
