/** The header that carries a person's answer to a challenge. */
export const PROOF_HEADER = "bylaw-proof";
/** The header that says who asks, where the body of a request does not. */
export const PERSON_HEADER = "bylaw-person";
