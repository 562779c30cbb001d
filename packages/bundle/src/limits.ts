/** Policies of one bundle. */
export const MAX_POLICIES = 10_000;
/** Policies with a limit: every action reads the counters of them all. */
export const MAX_LIMITS = 64;
/** Characters of one policy file. */
export const MAX_FILE_CHARS = 1_048_576;
/** Characters of one policy. */
export const MAX_POLICY_CHARS = 65_536;
/** Brackets, and prefix operators in a row, inside one another in policy text. */
export const MAX_NESTING = 64;
/**
 * Levels of one policy's expression in Cedar's JSON form, where every `||` of a row takes two. The
 * validator's own stack holds about 150 of them in a row.
 */
export const MAX_DEPTH = 256;
/** Characters of one annotation value. */
export const MAX_ANNOTATION_CHARS = 1_000;
/** Ids of one closed list. */
export const MAX_CLOSED_IDS = 10_000;
/** The longest time an approval may wait or last: seven days, in milliseconds. */
export const MAX_TTL_MS = 604_800_000;
/** How long a request for approval lasts when a policy does not say: fifteen minutes. */
export const DEFAULT_TTL_MS = 900_000;
/** People that one policy may ask for. */
export const MAX_QUORUM = 20;
/** Uses that one grant may be limited to. */
export const MAX_USES = 1_000_000;
/** Errors of one load that are reported; the first ones are the ones to mend. */
export const MAX_ERRORS = 100;
/** Policies without a scope from which on they cost more than the rest of a decision: about 50 us. */
export const MAX_UNSCOPED = 1_000;
/** Cases of one policy test file. */
export const MAX_TEST_CASES = 10_000;
/** Characters of one bundle file. */
export const MAX_BUNDLE_CHARS = 33_554_432;
/** Sources, and catalog files, of one bundle file. */
export const MAX_BUNDLE_FILES = 1_000;
/** Characters of a file's name in a bundle. */
export const MAX_NAME_CHARS = 512;
