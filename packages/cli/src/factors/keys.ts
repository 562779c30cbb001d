import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SealedKey } from "@bylaw/server";
import { keyFolder } from "@bylaw/server/client";
import { CommandError, EXIT } from "../exit.ts";

/** Bytes of a key file. */
const FILE_BYTES_MAX = 4_096;

/** Where a person's sealed key is looked for, by the id of its factor. */
export function keyFile(factor: string): string {
  return join(keyFolder(), `${factor}.json`);
}

/** Writes a sealed key where only its owner reads it. Throws CommandError. */
export function writeKey(file: string, key: SealedKey): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${JSON.stringify(key)}\n`, { mode: 0o600, flag: "wx", flush: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = `cannot write the key to \`${file}\` (${code ?? "unknown"})`;
    throw new CommandError(EXIT.no, "factor.key_unwritable", message);
  }
}

/** Null where there is no such file, or it is no sealed key. */
export function readKey(file: string): SealedKey | null {
  try {
    const text = readFileSync(file, "utf8");
    if (text.length > FILE_BYTES_MAX) return null;
    const key = JSON.parse(text) as Partial<SealedKey>;
    const texts = [key.salt, key.nonce, key.sealed, key.publicKey];
    const costs = [key.scrypt?.n, key.scrypt?.r, key.scrypt?.p];
    return key.v === 1 &&
      texts.every((one) => typeof one === "string") &&
      costs.every((one) => Number.isSafeInteger(one))
      ? (key as SealedKey)
      : null;
  } catch {
    return null;
  }
}
