import { randomUUID } from "node:crypto";
import { type AgentReader, agentReader, type StoredAgent } from "./agents.ts";
import type { Erasure, Pruned } from "./bodies.ts";
import type { ActionClaims } from "./claims.ts";
import {
  type DefinitionReader,
  definitionReader,
  type Judged,
  type JudgedDefinition,
  type SeenDefinition,
  type Sighting,
} from "./definitions.ts";
import { type DelegationReader, delegationReader, type NewDelegation } from "./delegations.ts";
import {
  type AddedFactor,
  type FactorAttempt,
  type FactorReader,
  factorReader,
  type NewFactor,
  type PassedFactor,
} from "./factors.ts";
import {
  type HaltInput,
  type HaltReader,
  type HaltResult,
  haltReader,
  type ResumeInput,
  type ResumeResult,
} from "./halts.ts";
import type { Approvals } from "./held.ts";
import type { Log } from "./log.ts";
import { isRunning, type Session } from "./sessions.ts";
import type { DigestKeys, Shredded } from "./shred.ts";
import { createSingleUses, type SingleUses } from "./single-uses.ts";
import { type StoredWaiver, type WaiverReader, waiverReader } from "./waivers.ts";
import type { Read } from "./work.ts";
import type { WriterClient } from "./writes.ts";

export interface Agents extends AgentReader {
  /** False when the id or the token is taken. */
  add(agent: StoredAgent): Promise<boolean>;
  suspend(id: string, suspended: boolean): Promise<boolean>;
  /** In: SHA-256 of the new token. False when there is no such agent. */
  rotate(id: string, token: string): Promise<boolean>;
  /** For good: the name stays taken. False when there is no such agent. */
  remove(id: string): Promise<boolean>;
}

export interface Delegations extends DelegationReader {
  /** False when the chain has too many in force. In: now, in milliseconds since the epoch. */
  add(delegation: NewDelegation, now: number): Promise<boolean>;
  /** False when there is no such delegation. */
  revoke(id: string): Promise<boolean>;
}

export interface Definitions extends DefinitionReader {
  /** Resolves once a crash of the process cannot undo it. */
  see(definition: SeenDefinition): Promise<Sighting>;
  /** A person's word; null when the definition is not known. */
  judge(definition: JudgedDefinition): Promise<Judged | null>;
}

/** How people prove who they are. Every change is on disk when it resolves. */
export interface Factors extends FactorReader {
  add(factor: NewFactor): Promise<AddedFactor>;
  /** Of one person, one factor or (`id` empty) all; how many there were. */
  remove(person: string, id: string): Promise<number>;
  /** Counts an attempt before it is judged; false when there were too many. */
  attempt(attempt: FactorAttempt): Promise<boolean>;
  /** The attempt was good and forgets the bad ones; false when its step or counter was seen before. */
  pass(passed: PassedFactor): Promise<boolean>;
}

/** The kill switch. Every change is on disk when it resolves. */
export interface Halts extends HaltReader {
  halt(input: HaltInput): Promise<HaltResult>;
  resume(input: ResumeInput): Promise<ResumeResult>;
}

export interface Waivers extends WaiverReader {
  /** On disk when it resolves. Its uses are limited, counted and ended as those of a grant. */
  add(waiver: StoredWaiver): Promise<void>;
}

/** Everything that Bylaw remembers. */
export interface Store extends ActionClaims, SingleUses {
  readonly log: Log;
  readonly approvals: Approvals;
  readonly agents: Agents;
  readonly waivers: Waivers;
  readonly delegations: Delegations;
  readonly definitions: Definitions;
  readonly halts: Halts;
  readonly factors: Factors;
  /** The one session of a credential in 24 hours, and when it began. */
  session(credential: string, now: number): Promise<Session>;
  /**
   * Runs a step alone among all gateways of this store that use the same key. Within one process
   * the caller queues; an embedded store has one process, so there the step just runs.
   */
  alone<T>(key: string, step: () => Promise<T>): Promise<T>;
  /** Whether other gateways change the same agents, approvals and grants. */
  readonly shared: boolean;
  /** Key of every keyed digest in records. */
  digestKey(): Uint8Array;
  /** Destroys the digest key and goes on with a new one; rejects, with nothing destroyed, like an append. */
  shred(erasure: Erasure): Promise<Shredded>;
  /** Deletes the bodies of all entries before a time (milliseconds since the epoch). */
  prune(before: number, erasure: Erasure): Promise<Pruned>;
  /** False while the log cannot be written; it comes back by itself. */
  healthy(): boolean;
  /** Finishes what was asked, signs a last checkpoint and gives up the folder. */
  close(): Promise<void>;
}

/** What differs between an embedded and a shared store. */
export interface Backend {
  readonly keys: DigestKeys;
  readonly prune: Store["prune"];
  readonly writer: WriterClient;
  readonly read: Read;
  readonly log: Log;
  readonly approvals: Approvals;
  readonly claims: ActionClaims;
  readonly shared: boolean;
  readonly alone: Store["alone"];
  /** Gives up connections and folder, once. */
  readonly close: () => Promise<void>;
  /** Source of unguessable session ids. */
  readonly ids?: (() => string) | undefined;
}

export function composeStore(backend: Backend): Store {
  const { writer, read, ids = randomUUID } = backend;
  const sessions = new Map<string, Session>();
  let closed: Promise<void> | null = null;

  return {
    log: backend.log,
    approvals: backend.approvals,
    ...backend.claims,
    ...createSingleUses(writer),
    shared: backend.shared,
    alone: backend.alone,
    agents: {
      ...agentReader(read),
      add: (agent) => writer.call("addAgent", agent, true),
      suspend: (id, suspended) => writer.call("suspendAgent", { id, suspended }, true),
      rotate: (id, token) => writer.call("rotateAgent", { id, token }, true),
      remove: (id) => writer.call("removeAgent", { id }, true),
    },
    waivers: {
      ...waiverReader(read),
      add: (waiver) => writer.call("addWaiver", waiver, true),
    },
    delegations: {
      ...delegationReader(read),
      add: (delegation, now) => writer.call("addDelegation", { delegation, now }, true),
      revoke: (id) => writer.call("revokeDelegation", { id }, true),
    },
    definitions: {
      ...definitionReader(read),
      see: (definition) => writer.call("see", definition, false),
      judge: (definition) => writer.call("judge", definition, true),
    },
    halts: {
      ...haltReader(read),
      halt: (input) => writer.call("halt", input, true),
      resume: (input) => writer.call("resume", input, true),
    },
    factors: {
      ...factorReader(read),
      add: (factor) => writer.call("addFactor", factor, true),
      remove: (person, id) => writer.call("removeFactors", { person, id }, true),
      attempt: (attempt) => writer.call("attemptFactor", attempt, true),
      pass: (passed) => writer.call("passFactor", passed, true),
    },
    async session(credential, time): Promise<Session> {
      const cached = sessions.get(credential);
      if (cached !== undefined && isRunning(cached, time)) return cached;
      const input = { credential, now: time, proposed: ids() };
      const session = await writer.call("session", input, false);
      sessions.set(credential, session);
      return session;
    },
    digestKey: backend.keys.current,
    shred: backend.keys.shred,
    prune: backend.prune,
    healthy: () => writer.healthy(),
    close(): Promise<void> {
      closed ??= backend.close();
      return closed;
    },
  };
}
