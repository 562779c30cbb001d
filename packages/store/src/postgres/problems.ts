import { StoreError, type StoreErrorCode } from "../errors.ts";

/** SQLSTATE classes and Node's codes that an operator can do something about. */
const PROBLEMS: readonly (readonly [RegExp, StoreErrorCode, string])[] = [
  [/^28/, "store.credentials", "the database refuses the user or the password"],
  [/^3D000$/, "store.database", "there is no such database"],
  [/^(42501|25006)$/, "store.rights", "the database user may not create or change the tables"],
  [/^(E[A-Z_]+|08...|57P0[123]|53300)$/, "store.unreachable", "the database cannot be reached"],
];

/** SQLSTATEs after which the same transaction may well succeed: it lost to another and was undone. */
const LOST_RACES = new Set(["40001", "40P01", "23505"]);

export function isIdentifiable(error: unknown): error is { readonly code: string } {
  return (
    typeof error === "object" &&
    error !== null &&
    "code" in error &&
    typeof error.code === "string" &&
    /^[A-Z0-9_]{4,20}$/.test(error.code)
  );
}

export function problemOf(error: unknown): StoreError | null {
  const code = isIdentifiable(error) ? error.code : "";
  const found = PROBLEMS.find(([pattern]) => pattern.test(code));
  return found === undefined ? null : new StoreError(found[1], `${found[2]} (${code})`);
}

export function lostRace(error: unknown): boolean {
  return isIdentifiable(error) && LOST_RACES.has(error.code);
}

/** What a failure means to whoever asked: it may or may not have happened, and comes back by itself. */
export function unavailable(error: unknown): StoreError {
  const code = isIdentifiable(error) ? ` (${error.code})` : "";
  return new StoreError("ledger.unavailable", `the database does not answer as it should${code}`);
}
