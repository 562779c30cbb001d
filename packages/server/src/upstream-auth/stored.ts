import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { replaceFile } from "../log/durable-file.ts";

const FOLDER = "upstream-auth";

/** What is kept of an upstream's authorization. Secret. */
export interface StoredAuth {
  readonly v: 1;
  /** Whom it is for: a token never goes to an address that was configured later. */
  readonly url: string;
  readonly issuer: string;
  readonly resource: string;
  readonly client: {
    readonly id: string;
    readonly secret: string | null;
    readonly method: "none" | "client_secret_basic" | "client_secret_post" | "private_key_jwt";
    /** Address that the registration was made for; null where none was made. */
    readonly redirect: string | null;
  };
  readonly token: {
    readonly access: string;
    readonly refresh: string | null;
    /** Milliseconds since the epoch; null: not said. */
    readonly expires: number | null;
    readonly scopes: readonly string[];
  } | null;
  /** What the server last asked for and a person has to allow. */
  readonly wanted: {
    readonly metadata: string | null;
    readonly scopes: readonly string[] | null;
  } | null;
}

const schema: z.ZodType<StoredAuth, unknown> = z.strictObject({
  v: z.literal(1),
  url: z.string(),
  issuer: z.string(),
  resource: z.string(),
  client: z.strictObject({
    id: z.string(),
    secret: z.string().nullable(),
    method: z.enum(["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]),
    redirect: z.string().nullable(),
  }),
  token: z
    .strictObject({
      access: z.string(),
      refresh: z.string().nullable(),
      expires: z.number().nullable(),
      scopes: z.array(z.string()),
    })
    .nullable(),
  wanted: z
    .strictObject({ metadata: z.string().nullable(), scopes: z.array(z.string()).nullable() })
    .nullable(),
});

/** The authorization of one upstream in the data folder, readable by its owner alone. */
export interface AuthStore {
  /** Null where there is nothing for this address. */
  read(): StoredAuth | null;
  write(stored: StoredAuth): void;
  remove(): boolean;
}

/** In: the data folder, the upstream's name, as the configuration has checked it, and its address. */
export function openAuthStore(folder: string, upstream: string, url: string): AuthStore {
  const place = join(folder, FOLDER);
  const path = join(place, `${upstream}.json`);
  let known: { readonly stamp: string; readonly stored: StoredAuth | null } | null = null;
  return {
    read() {
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats === undefined) return null;
      // A login by another process is seen with the next request.
      const stamp = `${stats.mtimeMs}:${stats.ino}:${stats.size}`;
      if (known?.stamp !== stamp) known = { stamp, stored: parse(readFileSync(path, "utf8")) };
      return known.stored?.url === url ? known.stored : null;
    },
    write(stored) {
      mkdirSync(place, { recursive: true, mode: 0o700 });
      replaceFile(path, `${JSON.stringify(stored)}\n`);
    },
    remove() {
      const there = statSync(path, { throwIfNoEntry: false }) !== undefined;
      rmSync(path, { force: true });
      return there;
    },
  };
}

function parse(text: string): StoredAuth | null {
  try {
    const read = schema.safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
