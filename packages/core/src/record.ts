import type { Decision, Reason } from "./decision.ts";
import type { EntityRef } from "./facts.ts";
import type { JsonObject } from "./json/json.ts";
import type { Action, Assurance, Gateway, Label, Origin, Outcome } from "./vocabulary.ts";

/** Where what the action rests on came from: the session's and every effect's together. */
export interface Provenance {
  readonly labels: readonly Label[];
  readonly origins: readonly Origin[];
  /** True when anything of it came from outside: a page, a mail, a file of others. */
  readonly untrusted: boolean;
}

/** What every record says about the action it belongs to; ids link the records of one action. */
export interface ActionSummary {
  readonly id: string;
  readonly gateway: Gateway;
  readonly upstream: string;
  readonly operation: string;
  readonly target: string | null;
  readonly session: string;
  readonly credential: string;
  /** How the caller proved who it is. */
  readonly assurance: Assurance;
  readonly chain: readonly EntityRef[];
  readonly effects: readonly {
    readonly action: Action;
    readonly resource: EntityRef;
    readonly atMost: number;
    readonly known: boolean;
  }[];
  readonly provenance: Provenance;
  /** Keyed digest of the arguments. */
  readonly arguments: string;
  /** Exact-action digest. */
  readonly digest: string;
  /** SHA-256 of the canonical Facts, kept beside the log as a body. */
  readonly facts: string;
}

interface Base {
  readonly v: 1;
  /** Canonical time. */
  readonly at: string;
}

/** Written before anything is forwarded. */
export interface IntentRecord extends Base {
  readonly kind: "intent";
  readonly action: ActionSummary;
  readonly decision: Decision;
}

/** An action that was decided and not forwarded. */
export interface RefusalRecord extends Base {
  readonly kind: "refusal";
  readonly id: string;
  /** Null when the facts themselves could not be established. */
  readonly action: ActionSummary | null;
  readonly decision: Decision;
}

/** A message that could not become an action: malformed, unauthenticated, unknown, over a limit. */
export interface RejectRecord extends Base {
  readonly kind: "reject";
  readonly id: string;
  readonly gateway: Gateway;
  readonly upstream: string | null;
  readonly credential: string | null;
  readonly code: string;
  readonly bytes: { readonly digest: string; readonly length: number };
}

/** An action that waits for a person. */
export interface HoldRecord extends Base {
  readonly kind: "hold";
  readonly approval: string;
  readonly action: ActionSummary;
  readonly decision: Decision;
  readonly expires: string;
}

/** What a person, or time, made of a held action. */
export interface ApprovalRecord extends Base {
  readonly kind: "approval";
  readonly approval: string;
  readonly digest: string;
  readonly verdict: "approved" | "rejected" | "expired" | "withdrawn";
  /** The person; null when time or the client ended it. */
  readonly by: string | null;
  readonly policies: readonly string[];
  /** What the person said to it; absent where nothing was said. */
  readonly reason?: string;
}

export type Completion = "ok" | "error" | "unknown";

/** What an outcome can tell of, in the units of limits: what an action reserves is a bound of it. */
export const METERED = ["usd", "tokens"] as const;

/** What an action really used, as its outcome told; `usd` in millionths of a US dollar. */
export type Used = { readonly [Unit in (typeof METERED)[number]]?: number };

/** What came of a call, and whose word it is: the server's, or that of the agent that acted itself. */
export type Told =
  | { readonly kind: "result"; readonly result: JsonObject }
  | {
      readonly kind: "reported";
      /** US dollars. */
      readonly usd: number | null;
      readonly tokens: number | null;
    };

/** What came back. `unknown`: it was sent and no answer arrived, so it may or may not have happened. */
export interface OutcomeRecord extends Base {
  readonly kind: "outcome";
  readonly action: string;
  /** Log index of the intent this closes. */
  readonly intent: number;
  readonly completion: Completion;
  /** A code for errors and unknowns, null when ok. */
  readonly code: string | null;
  /** Keyed digest and length of the result, null when none arrived. */
  readonly result: { readonly digest: string; readonly length: number } | null;
  /** What budgets were settled to; absent where nobody whose word counts told. */
  readonly used?: Used;
}

export interface StartRecord extends Base {
  readonly kind: "start";
  readonly version: string;
  readonly bundle: string;
  /** Digest of the effective configuration. */
  readonly configuration: string;
  /** Advisory: agent and Bylaw run as one user. Enforcing: they do not. */
  readonly tier: "advisory" | "enforcing";
  /** Index of the first intent of an earlier run that has no outcome; those are closed as unknown. */
  readonly unclosed: number;
}

export interface StopRecord extends Base {
  readonly kind: "stop";
}

/**
 * Policy set or definition that a person accepted, or an agent that changed, or a factor: then `id` is
 * the person's name and the factor's id, and the public key stands in `before` or `after`.
 */
export interface ChangeRecord extends Base {
  readonly kind: "change";
  readonly subject: "bundle" | "agent" | "definition" | "factor";
  readonly id: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly by: string;
}

/** What a person, or a retention time, erased beside the log; the log itself never shrinks. */
export interface ErasureRecord extends Base {
  readonly kind: "change";
  /** `key`: that of the keyed digests. `bodies`: Facts of the entries before `id`, an index. */
  readonly subject: "key" | "bodies";
  readonly id: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly by: string;
  readonly reason: string;
}

/** The kill switch: what a person stopped, or let go on. */
export interface HaltRecord extends Base {
  readonly kind: "change";
  readonly subject: "halt";
  /** `all`, or scope and name such as `agent:coder`. */
  readonly id: string;
  readonly before: "running" | "halted";
  readonly after: "running" | "halted";
  readonly by: string;
  readonly reason: string;
}

/**
 * A grant or a waiver that a person gave, narrowed or revoked, or a proposal for a grant that a person
 * turned down.
 */
export interface GrantRecord extends Base {
  readonly kind: "change";
  readonly subject: "grant" | "waiver";
  /** Of the policy or the waiver; of a proposal that was turned down, of the refused action. */
  readonly id: string;
  /** Digest of the policy, or id of the approval behind a waiver; null for what is new. */
  readonly before: string | null;
  /** As before; null for what was revoked. Both are null for a proposal turned down. */
  readonly after: string | null;
  readonly by: string;
  readonly reason: string;
}

/** How people prove who they are. */
export const FACTOR_KINDS = ["passphrase", "totp", "passkey"] as const;
export type FactorKind = (typeof FACTOR_KINDS)[number];

/**
 * A person's factor answered for a request that widens what may be done. The record of what came of
 * the request follows. Whoever has the public key of `factor` can check it; of a code nothing can be.
 */
export interface ProofRecord extends Base {
  readonly kind: "proof";
  readonly by: string;
  /** Id of the factor. */
  readonly factor: string;
  readonly method: FactorKind;
  /** Canonical JSON of the statement that was answered: request, body, what it covers, nonce. */
  readonly statement: string;
  /** Base64url, over the statement; null where the factor is a code. */
  readonly signature: string | null;
  /** What a passkey signed besides, base64url. */
  readonly authenticator?: { readonly data: string; readonly client: string };
}

/** Why nothing could be recorded for a while. */
export type GapCode = "disk.full" | "disk.error" | "writer.ended" | "database.lost";

/** The first record after a time in which the log could not be written. */
export interface GapRecord extends Base {
  readonly kind: "gap";
  /** Canonical time of the failure. */
  readonly since: string;
  readonly code: GapCode;
  /** Records that were refused meanwhile; of an action they belonged to, nothing was forwarded. */
  readonly refused: number;
}

/** Something that a person has to look at, or what a person answered to it. */
export interface AlarmRecord extends Base {
  readonly kind: "alarm";
  /**
   * What happened: `shadow.mismatch`, `bundle.refused`, `bundle.released`, `definition.seen`,
   * `approval.break_glass`, `approval.reviewed`, `factor.recovered`.
   */
  readonly code: string;
  /** Digest of the bundle that it is about; null where there is none. */
  readonly bundle: string | null;
  /** The action that showed it. */
  readonly action: string | null;
  /** The person who answered it; null for what the gateway found itself. */
  readonly by: string | null;
  /** For people; never carries arguments or results. */
  readonly text: string;
}

export type LedgerRecord =
  | IntentRecord
  | RefusalRecord
  | RejectRecord
  | HoldRecord
  | ApprovalRecord
  | OutcomeRecord
  | StartRecord
  | StopRecord
  | ChangeRecord
  | ErasureRecord
  | HaltRecord
  | GrantRecord
  | ProofRecord
  | GapRecord
  | AlarmRecord;

/** One line that says what decided: for refusals, the console and `audit show`. */
export function deciding(decision: Decision): Reason {
  const reason = decision.reasons[0];
  if (reason === undefined) throw new Error("a decision always carries a reason");
  return reason;
}

export function refused(outcome: Outcome): boolean {
  return outcome === "block" || outcome === "require_approval";
}

/** Where a reply carries its receipt: a member of `_meta` in MCP. */
export const RECEIPT_KEY = "dev.bylaw/receipt";

/**
 * What anybody can keep of a reply: where its record stands in the log, and the newest checkpoint
 * that the log had signed by then. The log's own signature covers the checkpoint alone.
 */
export interface RecordReceipt {
  /** Names the log. */
  readonly origin: string;
  readonly index: number;
  /** Base64 RFC 6962 leaf hash of the record. */
  readonly leaf: string;
  /** A C2SP signed note; null only in the moment before the log's first signature. */
  readonly checkpoint: string | null;
}
