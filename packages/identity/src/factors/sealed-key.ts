import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  type ScryptOptions,
  scrypt,
  sign,
  verify,
} from "node:crypto";

/** The private half of a person's key as it lies on disk: of no use without the passphrase. */
export interface SealedKey {
  readonly v: 1;
  /** Cost of one guess: 128 * N * r bytes of memory. */
  readonly scrypt: { readonly n: number; readonly r: number; readonly p: number };
  readonly salt: string;
  readonly nonce: string;
  /** PKCS#8, sealed with AES-256-GCM, and its tag. */
  readonly sealed: string;
  /** SPKI, base64. */
  readonly publicKey: string;
}

/** 128 MB and about half a second per guess: whoever reads the file has to pay that for each. */
const COST = { n: 131_072, r: 8, p: 1 } as const;
/** A planted file must not make the command take all memory. */
const N_MAX = 1_048_576;
const R_MAX = 16;
const P_MAX = 4;

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Characters of a passphrase at least: the sealed key can be copied, and then tried for years. */
export const PASSPHRASE_MIN = 14;
export const PASSPHRASE_MAX = 1_024;
const DISTINCT_MIN = 6;

/** Whether a passphrase is long and varied enough for a key that others may copy. */
export function isStrong(passphrase: string): boolean {
  const characters = [...passphrase];
  return (
    characters.length >= PASSPHRASE_MIN &&
    characters.length <= PASSPHRASE_MAX &&
    new Set(characters).size >= DISTINCT_MIN
  );
}

/** A new Ed25519 key, sealed under a passphrase. */
export async function newSealedKey(passphrase: string): Promise<SealedKey> {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const spki = publicKey.export({ type: "spki", format: "der" });
  const key = await derived(passphrase, salt, COST);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(spki);
  const secret = privateKey.export({ type: "pkcs8", format: "der" });
  const body = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  secret.fill(0);
  return {
    v: 1,
    scrypt: COST,
    salt: salt.toString("base64"),
    nonce: nonce.toString("base64"),
    sealed: body.toString("base64"),
    publicKey: spki.toString("base64"),
  };
}

/** Null where the passphrase is another one, or the file was changed. */
export async function signWithSealed(
  { scrypt: cost, salt, nonce, sealed, publicKey }: SealedKey,
  passphrase: string,
  text: string,
): Promise<string | null> {
  const bytes = Buffer.from(sealed, "base64");
  if (cost.n > N_MAX || cost.r > R_MAX || cost.p > P_MAX || bytes.length <= TAG_BYTES) return null;
  try {
    const key = await derived(passphrase, Buffer.from(salt, "base64"), cost);
    const decipher = createDecipheriv(CIPHER, key, Buffer.from(nonce, "base64"), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(publicKey, "base64"))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const secret = Buffer.concat([
      decipher.update(bytes.subarray(0, -TAG_BYTES)),
      decipher.final(),
    ]);
    const privateKey = createPrivateKey({ key: secret, type: "pkcs8", format: "der" });
    secret.fill(0);
    return sign(null, Buffer.from(text), privateKey).toString("base64url");
  } catch {
    return null;
  }
}

/** Base64 SPKI of an Ed25519 key and nothing else; null for what is none. */
export function readPublicKey(text: string): KeyObject | null {
  try {
    const der = Buffer.from(text, "base64");
    const key = createPublicKey({ key: der, type: "spki", format: "der" });
    const again = key.export({ type: "spki", format: "der" });
    return key.asymmetricKeyType === "ed25519" && again.toString("base64") === text ? key : null;
  } catch {
    return null;
  }
}

const ID_CHARS = 16;

/** The id of the factor whose public key this is: known before anybody has enrolled it. */
export function keyId(publicKey: string): string {
  const digest = createHash("sha256").update(publicKey).digest("base64url");
  return `fac_${digest.slice(0, ID_CHARS)}`;
}

const SIGNATURE_BYTES = 64;

/** Whether a signature (base64url, canonical) is this key's over exactly this text. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  const key = readPublicKey(publicKey);
  const bytes = Buffer.from(signature, "base64url");
  if (key === null || bytes.length !== SIGNATURE_BYTES) return false;
  return bytes.toString("base64url") === signature && verify(null, Buffer.from(text), key, bytes);
}

function derived(
  passphrase: string,
  salt: Buffer,
  { n, r, p }: SealedKey["scrypt"],
): Promise<Buffer> {
  const options: ScryptOptions = { N: n, r, p, maxmem: 256 * n * r };
  // One spelling of what was typed: keyboards compose accents in different ways.
  const typed = passphrase.normalize("NFKC");
  return new Promise((resolve, reject) =>
    scrypt(typed, salt, KEY_BYTES, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    ),
  );
}
