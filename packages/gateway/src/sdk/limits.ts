export const SDK_LIMITS = {
  /** Milliseconds until an action that was granted and never reported counts as unknown. */
  reportMs: 600_000,
  /** Granted and unreported actions of one agent; each keeps its arguments in memory. */
  openPerCaller: 64,
} as const;
