/** Between two looks for a new checkpoint; a growing log signs one a second. Milliseconds. */
export const WATCH_MS = 1_000;
/** A witness that has not answered by then has failed. Milliseconds. */
export const WITNESS_MS = 5_000;
/** Pause before a witness that failed is asked again; doubles up to the maximum. */
export const WITNESS_RETRY_MS = 1_000;
export const WITNESS_RETRY_MS_MAX = 300_000;
/** A cosignature says when; one of a log at rest is renewed after this. Milliseconds. */
export const COSIGNATURE_RENEW_MS = 300_000;
/** Requests for log files that are answered at once; a bundle takes up to 16 MB of memory. */
export const READERS_MAX = 16;
/** A whole file of a log must have arrived by then. Milliseconds. */
export const FILE_MS = 30_000;
/** The largest file of a log: a bundle of 256 entries of 65,535 bytes. */
export const FILE_BYTES_MAX: number = 256 * (65_535 + 2);
/** One `add-checkpoint` request: 64 lines and a checkpoint with its signatures. Bytes. */
export const SUBMISSION_BYTES_MAX = 65_536;
/** Between two looks of a witness at a log whose address it knows. Milliseconds. */
export const FOLLOW_MS = 10_000;
/** Submissions that a witness reads at once. */
export const SUBMITTERS_MAX = 64;
