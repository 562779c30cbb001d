/** Questions (effect and member of the chain) that one explanation looks at, the deciding ones first. */
export const MAX_QUESTIONS = 8;
/** Pairs of policy and question that are read for near misses, and as many for one search. */
export const MAX_PROBES = 20_000;
/** Policies named as near misses. */
export const MAX_NEAR_MISSES = 5;
/** Permits named as the closest where none permits. */
export const MAX_CLOSEST = 3;
/** Changes of one fact that are tried at one step of the search. */
export const MAX_EDITS = 64;
/** Facts changed together in one proposal. */
export const MAX_CHANGES = 2;
/** Decisions that one search may make. */
export const MAX_TRIALS = 2_000;
/** Cedar requests that one search may evaluate: trials times effects times members of the chain. */
export const MAX_TRIAL_REQUESTS = 20_000;
/** Proposals reported, all of the same size. */
export const MAX_FLIPS = 3;
/** Characters of one value in an explanation. */
export const MAX_SHOWN_CHARS = 120;
/** Elements of one set, or ancestors of one entity, in an explanation. */
export const MAX_SHOWN_ELEMENTS = 8;
