/** Why a credential was not accepted. Stable; every gateway maps them to its own wire error. */
export type CredentialError =
  | "credential.missing"
  | "credential.malformed"
  | "credential.unknown"
  | "credential.suspended";
