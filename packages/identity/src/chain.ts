import { fail, ok, type Principal, type Result } from "@bylaw/core";
import type { CredentialError } from "./errors.ts";
import { AGENTS_MAX } from "./limits.ts";
import type { AgentRecord, IdentityOps } from "./ops.ts";
import type { Passport } from "./passport.ts";

/** Names of the directory. Nothing in them has two spellings, looks like another, or is invisible. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Who acts, and the name under which the traffic of all of them together is one session. */
export interface Chain {
  readonly members: readonly Principal[];
  readonly credential: string;
}

/** The chain of an agent that presents its own credential. */
export function chainOfAgent(agent: AgentRecord, ops: IdentityOps): Chain {
  return chainOf(agent.user, null, [agent], ops);
}

/**
 * The chain that a passport names: the person, the agent, its sub-agents, each as the directory knows
 * it now. Every agent must be registered and none suspended: ending one ends all below it.
 */
export async function chainOfPassport(
  { issuer, claims }: Passport,
  ops: IdentityOps,
): Promise<Result<Chain, CredentialError>> {
  const { subjects } = issuer;
  const named = (subject: string): string | null => {
    const name = subjects === null ? subject : (subjects.get(subject) ?? null);
    return name !== null && NAME.test(name) ? name : null;
  };
  const names = agentsIn(claims, issuer.subject).map(named);
  const head = issuer.subject === "user" ? named(claims.subject) : null;
  const ids = names.filter((name) => name !== null);
  if (ids.length < names.length || (issuer.subject === "user" && head === null))
    return fail("credential.subject");
  if (ids.length === 0) return fail("credential.agent_missing");
  if (ids.length > AGENTS_MAX || new Set(ids).size < ids.length) return fail("credential.chain");
  // Whom the directory does not know can be in no group, unless an issuer is trusted with groups.
  if (head !== null && claims.groups === null && !ops.isPerson(head))
    return fail("credential.person_unknown");
  const agents: AgentRecord[] = [];
  for (const id of ids) {
    const agent = await ops.agent(id);
    if (agent === null) return fail("credential.unknown");
    if (agent.suspended) return fail("credential.suspended");
    agents.push(agent);
  }
  const user = issuer.subject === "user" ? head : (agents[0]?.user ?? null);
  return ok(chainOf(user, issuer.subject === "user" ? claims.groups : null, agents, ops));
}

/** An agent's own passport names it first; a person's names the agents, or the client it was given to. */
function agentsIn(claims: Passport["claims"], subject: "user" | "agent"): readonly string[] {
  if (subject === "agent") return [claims.subject, ...claims.actors];
  if (claims.actors.length > 0) return claims.actors;
  return claims.client === null ? [] : [claims.client];
}

/** Every member has to be permitted, so leaving one out would widen the rights of the rest. */
function chainOf(
  user: string | null,
  groups: readonly string[] | null,
  agents: readonly AgentRecord[],
  ops: IdentityOps,
): Chain {
  const members: Principal[] = agents.map(({ id, groups: own }) => ({
    type: "Agent",
    id,
    groups: own,
  }));
  const path = `agent:${agents.map(({ id }) => id).join("/")}`;
  if (user === null) return { members, credential: path };
  const all = new Set([...ops.groupsOfUser(user), ...(groups ?? [])]);
  const person: Principal = { type: "User", id: user, groups: [...all] };
  // One name per chain, however it was presented: another credential must not be another session.
  const credential = user === agents[0]?.user ? path : `${path}@${user}`;
  return { members: [person, ...members], credential };
}
