import { readFileSync } from "node:fs";
import { fail, ok, type Result } from "@bylaw/core";
import type { DatabaseSource } from "../config/config.ts";
import { secret } from "./environment.ts";

/** Characters of an address; a file that is longer is some other file. */
const ADDRESS_MAX_CHARS = 4_096;

/**
 * The address of a database, with its password, from where the configuration says it is. Out: null
 * for none. The error says where it was looked for and repeats nothing that was found there.
 */
export function databaseAddress(source: DatabaseSource | null): Result<string | null, string> {
  if (source === null) return ok(null);
  switch (source.kind) {
    case "address":
      return ok(source.url);
    case "environment": {
      const value = secret(source.variable);
      return value === null ? fail(`$${source.variable} is not set`) : ok(value.trim());
    }
    case "file":
      return readAddress(source.path);
  }
}

function readAddress(path: string): Result<string, string> {
  try {
    const text = readFileSync(path, "utf8").trim();
    if (text !== "" && text.length <= ADDRESS_MAX_CHARS) return ok(text);
    return fail(`\`${path}\` does not hold an address`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return fail(`\`${path}\` cannot be read (${code ?? "unknown"})`);
  }
}
