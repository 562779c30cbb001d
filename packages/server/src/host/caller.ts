import { type Caller, fail, type Result } from "@bylaw/core";
import { authenticate, type IdentityOps } from "@bylaw/identity";
import type { Host } from "./pipeline-ops.ts";

/** Who presents an `Authorization` header. */
export type Identify = (
  header: string | undefined,
) => Promise<Result<Caller, { readonly code: string }>>;

export function callerOf(
  { config, store, now }: Host,
  began: (session: string, started: number) => void,
): Identify {
  const ops: IdentityOps = {
    agentByToken: async (hash) => {
      const agent = await store.agents.byToken(hash);
      if (agent === null) return null;
      const user = agent.user === "" ? null : agent.user;
      // What the configuration lists is what somebody reviewed: it wins over what was registered.
      const listed = Object.hasOwn(config.agents, agent.id) ? config.agents[agent.id] : undefined;
      return listed === undefined ? { ...agent, user } : { ...agent, ...listed };
    },
    groupsOfUser: (user) =>
      (Object.hasOwn(config.people, user) ? config.people[user]?.groups : undefined) ?? [],
    session: async (credential) => {
      const { id, started } = await store.session(credential, now());
      began(id, started);
      return id;
    },
  };
  return async (header) => {
    const caller = await authenticate(header, ops);
    return caller.ok ? caller : fail({ code: caller.error });
  };
}
