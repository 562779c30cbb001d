/** Effects of one action; a request that does more is refused as a whole. */
export const MAX_EFFECTS = 256;
/** Members of a principal chain. */
export const MAX_CHAIN = 16;
/** Reasons in one list of a Decision; the weakest beyond it are left out, requirements never are. */
export const MAX_REASONS = 64;
/** Ended grants that a refusal is tried against, latest end first. */
export const MAX_ENDED_GRANTS = 32;
