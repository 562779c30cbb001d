export { authenticate, type Presented } from "./authenticate.ts";
export type { CredentialError } from "./errors.ts";
export {
  type IssuedPassport,
  type IssuingKey,
  issuePassport,
  newIssuingKey,
  type PassportOrder,
  readIssuingKey,
} from "./issue.ts";
export type { Issuer } from "./issuer.ts";
export {
  ALGORITHMS,
  type Algorithm,
  type KeySetProblem,
  type PublicKey,
  readKeySet,
} from "./keys.ts";
export { KEY_SET_CHARS_MAX, PASSPORT_SECONDS_MAX } from "./limits.ts";
export * from "./ops.ts";
export * from "./token.ts";
