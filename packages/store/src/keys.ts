import { createHash, createHmac, randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { encodeSigningKey, type NoteSigner, parseSigningKey } from "@bylaw/ledger";
import { StoreError } from "./errors.ts";

const DIGEST_KEY_FILE = "digest.key";
const DIGEST_KEY_BYTES = 32;
/** Says in the data folder that its log is in a database of its own, which knows it. */
export const SHARED_MARKER = "log.postgres";

/** Whether the entries of this folder's log are in PostgreSQL. */
export function isShared(folder: string): boolean {
  return existsSync(join(folder, SHARED_MARKER));
}
const KEY_ID_DIGITS = 16;

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

/** The key of every keyed digest in records: `digest.key`, 32 random bytes, made on first use. */
export function loadDigestKey(folder: string): Uint8Array {
  const path = join(folder, DIGEST_KEY_FILE);
  if (!existsSync(path)) writeSecret(path, randomBytes(DIGEST_KEY_BYTES));
  const key = readFileSync(path);
  if (key.length !== DIGEST_KEY_BYTES)
    throw new StoreError("store.key", `\`${DIGEST_KEY_FILE}\` has ${key.length} bytes`);
  return key;
}

/** Names a digest key in the log; says nothing about it once the key is gone. */
export function digestKeyId(key: Uint8Array): string {
  return `key:${createHash("sha256").update(key).digest("hex").slice(0, KEY_ID_DIGITS)}`;
}

/** Tells one digest key from another and says nothing about it; what a shared database keeps. */
export function digestKeyCheck(key: Uint8Array): string {
  return createHmac("sha256", key).update("bylaw digest key").digest("hex");
}

/** The key that is to replace the digest key: a new one, or the one of an interrupted erasure. */
export function nextDigestKey(folder: string): Uint8Array {
  const path = nextPath(folder);
  const found = pendingDigestKey(folder);
  if (found !== null) return found;
  rmSync(path, { force: true }); // half written, and named nowhere
  writeSecret(path, randomBytes(DIGEST_KEY_BYTES));
  return readFileSync(path);
}

/** The key of an erasure that was begun and not finished. */
export function pendingDigestKey(folder: string): Uint8Array | null {
  const path = nextPath(folder);
  const key = existsSync(path) ? readFileSync(path) : null;
  return key?.length === DIGEST_KEY_BYTES ? key : null;
}

/**
 * Destroys the digest key for good (crypto-shredding) and puts the next one into its place. The old
 * bytes are overwritten where they are first, as far as the file system and the disk let them be.
 */
export function replaceDigestKey(folder: string): void {
  const path = join(folder, DIGEST_KEY_FILE);
  if (pendingDigestKey(folder) === null) throw new StoreError("store.key", "there is no next key");
  const file = openSync(path, "r+");
  try {
    writeSync(file, new Uint8Array(DIGEST_KEY_BYTES), 0, DIGEST_KEY_BYTES, 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(nextPath(folder), path);
}

function nextPath(folder: string): string {
  return join(folder, `${DIGEST_KEY_FILE}.next`);
}

/** Fails rather than overwrite: two processes that both make a key would sign with different ones. */
function writeSecret(path: string, content: string | Uint8Array): void {
  writeFileSync(path, content, { mode: 0o600, flag: "wx", flush: true });
}
