/** Why a credential was not accepted. Stable; every gateway maps them to its own wire error. */
export type CredentialError =
  | TokenError
  | FormError
  | IssuerError
  | ClaimError
  | ChainError
  | ProofError;

/** Of the header that carries it, and of a client's token. */
type TokenError =
  | "credential.missing"
  | "credential.ambiguous"
  | "credential.malformed"
  | "credential.oversize"
  | "credential.unknown"
  | "credential.suspended";

/** Of a passport as text, before anybody's word in it counts. */
type FormError =
  | "credential.encoding"
  | "credential.json"
  | "credential.type"
  | "credential.algorithm"
  | "credential.extension"
  | "credential.key_reference"
  | "credential.key_id";

/** Of who signed it. */
type IssuerError =
  | "credential.issuer"
  | "credential.keys_unavailable"
  | "credential.key_unknown"
  | "credential.signature";

/** Of what it says. */
type ClaimError =
  | "credential.claim_missing"
  | "credential.claim_form"
  | "credential.dialect"
  | "credential.status"
  | "credential.audience"
  | "credential.audience_many"
  | "credential.expired"
  | "credential.not_yet"
  | "credential.future"
  | "credential.lifetime"
  | "credential.confirmation"
  | "credential.replayed"
  | "credential.replay_full";

/** Of whom it names. */
type ChainError =
  | "credential.subject"
  | "credential.person_unknown"
  | "credential.agent_missing"
  | "credential.chain"
  | "credential.delegation";

/** Of the proof that the caller holds the key of a bound passport (RFC 9449). */
type ProofError =
  | "credential.proof_missing"
  | "credential.proof_unasked"
  | "credential.proof_malformed"
  | "credential.proof_type"
  | "credential.proof_algorithm"
  | "credential.proof_key"
  | "credential.proof_signature"
  | "credential.proof_binding"
  | "credential.proof_method"
  | "credential.proof_target"
  | "credential.proof_token"
  | "credential.proof_time"
  | "credential.proof_replayed";
