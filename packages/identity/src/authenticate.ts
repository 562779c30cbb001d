import { type Caller, fail, ok, type Principal, type Result } from "@bylaw/core";
import type { CredentialError } from "./errors.ts";
import type { AgentRecord, IdentityOps } from "./ops.ts";
import { isToken, tokenHash } from "./token.ts";

const BEARER = /^Bearer +([^\s]+)$/i;

/**
 * The caller behind an `Authorization` header, or why there is none; nobody is ever anonymous.
 *
 * In: the header as received (RFC 6750 section 2.1). Out: credential, session, assurance `local` and
 * the principal chain, head first.
 */
export async function authenticate(
  header: string | undefined,
  ops: IdentityOps,
): Promise<Result<Caller, CredentialError>> {
  if (header === undefined || header === "") return fail("credential.missing");
  const token = BEARER.exec(header)?.[1];
  if (token === undefined || !isToken(token)) return fail("credential.malformed");
  const agent = await ops.agentByToken(tokenHash(token));
  if (agent === null) return fail("credential.unknown");
  if (agent.suspended) return fail("credential.suspended");
  const credential = `agent:${agent.id}`;
  return ok({
    credential,
    session: await ops.session(credential),
    assurance: "local",
    chain: chainOf(agent, ops),
  });
}

/** Every member has to be permitted, so leaving one out would widen the rights of the rest. */
function chainOf(agent: AgentRecord, ops: IdentityOps): readonly Principal[] {
  const self: Principal = { type: "Agent", id: agent.id, groups: agent.groups };
  if (agent.user === null) return [self];
  return [{ type: "User", id: agent.user, groups: ops.groupsOfUser(agent.user) }, self];
}
