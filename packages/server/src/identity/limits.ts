/** Between two looks at an issuer's keys. Milliseconds. */
export const KEYS_REFRESH_MS = 300_000;
/** Between a look that failed, or a key nobody knew, and the next. Milliseconds. */
export const KEYS_RETRY_MS = 10_000;
/** An issuer that has not answered by then has failed. Milliseconds. */
export const KEYS_ASK_MS = 5_000;
/** Keys that nobody could confirm for so long are used no more. Milliseconds. */
export const KEYS_STALE_MS = 3_600_000;
/** An issuer's metadata. Bytes. */
export const METADATA_BYTES_MAX = 262_144;
/** Reject records per second for strangers at the SDK's API. */
export const STRANGERS_PER_SECOND = 50;
