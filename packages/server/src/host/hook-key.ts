import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Signs what hooks are answered. */
export interface HookKey {
  /** Base64 SPKI (Ed25519): what a hook's program is given to check answers with. */
  readonly publicKey: string;
  /** Base64. */
  readonly sign: (bytes: Uint8Array) => string;
}

/** The key of a data folder; made on first use, readable by the owner alone. */
export function hookKey(folder: string): HookKey {
  const path = join(folder, "hook.key");
  try {
    const made = generateKeyPairSync("ed25519").privateKey;
    const text = made.export({ type: "pkcs8", format: "pem" });
    writeFileSync(path, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const key = createPrivateKey(readFileSync(path));
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  return {
    publicKey: spki.toString("base64"),
    sign: (bytes) => sign(null, bytes, key).toString("base64"),
  };
}
