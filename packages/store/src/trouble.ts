import type { GapCode } from "@bylaw/core";
import { StoreError } from "./errors.ts";

// Primary result codes of SQLite (sqlite.org/rescode.html).
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;
/** A page that ends early: the file is shorter than its own header says. */
const SQLITE_IOERR_SHORT_READ = 522;

/** Any failure of the store, with the code that says whether the log is damaged or out of reach. */
export function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StoreError(isDamage(error) ? "ledger.corrupt" : "ledger.unavailable", message);
}

/** What kept a record from being written. */
export function gapCode(error: unknown): GapCode {
  const { code } = error as { readonly code?: unknown };
  if (resultOf(error) === SQLITE_FULL || code === "ENOSPC" || code === "EDQUOT") return "disk.full";
  return resultOf(error) === SQLITE_IOERR || code === "EIO" ? "disk.error" : "writer.ended";
}

function isDamage(error: unknown): boolean {
  const { sqliteExtendedCode } = (error ?? {}) as { readonly sqliteExtendedCode?: unknown };
  const result = resultOf(error);
  return (
    result === SQLITE_CORRUPT ||
    result === SQLITE_NOTADB ||
    sqliteExtendedCode === SQLITE_IOERR_SHORT_READ
  );
}

/** The driver leaves the number out of some errors; the texts are SQLite's own and as stable. */
const TEXTS: Readonly<Record<string, number>> = {
  "disk I/O error": SQLITE_IOERR,
  "database disk image is malformed": SQLITE_CORRUPT,
  "database or disk is full": SQLITE_FULL,
  "file is not a database": SQLITE_NOTADB,
};

function resultOf(error: unknown): number | null {
  const { sqliteCode, message } = (error ?? {}) as {
    readonly sqliteCode?: unknown;
    readonly message?: unknown;
  };
  if (typeof sqliteCode === "number") return sqliteCode & 0xff;
  return typeof message === "string" && Object.hasOwn(TEXTS, message)
    ? (TEXTS[message] ?? null)
    : null;
}
