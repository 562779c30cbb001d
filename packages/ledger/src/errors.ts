/**
 * Every code that reading, writing or verifying a log can end with. Stable: tests and scripts match
 * on them, messages may change.
 */
export type LedgerErrorCode =
  | "entry.too_large"
  | "note.malformed"
  | "note.unsigned"
  | "note.signature"
  | "key.malformed"
  | "checkpoint.malformed"
  | "tile.malformed"
  | "tile.missing"
  | "proof.range"
  | "policy.malformed"
  | "policy.unmet"
  | "receipt.malformed";

export interface LedgerError {
  readonly code: LedgerErrorCode;
  readonly message: string;
}

export function ledgerError(code: LedgerErrorCode, message: string): LedgerError {
  return { code, message };
}
