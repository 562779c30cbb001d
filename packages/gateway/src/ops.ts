import type {
  ActionRequest,
  Bundle,
  Claims,
  Counts,
  Decision,
  Facts,
  LedgerRecord,
  RecordReceipt,
  Told,
  Used,
} from "@bylaw/core";
import type { Cancellation } from "./cancel.ts";

/** Where a record stands in the log. */
export interface Receipt {
  readonly index: number;
  /** RFC 6962 leaf hash of the record. */
  readonly leaf: Uint8Array;
}

/** What a halt can be about, for one action. */
export interface Reach {
  /** Every agent of the chain. */
  readonly agents: readonly string[];
  /** The person at its head; null where there is none. */
  readonly user: string | null;
  readonly upstream: string;
  /** Ids of what its agents were delegated. */
  readonly delegations: readonly string[];
}

/** What a reservation claims in one transaction. */
export interface Reservation {
  readonly action: string;
  readonly agent: string;
  readonly claims: Claims;
  /** What the action adds to the agent's rolling counters. */
  readonly charge: {
    readonly calls: number;
    readonly deletes: number;
    readonly sends: number;
    readonly spend: number;
  };
  /** Whose action it is and where it goes: what halts are about. */
  readonly reach: Reach;
  /** The counters that the decision rests on, with their time; null when it rests on none. */
  readonly seen: { readonly at: number; readonly counts: Counts } | null;
}

export interface Ticket {
  /** Approval id, also the resumable handle. */
  readonly id: string;
  readonly expires: string;
}

/** Thrown by `hold` for an action that must not wait for a person. */
export class HoldError extends Error {
  readonly code: "hold.too_many" | "hold.too_large";
  constructor(code: HoldError["code"]) {
    super(code);
    this.code = code;
  }
}

/** Thrown by `record` for what no entry of the log can hold; anything else it throws may pass. */
export class RecordError extends Error {
  readonly code = "record.too_large";
  constructor() {
    super("record.too_large");
  }
}

/** Thrown by `facts` for a caller who was let in and may no longer act. */
export class CallerError extends Error {
  readonly code: "credential.unknown" | "credential.suspended";
  constructor(code: CallerError["code"]) {
    super(code);
    this.code = code;
  }
}

/** How a wait for a person ended. `pending`: the hold limit passed and the request still waits. */
export type HoldAnswer = "approved" | "rejected" | "expired" | "pending" | "withdrawn";

/** Every effect of the pipeline on the world. */
export interface PipelineOps {
  /** Milliseconds since the epoch. */
  now(): number;
  /** The bundle in force; one action uses one bundle throughout an attempt. */
  bundle(): Bundle;
  /** Why this bundle may not decide at present, as a code; null when it may. */
  barred(bundle: Bundle): string | null;
  /** Told of every decision of a bundle. Returns at once and never throws. */
  decided(bundle: Bundle, facts: Facts, decision: Decision): void;
  /** Resolves look-ups and runs the analyzers. A throw is a block: a CallerError with its code, else `facts.error`. */
  facts(request: ActionRequest, bundle: Bundle): Facts | Promise<Facts>;
  /**
   * Texts that the agent is about to see of a forwarded action, without what policies take out of them:
   * what it does next may come from there. Null where nobody tells. Returns at once and never throws.
   */
  seen(request: ActionRequest, decision: Decision, texts: readonly string[] | null): void;
  /** Runs `step` alone among steps with the same key, in order of arrival. */
  exclusive<T>(key: string, step: () => Promise<T>): Promise<T>;
  /**
   * All or nothing; false when another action took one of the claims first, or a halt came between
   * the facts and this.
   */
  reserve(reservation: Reservation): Promise<boolean>;
  /** Whether a halt, a suspension or a revocation covers such an action now. A throw means nobody knows. */
  stopped(reach: Reach): Promise<boolean>;
  /** Releases what was reserved for an action that was never forwarded. */
  release(action: string): Promise<void>;
  /**
   * Appends to the log and keeps the Facts beside it. Resolves when the record is as durable as
   * asked: `sync` survives power loss, `write` a crash of the process, `soon` the same and may take a
   * little longer. A throw means not recorded:
   * a RecordError where the record can never be, anything else where the log does not take it.
   */
  record(
    record: LedgerRecord,
    durability: "soon" | "write" | "sync",
    facts: Facts | null,
  ): Promise<Receipt>;
  /** What a caller may keep as proof of a record. Costs no I/O: every reply asks for it. */
  receipt(record: Receipt): RecordReceipt;
  /** Stores the held action, or finds the one that waits for exactly this, or was rejected lately. */
  hold(request: ActionRequest, facts: Facts, decision: Decision): Promise<Ticket>;
  /**
   * The action that a person made of this one and approved, with the approval as its handle; null where
   * nobody did. In: the exact-action digest of the action as it was asked for.
   */
  edited(request: ActionRequest, digest: string): Promise<ActionRequest | null>;
  /** What the person said who rejected exactly this action; empty for nothing, null if nobody did. */
  rejection(approval: string, digest: string): Promise<string | null>;
  /**
   * Waits for a person, at most the hold limit, and at most `limitMs` milliseconds where the client
   * waits for less; the signal withdraws the request.
   */
  wait(ticket: Ticket, signal: Cancellation, limitMs?: number): Promise<HoldAnswer>;
  /**
   * Books a forwarded action, once. In: what it really used, to which budgets are settled; null: what
   * was reserved stays charged.
   */
  settle(action: string, used: Used | null): Promise<void>;
  /** What a call used, as far as this teller's word counts; null where it does not. Never throws. */
  used(request: ActionRequest, told: Told): Used | null;
  /** Digest of Facts as the record names it. */
  factsDigest(facts: Facts): string;
}
