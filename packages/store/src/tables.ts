/**
 * Every table of the store, the same in SQLite and PostgreSQL. No column is nullable and JSON is text,
 * because its bytes are hashed; times are milliseconds since the epoch, flags 0 or 1, and every
 * integer is one that a double holds.
 */
export interface Tables {
  meta: { key: string; value: string };

  /** The logs in this database: one per gateway, so exactly one in SQLite. */
  log: { id: number; origin: string; vkey: string };
  /**
   * What a log's next append rests on. Hashes of tile level 0 are in `entry.leaf`, of the levels
   * above in `node`; everything else (tiles, proofs, the right edge) is derived from these rows.
   */
  head: { log: number; size: number; root: Uint8Array };
  entry: { log: number; idx: number; leaf: Uint8Array; bytes: Uint8Array };
  node: { log: number; level: number; idx: number; hash: Uint8Array };
  checkpoint: { log: number; size: number; note: string };
  body: { log: number; digest: string; bytes: Uint8Array };
  /** Intents that no outcome has closed yet. */
  open_intent: { log: number; idx: number };

  session: { id: string; credential: string; started: number };
  agent: {
    id: string;
    token: string;
    owner: string;
    groups: string;
    suspended: number;
    created: number;
  };
  approval: {
    id: string;
    digest: string;
    agent: string;
    session: string;
    credential: string;
    requirements: string;
    effects: string;
    request: string;
    created: number;
    expires: number;
    state: string;
    action: string;
    /** Empty, `open` after a broken glass, or who has looked at it since. */
    followup: string;
    /** Digest of the action that was asked about, where a person edited it; else empty. */
    origin: string;
  };
  vote: { approval: string; person: string; verdict: string; at: number; note: string };
  waiver: {
    id: string;
    approval: string;
    agent: string;
    terms: string;
    created: number;
    expires: number;
  };
  grant_use: { id: string; uses: number; uses_max: number; revoked: number };
  /** Claims of actions in flight; `log` is the gateway's that can still give them back. */
  reservation: { log: number; action: string; grants: string; limits: string };
  charge: {
    action: string;
    agent: string;
    at: number;
    calls: number;
    denials: number;
    deletes: number;
    sends: number;
    spend: number;
  };
  /**
   * Counters of limits. `at` is when a slice of the window begins, or 0 for what is in flight;
   * `subject` says whose counter it is.
   */
  tally: { policy: string; subject: string; at: number; amount: number };
  /** The kill switch: one row for everything that is halted. */
  halt: { scope: string; subject: string; person: string; reason: string; at: number };
  /** What must be seen once, by digest, until it is too old to be seen again. */
  single_use: { key: string; until: number };
  /** How people prove who they are when something widens what may be done. */
  factor: {
    id: string;
    person: string;
    kind: string;
    /** A public key as JSON; of a TOTP factor, the sealed secret. */
    material: string;
    created: number;
    /** Who vouched for it; the person itself where it had another one. */
    added_by: string;
    /** The newest time step or signature counter seen. */
    last: number;
  };
  /** Attempts that have not succeeded, until they are too old to count. */
  factor_attempt: { factor: string; nonce: string; at: number };
  /** What agents let sub-agents do, until it has expired. */
  delegation: {
    id: string;
    delegator: string;
    delegate: string;
    credential: string;
    expires: number;
    revoked: number;
  };
  definition: {
    server: string;
    kind: string;
    name: string;
    digest: string;
    content: string;
    findings: string;
    first_seen: number;
    state: string;
    decided_by: string;
  };
}

/** The id of the only log in an embedded database. */
export const ONLY_LOG = 1;
