import { canonicalTime, type Result } from "@bylaw/core";
import { newToken, tokenHash } from "@bylaw/identity";
import type { AdminOps, Status } from "../api/admin.ts";
import { currentUser } from "../config/user.ts";
import { factorStatus } from "../factors/enrolment.ts";
import { definitionOps } from "./definition-ops.ts";
import type { Grants } from "./grants.ts";
import { createHalting } from "./halting.ts";
import type { Holds } from "./holds.ts";
import type { Host } from "./pipeline-ops.ts";
import type { Pins } from "./review.ts";
import type { Versions } from "./versions.ts";

/** What the administrative API acts on, over the real store. */
export function createAdminOps(
  host: Host & { readonly rules: Versions },
  holds: Holds,
  { grants, pins }: { readonly grants: Grants; readonly pins: Pick<Pins, "forget"> },
  status: () => Omit<Status, "factors" | "records" | "waiting" | "halts">,
  stop: () => void,
): AdminOps {
  const { config, store, rules } = host;
  const change = (id: string, before: string | null, after: string | null): Promise<unknown> =>
    store.log.append(
      {
        v: 1,
        kind: "change",
        at: canonicalTime(host.now()),
        subject: "agent",
        id,
        before,
        after,
        by: currentUser(),
      },
      "sync",
      null,
    );
  return {
    status: async () => ({
      ...status(),
      factors: await factorStatus(host),
      records: await store.log.size(),
      waiting: (await store.approvals.list("waiting")).length,
      halts: await store.halts.list(),
    }),
    addAgent: async ({ id, user, groups }) => {
      const listed = Object.hasOwn(config.agents, id) ? config.agents[id] : undefined;
      const owner = user === undefined ? (listed?.user ?? currentUser()) : user;
      if (owner !== null && !known(host, owner)) return "agent.unknown_user";
      if ((await store.agents.get(id)) !== null) return "agent.exists";
      if (await store.agents.removed(id)) return "agent.removed";
      const token = newToken();
      await change(id, null, "active");
      const added = await store.agents.add({
        id,
        token: tokenHash(token),
        user: owner ?? "",
        groups: [...new Set([...(listed?.groups ?? []), ...groups])],
        suspended: false,
        created: host.now(),
      });
      return added ? { token } : "agent.exists";
    },
    listAgents: async () =>
      (await store.agents.list()).map(({ id, user, groups, suspended }) => ({
        id,
        user: user === "" ? null : user,
        groups,
        suspended,
      })),
    suspendAgent: async (id, suspended) => {
      const agent = await store.agents.get(id);
      if (agent === null) return false;
      await change(id, stateOf(agent.suspended), stateOf(suspended));
      return store.agents.suspend(id, suspended);
    },
    ...definitionOps(host, pins),
    rotateAgent: async (id) => {
      const agent = await store.agents.get(id);
      if (agent === null) return null;
      const token = newToken();
      const state = stateOf(agent.suspended);
      await change(id, state, `${state}, with another token`);
      return (await store.agents.rotate(id, tokenHash(token))) ? { token } : null;
    },
    removeAgent: async (id) => {
      const agent = await store.agents.get(id);
      if (agent === null) return false;
      await change(id, stateOf(agent.suspended), null);
      return store.agents.remove(id);
    },
    holds,
    ...createHalting(host),
    grants,
    shred: (reason) => store.shred({ by: currentUser(), reason }),
    prune: (before, reason) => store.prune(before, { by: currentUser(), reason }),
    reloadPolicy: (only) => rules.reload(currentUser(), "asked", only),
    rollbackPolicy: async (to) => told(await rules.rollback(to, currentUser())),
    releasePolicy: async (digest, reason) =>
      told(await rules.release(digest, reason, currentUser())),
    stop,
  };
}

function told<T, E>(result: Result<T, E>): T | { readonly error: E } {
  return result.ok ? result.value : { error: result.error };
}

/** A chain may only name people that policies and approvers can know. */
function known({ config }: Host, user: string): boolean {
  return (
    Object.hasOwn(config.people, user) ||
    user === currentUser() ||
    Object.values(config.agents).some((agent) => agent.user === user)
  );
}

function stateOf(suspended: boolean): string {
  return suspended ? "suspended" : "active";
}
