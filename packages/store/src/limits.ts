/** Writes that one transaction takes in: bounds how long the first caller waits for the last. */
export const BATCH_WRITES_MAX = 256;
/** A signed checkpoint is due after this many entries or this long, whichever comes first. */
export const CHECKPOINT_ENTRIES = 1_000;
export const CHECKPOINT_MS = 1_000;
/** Records that were acknowledged before fsync are on disk at most this much later. */
export const FLUSH_MS = 25;
/** Room that each of the two files of the journal takes from the disk when it is made. */
export const JOURNAL_BYTES = 1_048_576;
/** What the database has not yet may grow to this, while it is slow; then records wait for it. */
export const JOURNAL_BACKLOG_BYTES = 16_777_216;
/** How long the writing thread waits before it looks at the journal again, and for how long it goes on. */
export const DOZE_MS = 4;
export const DOZING_MS = 50;
/** How long a reader waits for the database to have what the journal has. */
export const TAKEN_MS = 500;
/** What nobody waits for goes into the journal with whatever comes next, or after this time. */
export const SOON_MS = 1;
/** Pause before reopening a log that could not be written; doubles up to the maximum. */
export const REOPEN_MS = 250;
export const REOPEN_MS_MAX = 4_000;
/** Room kept for the time when the disk is full, and what must be free besides to go on. */
export const RESERVE_BYTES = 4_194_304;
export const RESUME_FREE_BYTES = 1_048_576;
/** How long a statement waits for another connection's lock. */
export const BUSY_MS = 5_000;
/** Without a session of its own, all traffic of one credential in this time is one session (T10). */
export const SESSION_MS = 86_400_000;
/** Entries re-hashed when a log is opened: what a crash can have touched, and the last tile. */
export const TAIL_ENTRIES = 256;
/** How long after its first record an action may name the same Facts once more. */
export const NAMED_AGAIN_MS = 86_400_000;
/** Proofs and passports that are remembered at once; beyond it nothing that counts once is accepted. */
export const SINGLE_USES_MAX = 1_000_000;
/** Between two looks for those that are too old to be used again. Milliseconds. */
export const SINGLE_USES_FORGET_MS = 60_000;
/** The same while no more can be remembered. */
export const SINGLE_USES_RETRY_MS = 1_000;
/** Definitions of one server, all versions of all its tools together. */
export const DEFINITIONS_MAX = 20_000;
/** Rows that an iterator reads at a time. */
export const PAGE_ROWS = 256;
