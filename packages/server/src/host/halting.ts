import { canonicalTime, type Halt, type HaltRecord } from "@bylaw/core";
import type { HaltTarget } from "@bylaw/store";
import type { AdminOps } from "../api/admin.ts";
import { currentUser } from "../config/user.ts";
import type { Host } from "./pipeline-ops.ts";

/** The kill switch as people use it: what it changes is in the store, and every use is in the log. */
export function createHalting(host: Host): Pick<AdminOps, "halts" | "halt" | "resume"> {
  const { store, config, now } = host;
  const record = (
    target: HaltTarget,
    after: HaltRecord["after"],
    by: string,
    reason: string,
  ): Promise<unknown> =>
    store.log.append(
      {
        v: 1,
        kind: "change",
        at: canonicalTime(now()),
        subject: "halt",
        id: nameOf(target),
        before: after === "halted" ? "running" : "halted",
        after,
        by,
        reason,
      },
      "sync",
      null,
    );
  const inForce = async (target: HaltTarget): Promise<Halt | undefined> =>
    (await store.halts.list()).find(
      ({ scope, subject }) => scope === target.scope && subject === target.subject,
    );

  return {
    halts: () => store.halts.list(),
    async halt({ target, reason, as }) {
      const by = as ?? currentUser();
      const result = await store.halts.halt({ ...target, by, reason, at: now() });
      if (result === "halt.too_many") return { error: result };
      // It holds before it is recorded: a log that cannot be written must not keep anybody acting.
      const recorded =
        result === "already" ||
        (await record(target, "halted", by, reason).then(
          () => true,
          () => false,
        ));
      const halt = (await inForce(target)) ?? null;
      return { halt, already: result === "already", recorded, known: await known(host, target) };
    },
    async resume({ target, reason, as }) {
      const by = as ?? currentUser();
      const another = config.halt.resume === "two_people";
      if (another && !Object.hasOwn(config.people, by)) return { error: "halt.unknown_person" };
      const found = await inForce(target);
      if (found === undefined) return { error: "halt.not_found" };
      if (another && found.by === by) return { error: "halt.same_person" };
      // Recorded before it counts: nothing goes on that the log does not know of.
      await record(target, "running", by, reason);
      const result = await store.halts.resume({ ...target, by, another });
      return result === "resumed" ? { resumed: found } : { error: result };
    },
  };
}

function nameOf({ scope, subject }: HaltTarget): string {
  return scope === "all" ? "all" : `${scope}:${subject}`;
}

/** Whether this gateway has heard of what is halted; a halt of anything else may be a typing error. */
async function known({ config, store }: Host, { scope, subject }: HaltTarget): Promise<boolean> {
  switch (scope) {
    case "all":
      return true;
    case "agent":
      return Object.hasOwn(config.agents, subject) || (await store.agents.get(subject)) !== null;
    case "user":
      return (
        Object.hasOwn(config.people, subject) ||
        (await store.agents.list()).some(({ user }) => user === subject)
      );
    case "upstream":
      return Object.hasOwn(config.upstreams, subject);
  }
}
