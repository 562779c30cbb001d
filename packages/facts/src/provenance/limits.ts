/** Bounds of provenance. What lies beyond a bound counts as never seen: held where it names a destination. */

/** UTF-16 units of one result that are read into records and spans. */
export const RESULT_UNITS_MAX = 262_144;
/** UTF-16 units of normalised results that one session keeps; the oldest results go first. */
export const SESSION_UNITS_MAX = 1_048_576;
/** Spans of one session. */
export const SESSION_SPANS_MAX = 20_000;
/** Spans of one result. */
export const RESULT_SPANS_MAX = 8_000;
/** UTF-16 units of one prompt that are read, from its start. */
export const PROMPT_UNITS_MAX = 32_768;
/** Prompts of one session that make its scope, newest last. */
export const PROMPTS_MAX = 16;
/** Nesting that the readers of results follow. */
export const RESULT_DEPTH_MAX = 16;
/** UTF-16 units of a string that still counts as a field rather than as prose. */
export const FIELD_UNITS_MAX = 80;
/** UTF-16 units of one span of prose; a longer sentence is cut. */
export const SENTENCE_UNITS_MAX = 240;
/** Spans looked at for one value in one result. */
export const OCCURRENCES_MAX = 64;
/** Places looked at for one value in all results of a session. */
export const SIGHTINGS_MAX = 512;
/** Leaves of the arguments that are judged; a call with more is held. */
export const LEAVES_MAX = 256;
/** UTF-16 units of one argument leaf that are compared. */
export const LEAF_UNITS_MAX = 16_384;
/** Secrets that a session remembers, newest last. */
export const SECRETS_MAX = 256;
/** Hosts that a session has accepted, newest last. */
export const HOSTS_MAX = 512;
/** Values of passed calls that a session remembers, newest last. */
export const USED_MAX = 512;
/** Parameters that the person filled in, of passed calls, newest last. */
export const PINS_MAX = 512;
/** Tool profiles kept by definition digest. */
export const PROFILES_MAX = 1_024;
/** UTF-16 units of a verbatim copy that say something: shorter is chance, longer is a quotation. */
export const COPY_UNITS_MIN = 5;
export const COPY_UNITS_MAX = 120;
