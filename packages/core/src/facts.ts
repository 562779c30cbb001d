import type { DelegationState } from "./delegation/delegation.ts";
import type { JsonObject } from "./json/json.ts";
import type { Caller, Principal } from "./request.ts";
import type { Condition, ShieldScope } from "./shield/entry.ts";
import type {
  Action,
  Audience,
  Gateway,
  Label,
  Origin,
  ResourceType,
  Source,
} from "./vocabulary.ts";

/** An upper bound: unknown amounts are the largest one, so that limits fail closed from either side. */
export interface Amount {
  readonly atMost: number;
  readonly known: boolean;
}

export const UNKNOWN_AMOUNT: Amount = { atMost: Number.MAX_SAFE_INTEGER, known: false };

export function exactly(count: number): Amount {
  return { atMost: count, known: true };
}

export interface EntityRef {
  readonly type: string;
  readonly id: string;
}

/** Where one stands among others; -1 for nowhere. */
export function placeOf(refs: readonly EntityRef[], { type, id }: EntityRef): number {
  for (let at = 0; at < refs.length; at += 1) {
    const ref = refs[at] as EntityRef;
    if (ref.id === id && ref.type === type) return at;
  }
  return -1;
}

/** A Cedar entity with every ancestor as a direct parent, so that the slice is closed by construction. */
export interface Entity extends EntityRef {
  readonly parents: readonly EntityRef[];
  /** Attribute values in Cedar's JSON form; entity references are `{"__entity": {type, id}}`. */
  readonly attrs: JsonObject;
}

export interface ResourceEntity extends Entity {
  readonly type: ResourceType;
}

/** One thing the action does: each is a Cedar request of its own per member of the principal chain. */
export interface Effect {
  readonly action: Action;
  readonly resource: ResourceEntity;
  /** Things acted on: rows, files, messages. */
  readonly quantity: Amount;
  /** Bytes of content moved. */
  readonly bytes: Amount;
  /** Money, in millionths of a US dollar. */
  readonly cost: Amount;
  /**
   * Tokens of a model, in and out. Absent: none where a parser or a person described the effect and it
   * is not on a Model, otherwise unknown.
   */
  readonly tokens?: Amount;
  /** False unless an undo is known to exist. */
  readonly reversible: boolean;
  /** Who can see or use the result afterwards. */
  readonly audience: Audience;
  /** Labels of the data this effect reads or moves, closed upwards (secret implies confidential …). */
  readonly labels: readonly Label[];
  readonly origin: {
    readonly target: readonly Origin[];
    readonly payload: readonly Origin[];
    readonly untrusted: boolean;
  };
  readonly findings: readonly string[];
  readonly source: Source;
}

/** Leaves of the arguments that the bundle's policies read, by dotted path. */
export interface ArgumentFacts {
  /** Keyed digest of the canonical arguments: equal arguments, equal digest; says nothing without the key. */
  readonly digest: string;
  readonly text: Readonly<Record<string, string>>;
  readonly number: Readonly<Record<string, number>>;
  readonly list: Readonly<Record<string, readonly string[]>>;
  /** False when anything was left out: too many leaves, numbers beyond 2^53-1, over-long text. */
  readonly complete: boolean;
}

export interface SessionFacts {
  readonly id: string;
  readonly labels: readonly Label[];
  readonly origins: readonly Origin[];
  readonly untrusted: boolean;
  /** Delegation depth: 0 for an agent started by a person. */
  readonly depth: number;
  readonly attended: boolean;
}

export interface TaskFacts {
  readonly declared: boolean;
  readonly inScope: boolean;
  readonly locked: boolean;
  readonly offline: boolean;
  readonly noInstall: boolean;
}

/** Rolling counters of the acting agent, without this action. */
export interface Counts {
  readonly calls_1m: number;
  readonly deletes_1h: number;
  readonly sends_1h: number;
  /** Millionths of a US dollar. */
  readonly spend_1d: number;
  readonly denials_10m: number;
}

/** One person's yes, with what decides whether the person may give it. */
export interface Vote {
  readonly user: string;
  readonly groups: readonly string[];
}

/** A stored approval of exactly this action; `decide` judges whether it covers a forbid. */
export interface Approval {
  readonly id: string;
  /** The exact-action digest it was given for. */
  readonly digest: string;
  /** The policies it answers, by id and content digest. */
  readonly policies: readonly { readonly id: string; readonly digest: string }[];
  readonly votes: readonly Vote[];
  /** Canonical time after which it is void. */
  readonly expires: string;
  /**
   * The person who broke the glass: answers every policy named without the votes it asks for. Absent
   * where nobody did.
   */
  readonly override?: string;
}

/**
 * A yes for more than one action: the same chain doing the same with the same tool, no larger, no wider
 * and no more suspicious than the action that people were asked about. Its uses are counted as those
 * of a grant, under its id.
 */
export interface Waiver {
  /** `waiver:` and something unguessable: no policy has such an id. */
  readonly id: string;
  /** The policies it answers, by id and content digest; each allows a waiver itself. */
  readonly policies: Approval["policies"];
  readonly votes: readonly Vote[];
  /** Canonical time after which it is void. */
  readonly expires: string;
  /** How many actions may rest on it. */
  readonly uses: number;
  /** The one session it holds for; null for any. */
  readonly session: string | null;
  readonly gateway: Gateway;
  readonly upstream: string;
  readonly operation: string;
  readonly target: string | null;
  readonly definition: string | null;
  readonly chain: readonly EntityRef[];
  readonly effects: readonly Effect[];
}

/** What the store knows about a policy that is a grant. */
export interface GrantState {
  readonly uses: number;
  readonly revoked: boolean;
}

/** What a person has stopped with the kill switch. */
export const HALT_SCOPES = ["all", "agent", "user", "upstream"] as const;

/** A halt in force: nothing that it is about goes ahead until somebody resumes it. */
export interface Halt {
  readonly scope: (typeof HALT_SCOPES)[number];
  /** Name of the agent, user or upstream; empty for `all`. */
  readonly subject: string;
  readonly by: string;
  /** Canonical time. */
  readonly at: string;
  readonly reason: string;
}

/** A condition of a SHIELD entry that holds for the action. */
export interface ShieldMatch extends Condition {
  readonly scope: ShieldScope;
  /** Index into `effects`; null where it is the whole action. */
  readonly effect: number | null;
  /** False when it may hold and nobody can tell. */
  readonly certain: boolean;
}

/**
 * Which of the bundle's SHIELD conditions hold. The conditions are named, never what they were
 * compared with: texts of a call do not get into Facts or records through here.
 */
export interface ShieldFacts {
  /** Digest of the conditions that were looked for: `Shield.asked`. */
  readonly asked: string;
  /** False when the action has more text than is compared. */
  readonly complete: boolean;
  readonly matches: readonly ShieldMatch[];
}

/**
 * Everything a decision may use, frozen. The same Facts and the same bundle give the same Decision,
 * byte for byte, at any time and on any machine: nothing downstream of here reads a clock, the
 * network, a random source or a model.
 */
export interface Facts {
  readonly version: 1;
  /** Canonical time: `YYYY-MM-DDThh:mm:ss.sssZ`. */
  readonly now: string;
  readonly action: {
    readonly id: string;
    readonly gateway: Gateway;
    readonly upstream: string;
    readonly operation: string;
    readonly target: string | null;
    /** Digest of the reviewed tool definition; null where no definition exists. */
    readonly definition: string | null;
  };
  /** Exact-action digest that approvals are bound to. */
  readonly digest: string;
  readonly tool: ResourceEntity;
  readonly arguments: ArgumentFacts;
  readonly caller: Pick<Caller, "credential" | "assurance">;
  readonly chain: readonly Principal[];
  readonly effects: readonly Effect[];
  readonly session: SessionFacts;
  readonly task: TaskFacts;
  readonly counts: Counts;
  /** An approval that the caller presented: a handle that does not cover exactly this is a block. */
  readonly handle: string | null;
  readonly approvals: readonly Approval[];
  /** Absent where nobody gave any that could be about this action. */
  readonly waivers?: readonly Waiver[];
  /** By policy id, and by id of a waiver; one without an entry is unused. */
  readonly grants: Readonly<Record<string, GrantState>>;
  /** Halts that this action falls under; absent where there is none. */
  readonly halts?: readonly Halt[];
  /** What ties the sub-agents of the chain to who started them, outermost first; absent where nothing was delegated. */
  readonly delegations?: readonly DelegationState[];
  /**
   * By policy id, how much of a limit is used up for whoever this action counts for, in the limit's
   * unit and without this action; a limit without an entry is unused. Absent where the bundle has none.
   */
  readonly limits?: Readonly<Record<string, number>>;
  /**
   * The upstream failed so often that it is left alone until a time, or until the one call that tries
   * it after that has ended; absent where a call may go there.
   */
  readonly paused?: { readonly failures: number; readonly until: string };
  /** Absent where the bundle has no SHIELD entries. */
  readonly shield?: ShieldFacts;
}
