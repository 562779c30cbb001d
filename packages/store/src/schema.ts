import { integer, one, type SqliteDriver } from "./driver.ts";
import { StoreError } from "./errors.ts";
import { MIGRATIONS, VERSION } from "./migrations.ts";

/** Brings a file to the present version. Throws `store.schema` for one of a later version. */
export function ensureSchema(driver: SqliteDriver): void {
  const found = versionOf(driver);
  for (const { version, statements } of MIGRATIONS) {
    if (version <= found) continue;
    const steps = statements("sqlite").map((statement) => `${statement};`);
    driver.exec(`BEGIN IMMEDIATE; ${steps.join("\n")} PRAGMA user_version=${version}; COMMIT`);
  }
  requireSchema(driver);
}

export function requireSchema(driver: SqliteDriver): void {
  const found = versionOf(driver);
  if (found !== VERSION)
    throw new StoreError("store.schema", `the data folder has schema version ${found}`);
}

/** 0 for a file without tables. */
export function versionOf(driver: SqliteDriver): number {
  return integer(one(driver, "PRAGMA user_version"), "user_version");
}
