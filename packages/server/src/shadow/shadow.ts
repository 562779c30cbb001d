import { type ChildProcess, fork } from "node:child_process";
import { hash } from "node:crypto";
import { createRequire } from "node:module";
import { type Bundle, canonicalize, type Decision, type Facts, type Json } from "@bylaw/core";
import type { RulesContent } from "../host/rules.ts";
import { type FromOracle, LOADED_MAX, type ToOracle } from "./messages.ts";
import { V8_FLAGS } from "./v8-flags.ts";

/** Decisions that may wait for the oracle; what comes on top is not compared, and counted. */
const WAITING_MAX = 64;
/** Milliseconds that the oracle gets for an answer, its start and the loading of policies included. */
const ANSWER_MAX_MS = 30_000;
/** Milliseconds until an oracle that ended is started again; doubled each time that helps nothing. */
const RESTART_MS = 500;
const RESTART_MAX_MS = 60_000;
/** Megabytes of JavaScript heap that the oracle gets. */
const HEAP_MAX_MB = 512;

export interface ShadowOptions {
  /** Share of the decisions that are made again, 0 to 1. */
  readonly share: number;
  /** The texts of a bundle's policies. */
  readonly content: (bundle: Bundle) => RulesContent;
  /** Cedar decided otherwise. In: the action's id and what differs, in a line. */
  readonly mismatch: (digest: string, action: string, text: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** One line for the operator. */
  readonly log: (line: string) => void;
  /** Program of the oracle's process; the built one unless a test gives another. */
  readonly program?: string;
}

export interface ShadowStatus {
  readonly share: number;
  /** `idle`: nothing was compared yet. `down`: it ended or does not answer, so nothing is compared. */
  readonly state: "off" | "idle" | "running" | "down";
  readonly compared: number;
  readonly mismatches: number;
  /** Chosen and not compared: too many waited, or the oracle was down. */
  readonly dropped: number;
}

export interface Shadow {
  /** Takes a share of what it is told. Returns at once and never throws. */
  decided(bundle: Bundle, facts: Facts, decision: Decision): void;
  status(): ShadowStatus;
  close(): void;
}

interface Waiting {
  readonly digest: string;
  readonly action: string;
  /** Canonical JSON of what was decided. */
  readonly decision: string;
  readonly limit: NodeJS.Timeout;
}

/** One run of the oracle's process. */
interface Run {
  readonly child: ChildProcess;
  /** Bundles whose policies it was sent. */
  readonly told: Set<string>;
  readonly waiting: Map<number, Waiting>;
}

/**
 * Makes a share of the decisions again with Cedar's own evaluator, in a process of its own: what
 * aborts there takes no decision with it. The share is chosen by a hash of the action's id, which
 * nobody outside can choose.
 */
export function createShadow(options: ShadowOptions): Shadow {
  const { share, content, mismatch, now, log } = options;
  let run: Run | null = null;
  let down = false;
  let closed = false;
  let restartAt = 0;
  let pause_ms = RESTART_MS;
  let sequence = 0;
  const counted = { compared: 0, mismatches: 0, dropped: 0 };

  function start(): Run {
    // A child process gets no transforms of a test runner, so it is always the built file. It gets
    // no environment either: it needs none, and there may be credentials in it.
    const program =
      options.program ?? createRequire(import.meta.url).resolve("@bylaw/server/oracle");
    const child = fork(program, [], {
      execArgv: [...V8_FLAGS, `--max-old-space-size=${HEAP_MAX_MB}`],
      env: {},
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const started: Run = { child, told: new Set(), waiting: new Map() };
    child.on("message", (message: FromOracle) => answered(started, message));
    child.on("error", () => lost(started, "it cannot be started"));
    child.on("exit", (code, signal) => lost(started, `it ended (${signal ?? code})`));
    child.unref();
    child.channel?.unref();
    return started;
  }

  function lost(from: Run, why: string): void {
    if (run !== from) return;
    run = null;
    counted.dropped += from.waiting.size;
    for (const { limit } of from.waiting.values()) clearTimeout(limit);
    from.child.kill("SIGKILL");
    if (closed) return;
    restartAt = now() + pause_ms;
    pause_ms = Math.min(2 * pause_ms, RESTART_MAX_MS);
    if (!down) log(`shadow.down - decisions are not compared with Cedar's at present: ${why}`);
    down = true;
  }

  function answered(from: Run, { id, decision }: FromOracle): void {
    const asked = from.waiting.get(id);
    if (asked === undefined) return;
    if (decision === null) return lost(from, "it cannot load the policies");
    from.waiting.delete(id);
    clearTimeout(asked.limit);
    if (down) log("shadow.up - decisions are compared with Cedar's again");
    down = false;
    pause_ms = RESTART_MS;
    counted.compared += 1;
    if (decision === asked.decision) return;
    counted.mismatches += 1;
    mismatch(asked.digest, asked.action, difference(asked.decision, decision));
  }

  function compare(bundle: Bundle, facts: Facts, decision: Decision): void {
    if (run === null && now() >= restartAt) run = start();
    if (run === null || run.waiting.size >= WAITING_MAX) {
      counted.dropped += 1;
      return;
    }
    const current = run;
    const { digest } = bundle;
    sequence += 1;
    const limit = setTimeout(() => lost(current, "it does not answer"), ANSWER_MAX_MS);
    limit.unref();
    const text = canonicalize(decision as unknown as Json);
    current.waiting.set(sequence, { digest, action: facts.action.id, decision: text, limit });
    if (!current.told.has(digest)) {
      current.told.add(digest);
      for (const old of [...current.told].slice(0, -LOADED_MAX)) current.told.delete(old);
      send(current, { kind: "policies", digest, content: content(bundle) });
    }
    send(current, { kind: "judge", id: sequence, digest, facts });
  }

  function send(to: Run, message: ToOracle): void {
    to.child.send(message, (error) => {
      if (error !== null) lost(to, "it takes no messages");
    });
  }

  return {
    decided(bundle, facts, decision): void {
      if (closed || !isChosen(facts.action.id, share)) return;
      try {
        compare(bundle, facts, decision);
      } catch {
        counted.dropped += 1;
      }
    },
    status: () => ({ share, state: stateOf(share, run !== null, down), ...counted }),
    close(): void {
      closed = true;
      if (run !== null) lost(run, "closed");
    },
  };
}

function isChosen(action: string, share: number): boolean {
  if (share <= 0) return false;
  const drawn = hash("sha256", action, "buffer").readUInt32BE(0);
  return drawn < share * 2 ** 32;
}

function stateOf(share: number, runs: boolean, down: boolean): ShadowStatus["state"] {
  if (share <= 0) return "off";
  if (down) return "down";
  return runs ? "running" : "idle";
}

/** Outcomes and the policies behind them; never more of a decision, which may speak of arguments. */
function difference(decided: string, judged: string): string {
  return `decided ${brief(decided)}, Cedar says ${brief(judged)}`;
}

function brief(canonical: string): string {
  const { outcome, reasons } = JSON.parse(canonical) as Decision;
  const by = [...new Set(reasons.map(({ policy, code }) => policy ?? code))];
  return `${outcome} (${by.slice(0, 5).join(", ")})`;
}
