/** What a command needs that proves who sits here; see `client.ts` for why it stands apart. */
export {
  bodyDigest,
  isStrong,
  keyId,
  newSealedKey,
  PASSPHRASE_MIN,
  type SealedKey,
  signWithSealed,
  statementText,
} from "@bylaw/identity";
