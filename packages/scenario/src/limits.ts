/** Characters of one scenario file. */
export const FILE_CHARS_MAX = 1_048_576;
/** Steps of one scenario. */
export const STEPS_MAX = 1_000;
/** Calls that one step may make. */
export const REPEAT_MAX = 10_000;
/** Rows that a table is filled with. */
export const ROWS_MAX = 1_000_000;
/** Numbers that one `$range` stands for. */
export const RANGE_MAX = 100_000;
/** Milliseconds until a gateway that does not answer counts as failed, on a machine with much else to do. */
export const START_MAX_MS = 300_000;
/** Milliseconds that a gateway gets to end by itself. */
export const STOP_MAX_MS = 60_000;
/** Milliseconds until a call counts as unanswered. */
export const CALL_MAX_MS = 60_000;
