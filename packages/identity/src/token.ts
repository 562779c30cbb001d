import { hash, randomBytes } from "node:crypto";

const PREFIX = "byl_";
const TOKEN_BYTES = 32;
const TOKEN_PATTERN = /^byl_[A-Za-z0-9_-]{43}$/;

/** A new client token: 256 random bits behind a prefix that secret scanners can recognise. */
export function newToken(): string {
  return `${PREFIX}${randomBytes(TOKEN_BYTES).toString("base64url")}`;
}

/** Whether a text has the form of a client token; says nothing about whose it is. */
export function isToken(text: string): boolean {
  return TOKEN_PATTERN.test(text);
}

/**
 * The form in which a token is stored and looked up: SHA-256, hex. A plain hash is enough for 256
 * random bits, and looking up by hash leaks nothing about other tokens through timing.
 */
export function tokenHash(token: string): string {
  return hash("sha256", token, "hex");
}
