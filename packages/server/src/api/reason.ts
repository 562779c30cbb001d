/** Characters of a reason that goes into the log, to an agent, or into an annotation of a policy. */
export const REASON_MAX = 500;
