/** UTF-16 units of one text that are scanned; what lies beyond is reported as not scanned. */
export const SCAN_UNITS_MAX = 1_048_576;
/** Findings of one scan; more are counted as not scanned. */
export const SCAN_FINDINGS_MAX = 10_000;
/** UTF-16 units of a name before `=` or `:`. */
export const NAME_UNITS_MAX = 64;
/** UTF-16 units of one assigned value that is taken whole. */
export const VALUE_UNITS_MAX = 4_096;
/** UTF-16 units of a value without quotes. */
export const BARE_UNITS_MAX = 512;
/** UTF-16 units of the part of a URL that can hold a password. */
export const AUTHORITY_UNITS_MAX = 512;
/** UTF-16 units of a private key block. */
export const KEY_BLOCK_UNITS_MAX = 16_384;
/** UTF-16 units after `curl` in which its options are read. */
export const COMMAND_UNITS_MAX = 400;

/** Detectors of one configuration. */
export const OWN_DETECTORS_MAX = 20;
/** UTF-16 units of the expression of one. */
export const OWN_PATTERN_UNITS_MAX = 1_000;
/** UTF-16 units of the longest match that is surely found whole. */
export const OWN_MATCH_UNITS_MAX = 512;
/** UTF-16 units of text that one look for matches begins in. */
export const OWN_STEP_UNITS = 2_048;
/** UTF-16 units in front of and behind a stretch, for what an expression says about its surroundings. */
export const OWN_CONTEXT_UNITS = 64;
/** UTF-16 units of text, times looks for a match, of one call: about a second. */
export const OWN_SCAN_MAX = 8_388_608;
