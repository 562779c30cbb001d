/** Why the store refused or could not do something. Stable; `ledger.unavailable` also reaches agents. */
export type StoreErrorCode =
  | "ledger.unavailable"
  | "ledger.corrupt"
  | "ledger.origin"
  | "entry.too_large"
  | "body.digest"
  | "store.owned"
  | "store.closed"
  | "store.sqlite_version"
  | "store.settings"
  | "store.schema"
  | "store.key"
  | "store.digest_key"
  | "store.shared_key"
  | "store.postgres_url"
  | "store.unreachable"
  | "store.credentials"
  | "store.database"
  | "store.rights";

/** A failure of the store as a whole; answers about a single row are values instead. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string) {
    super(message);
    this.name = "StoreError";
    this.code = code;
  }
}
