import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PURPOSE = "bylaw held action";

/** Keeps what approvers read out of the database's files, where deleted text stays for a while. */
export interface Sealer {
  /** In: a text and the id it belongs to. Throws once the key was destroyed. */
  seal(text: string, id: string): string;
  /** The text; null once the key was destroyed, and for what was not sealed for this id. */
  unseal(sealed: string, id: string): string | null;
}

/** In: the key of keyed digests, from which the sealing key is derived; null once it was destroyed. */
export function createSealer(digestKey: () => Uint8Array | null): Sealer {
  const keyOf = (): Buffer | null => {
    const secret = digestKey();
    return secret === null ? null : Buffer.from(hkdfSync("sha256", secret, "", PURPOSE, KEY_BYTES));
  };
  return {
    seal(text, id): string {
      const key = keyOf();
      if (key === null) throw new Error("the digest key was destroyed");
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(id));
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString("base64");
    },
    unseal(sealed, id): string | null {
      const key = keyOf();
      const bytes = Buffer.from(sealed, "base64");
      if (key === null || bytes.length < NONCE_BYTES + TAG_BYTES) return null;
      try {
        const nonce = bytes.subarray(0, NONCE_BYTES);
        const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
          .setAAD(Buffer.from(id))
          .setAuthTag(bytes.subarray(-TAG_BYTES));
        const body = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
      } catch {
        return null;
      }
    },
  };
}
