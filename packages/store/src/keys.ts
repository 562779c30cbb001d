import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeSigningKey, type NoteSigner, parseSigningKey } from "@bylaw/ledger";
import { StoreError } from "./errors.ts";

const DIGEST_KEY_BYTES = 32;
/** Says in the data folder that its log is in a database of its own, which knows it. */
export const SHARED_MARKER = "log.postgres";

/** Whether the entries of this folder's log are in PostgreSQL. */
export function isShared(folder: string): boolean {
  return existsSync(join(folder, SHARED_MARKER));
}

/** Creates the data folder, or makes sure that only its owner can enter it. */
export function ensureFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
}

/**
 * The key that signs this log's checkpoints: `log.key`, made on first use with `log.vkey` (its
 * public half, to hand out) beside it. Throws `store.key` when the file does not parse.
 */
export function loadLogKey(folder: string, origin: () => string): NoteSigner {
  const path = join(folder, "log.key");
  if (!existsSync(path)) writeSecret(path, `${encodeSigningKey(origin(), randomBytes(32))}\n`);
  const signer = parseSigningKey(readFileSync(path, "utf8"));
  if (!signer.ok) throw new StoreError("store.key", `\`log.key\`: ${signer.error.message}`);
  writeFileSync(join(folder, "log.vkey"), `${signer.value.vkey}\n`, { mode: 0o600 });
  return signer.value;
}

/**
 * The key of every keyed digest in records: `digest.key`, 32 random bytes. Null once it was
 * destroyed on purpose: digests in the log then say nothing about anybody any more.
 */
export function loadDigestKey(folder: string): Uint8Array | null {
  const path = join(folder, "digest.key");
  if (existsSync(`${path}.destroyed`)) return null;
  if (!existsSync(path)) writeSecret(path, randomBytes(DIGEST_KEY_BYTES));
  const key = readFileSync(path);
  if (key.length !== DIGEST_KEY_BYTES)
    throw new StoreError("store.key", `\`digest.key\` has ${key.length} bytes`);
  return key;
}

/** Destroys the digest key for good (crypto-shredding); the log still verifies. */
export function destroyDigestKey(folder: string): void {
  const path = join(folder, "digest.key");
  if (existsSync(`${path}.destroyed`)) return;
  writeFileSync(path, new Uint8Array(DIGEST_KEY_BYTES), { mode: 0o600, flush: true });
  writeSecret(`${path}.destroyed`, "");
  rmSync(path, { force: true });
}

/** Fails rather than overwrite: two processes that both make a key would sign with different ones. */
function writeSecret(path: string, content: string | Uint8Array): void {
  writeFileSync(path, content, { mode: 0o600, flag: "wx", flush: true });
}
