import { createHash } from "node:crypto";
import { type Assurance, type Caller, fail, ok, type Result } from "@bylaw/core";
import { type Chain, chainOfAgent, chainOfPassport } from "./chain.ts";
import type { CredentialError } from "./errors.ts";
import { CREDENTIAL_CHARS_MAX } from "./limits.ts";
import type { IdentityOps } from "./ops.ts";
import { type Passport, verifyPassport } from "./passport.ts";
import { proofProblem } from "./proof.ts";
import { isToken, tokenHash } from "./token.ts";

/** What a request brings to show who sends it. */
export interface Presented {
  /** Every `Authorization` field, as received. */
  readonly authorization: readonly string[];
  /** Every `DPoP` field, as received. */
  readonly proofs: readonly string[];
  readonly method: string;
  /** Path of the request, without query. */
  readonly path: string;
}

const CREDENTIALS = /^(bearer|dpop) +([^\s]+)$/i;
const MS = 1_000;

/**
 * The caller behind a request, or why there is none; nobody is ever anonymous.
 *
 * In: what was presented (RFC 6750 section 2.1, RFC 9449 section 7.1); `again` for a later message of
 * a connection whose head was accepted before, where what may be used once is not used again. Out:
 * credential, session, assurance (`local` for a client's token, `bearer` for a passport, `bound` for
 * one whose key was proven) and the principal chain, head first.
 */
export async function authenticate(
  presented: Presented,
  ops: IdentityOps,
  again = false,
): Promise<Result<Caller, CredentialError>> {
  const { authorization, proofs } = presented;
  // Of two, a proxy may have looked at one and this gateway at the other.
  if (authorization.length > 1 || proofs.length > 1) return fail("credential.ambiguous");
  const header = authorization[0] ?? "";
  if (header === "") return fail("credential.missing");
  if (header.length > CREDENTIAL_CHARS_MAX) return fail("credential.oversize");
  const [, scheme = "", token = ""] = CREDENTIALS.exec(header) ?? [];
  if (token === "") return fail("credential.malformed");
  const given: Given = { dpop: scheme.toLowerCase() === "dpop", token, proof: proofs[0] ?? null };
  return isToken(token) ? byToken(given, ops) : byPassport(given, presented, ops, again);
}

interface Given {
  /** Whether it was presented as bound to a key. */
  readonly dpop: boolean;
  readonly token: string;
  readonly proof: string | null;
}

async function byToken(
  { dpop, token, proof }: Given,
  ops: IdentityOps,
): Promise<Result<Caller, CredentialError>> {
  if (dpop || proof !== null) return fail("credential.proof_unasked");
  const agent = await ops.agentByToken(tokenHash(token));
  if (agent === null) return fail("credential.unknown");
  if (agent.suspended) return fail("credential.suspended");
  return ok(await callerOf(chainOfAgent(agent, ops), "local", ops));
}

async function byPassport(
  given: Given,
  presented: Presented,
  ops: IdentityOps,
  again: boolean,
): Promise<Result<Caller, CredentialError>> {
  const passport = await verifyPassport(given.token, ops.issuer, ops.now());
  if (!passport.ok) return passport;
  const { thumbprint } = passport.value.claims;
  const problem = await possessionProblem(given, thumbprint, presented, ops, again);
  if (problem !== null) return fail(problem);
  const chain = await chainOfPassport(passport.value, ops);
  if (!chain.ok) return chain;
  // Last: a passport is not used up by a request that is refused for something else.
  const replay = again ? null : await replayProblem(passport.value, ops);
  if (replay !== null) return fail(replay);
  return ok(await callerOf(chain.value, thumbprint === null ? "bearer" : "bound", ops));
}

/** A bound passport without its proof is a stolen one: it never counts as a bearer's (downgrade). */
async function possessionProblem(
  { dpop, token, proof }: Given,
  thumbprint: string | null,
  { method, path }: Presented,
  ops: IdentityOps,
  again: boolean,
): Promise<CredentialError | null> {
  if (thumbprint === null) return dpop || proof !== null ? "credential.proof_unasked" : null;
  if (!dpop || proof === null) return "credential.proof_missing";
  return proofProblem(proof, { token, thumbprint, method, path }, ops, again);
}

async function replayProblem(
  { issuer, claims }: Passport,
  ops: IdentityOps,
): Promise<CredentialError | null> {
  if (!issuer.singleUse) return null;
  const key = createHash("sha256")
    .update(JSON.stringify(["passport", issuer.name, claims.id]))
    .digest("hex");
  const used = await ops.useOnce(key, claims.expires * MS);
  if (used === "full") return "credential.replay_full";
  return used === "used" ? "credential.replayed" : null;
}

async function callerOf(
  { members, credential }: Chain,
  assurance: Assurance,
  ops: IdentityOps,
): Promise<Caller> {
  return { credential, session: await ops.session(credential), assurance, chain: members };
}
