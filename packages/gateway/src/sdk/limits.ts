export const SDK_LIMITS = {
  /** Milliseconds until an action that was granted and never reported counts as unknown. */
  reportMs: 600_000,
} as const;
