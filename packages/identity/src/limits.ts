/** Characters of one passport or proof; a client's token is far shorter. */
export const CREDENTIAL_CHARS_MAX = 8_192;
/** Nesting and values of a passport's header and claims. */
export const CREDENTIAL_JSON = { depth: 24, nodes: 1_000 } as const;
/** From issue to expiry. Seconds. */
export const PASSPORT_SECONDS_MAX = 3_600;
/** How far an issuer's clock may be ahead. Seconds. */
export const CLOCK_AHEAD_SECONDS_MAX = 30;
/** How old a proof of possession may be, and how far ahead. Seconds. */
export const PROOF_WINDOW_SECONDS = 60;
/** Agents in one chain: the first one and those that it and its sub-agents started. */
export const AGENTS_MAX = 8;
/** Characters of a `jti` or `kid`. */
export const ID_CHARS_MAX = 256;
/** Characters of an issuer's or subject's name. */
export const NAME_CHARS_MAX = 512;
/** Groups that a trusted issuer may say somebody is in. */
export const GROUPS_MAX = 100;
/** Keys of one issuer. */
export const KEYS_MAX = 64;
/** Characters of an issuer's key set. */
export const KEY_SET_CHARS_MAX = 262_144;
