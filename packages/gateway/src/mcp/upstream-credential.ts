import type { Result } from "@bylaw/core";
import type { Reply } from "./upstream-dispatch.ts";

/** Bylaw's own credential for an upstream, where it is not a fixed header. */
export interface UpstreamCredential {
  /** Headers, in lower case, for one request; or the code of why there are none. Never rejects. */
  headers(): Promise<Result<Readonly<Record<string, string>>, string>>;
  /**
   * The upstream has refused a request with these headers. In: 401 or 403, and its `WWW-Authenticate`.
   * Out: null when the request is worth sending once more, else the code of why not. Never rejects.
   */
  refused(
    status: number,
    challenge: string | null,
    sent: Readonly<Record<string, string>>,
  ): Promise<string | null>;
}

type Headers = Readonly<Record<string, string>>;

/** What is sent where there is no credential of this kind. */
export const NO_HEADERS: Headers = Object.freeze({});

/** Once for a token that has run out, once for one that is good for too little. */
const REPEATS = 2;

/**
 * Sends a request with the upstream's credential, and again where the upstream wanted another one. A
 * request that was refused for its credential has not been carried out.
 */
export async function withCredential(
  credential: UpstreamCredential | null,
  send: (headers: Readonly<Record<string, string>>) => Promise<Reply>,
): Promise<Reply> {
  if (credential === null) return send(NO_HEADERS);
  for (let repeat = 0; ; repeat += 1) {
    const own = await credential.headers();
    if (!own.ok) return { ...UNSENT, code: own.error };
    const reply = await send(own.value);
    if (!isRefused(reply.status) || repeat >= REPEATS) return reply;
    const code = await credential.refused(reply.status, reply.challenge, own.value);
    if (code !== null) return { ...reply, code };
  }
}

/** Whether a status is about the credential alone. */
export function isRefused(status: number): boolean {
  return status === 401 || status === 403;
}

const UNSENT: Reply = {
  sent: false,
  status: 0,
  answered: false,
  code: null,
  resume: null,
  challenge: null,
};

/** Characters of a credential that are too few to be told from other text. */
const SECRET_CHARS_MIN = 16;

/** Names of headers that let somebody in; others say things that an answer may well repeat. */
const SECRET_HEADER = /auth|token|key|secret|cookie|credential|session/i;

/**
 * The secret parts of headers: what stands behind a scheme such as `Bearer`. In: headers that every request
 * has; then those of one, which go before them.
 */
export function secretsOf(kept: Headers): (own: Headers) => readonly string[] {
  const always = secretParts(kept);
  return (own) => (own === NO_HEADERS ? always : secretParts({ ...kept, ...own }));
}

function secretParts(headers: Headers): readonly string[] {
  return Object.entries(headers)
    .filter(([name]) => SECRET_HEADER.test(name))
    .map(([, value]) => value.split(" ").at(-1) ?? "")
    .filter((value) => value.length >= SECRET_CHARS_MIN);
}
