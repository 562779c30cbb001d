export { type Admitted, admit, authenticate, type Presented } from "./authenticate.ts";
export { DIALECTS, type Dialect } from "./dialects.ts";
export type { CredentialError } from "./errors.ts";
export * from "./factors/passkey.ts";
export * from "./factors/sealed-key.ts";
export * from "./factors/statement.ts";
export * from "./factors/totp.ts";
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
export {
  AGENTS_MAX,
  DELEGATED_RESOURCES_MAX,
  KEY_SET_CHARS_MAX,
  PASSPORT_SECONDS_MAX,
} from "./limits.ts";
export * from "./ops.ts";
export * from "./token.ts";
