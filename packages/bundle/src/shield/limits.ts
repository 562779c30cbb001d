/** Characters of one SHIELD file or feed. */
export const MAX_SHIELD_CHARS = 4_194_304;
/** Entries of all SHIELD files together. */
export const MAX_SHIELD_ENTRIES = 10_000;
/** Conditions of all entries together. */
export const MAX_SHIELD_CONDITIONS = 50_000;
/** Characters of one field. */
export const MAX_FIELD_CHARS = 8_192;
/** Characters of one value to compare with. */
export const MAX_VALUE_CHARS = 1_024;
/** Ways in which one directive can hold, with its alternatives multiplied out. */
export const MAX_WAYS = 256;
/** Problems of one load that are reported. */
export const MAX_SHIELD_PROBLEMS = 100;
/** Entries that a model's context gets (SHIELD.md v0.1, context limits). */
export const CONTEXT_ENTRIES = 25;
