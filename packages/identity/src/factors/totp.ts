import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const STEP_MS = 30_000;
const DIGITS = 6;
/** Steps that a phone's clock may be off, either way. */
const SKEW_STEPS = 1;
const SECRET_BYTES = 20;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A new shared secret for RFC 6238 (SHA-1, 6 digits, 30 s: what every authenticator app knows). */
export function newTotpSecret(): Buffer {
  return randomBytes(SECRET_BYTES);
}

/** The code of one time step. */
export function totpCode(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", secret).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0x0f;
  const value = (mac.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** DIGITS;
  return String(value).padStart(DIGITS, "0");
}

export function totpStep(now: number): number {
  return Math.floor(now / STEP_MS);
}

/**
 * The step that a code belongs to, around now; null for a wrong code. In: milliseconds since the
 * epoch. Whether the step was used before is the caller's to know.
 */
export function matchTotp(secret: Uint8Array, code: string, now: number): number | null {
  const given = Buffer.from(code);
  let matched: number | null = null;
  // All are compared: how long it takes must not tell which.
  for (let skew = -SKEW_STEPS; skew <= SKEW_STEPS; skew += 1) {
    const step = totpStep(now) + skew;
    const wanted = Buffer.from(totpCode(secret, step));
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) matched = step;
  }
  return matched;
}

/** What authenticator apps read, as text or from a QR code. */
export function totpUri(secret: Uint8Array, person: string, issuer: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(person)}`;
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_MS / 1_000}`;
}

/** RFC 4648 without padding, as people type it. */
export function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >>> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET[(value << (5 - bits)) & 31];
}
