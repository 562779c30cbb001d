/** Exit codes of `bylaw`, the same for every command; documented in docs/cli.md. */
export const EXIT = {
  ok: 0,
  /** The answer is no: a log that does not verify, an approval that cannot be given. */
  no: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** No gateway answers in this data folder, or a log cannot be reached. */
  unreachable: 3,
  /** A defect in Bylaw. */
  internal: 70,
} as const;

/** Ends a command with a message for people and a code for machines. */
export class CommandError extends Error {
  readonly exit: number;
  readonly code: string;
  constructor(exit: number, code: string, message: string) {
    super(message);
    this.exit = exit;
    this.code = code;
  }
}
