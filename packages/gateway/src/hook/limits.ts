export const HOOK_LIMITS = {
  /** Milliseconds that a call is held for a person: less than any client waits for its hook. */
  holdMs: 45_000,
  /** Milliseconds until an allowed call without a result counts as unknown. */
  resultMs: 3_600_000,
  /** Allowed calls of one agent without a result; beyond them the oldest counts as unknown. */
  openPerCaller: 256,
  /** Characters of a client's own ids and names. */
  nameChars: 512,
} as const;
