import { randomBytes } from "node:crypto";
import { type Bundle, canonicalTime, type LedgerRecord, type Waiver } from "@bylaw/core";
import type { Store, StoredApproval, StoredVote, StoredWaiver } from "@bylaw/store";
import type { Config } from "../../config/config.ts";
import { noteOf, personOf, refs, type Terms, termsOf, type WaiverTerms } from "./terms.ts";

/** A waiver as it is stored; the votes are names, whose groups are those of today. */
type StoredTerms = Omit<Waiver, "id" | "expires" | "votes"> & {
  readonly voters: readonly string[];
};

/** A waiver as people see it. */
export interface WaiverRow {
  readonly id: string;
  readonly approval: string;
  readonly agent: string;
  readonly upstream: string;
  readonly target: string | null;
  readonly policies: readonly string[];
  readonly by: readonly string[];
  /** Only in the session that it was given in. */
  readonly session: string | null;
  readonly expires: string;
  readonly uses: number;
  readonly used: number;
  readonly revoked: boolean;
}

/** Yeses for more than one action, which end by themselves. */
export interface Waivers {
  /** Whether every policy that holds this allows a waiver, in the wording that people were shown. */
  allowed(terms: Terms): boolean;
  /** Gives what all who said yes agree on; nothing where somebody meant this one action alone. */
  give(approval: StoredApproval): Promise<void>;
  /** Those that could be about an action of this agent with this tool. */
  about(agent: string, upstream: string, target: string | null): Promise<readonly Waiver[]>;
  list(): Promise<readonly WaiverRow[]>;
  /** False when there is no such waiver, or it was revoked before. */
  revoke(id: string, reason: string, by: string): Promise<boolean>;
}

export function createWaivers(
  store: Store,
  config: Config,
  ops: {
    readonly now: () => number;
    readonly bundle: () => Bundle;
    readonly record: (record: LedgerRecord) => Promise<unknown>;
  },
): Waivers {
  /** What an embedded store holds changes here alone; most agents have no waiver at all. */
  let known: readonly StoredWaiver[] | null = null;

  async function live(agent: string): Promise<readonly StoredWaiver[]> {
    const now = ops.now();
    if (store.shared) return store.waivers.live(agent, now);
    known ??= await store.waivers.live(null, now);
    return known.filter((one) => one.agent === agent && one.expires > now);
  }

  const record = (
    id: string,
    before: string | null,
    after: string | null,
    by: string,
    reason: string,
  ): Promise<unknown> =>
    ops.record({
      v: 1,
      kind: "change",
      subject: "waiver",
      at: canonicalTime(ops.now()),
      id,
      before,
      after,
      by,
      reason,
    });

  function waiverOf({ id, terms, expires }: StoredWaiver): Waiver {
    const { voters, ...scope } = JSON.parse(terms) as StoredTerms;
    const votes = voters.flatMap((user) => personOf(config, user) ?? []);
    return { id, ...scope, votes, expires: canonicalTime(expires) };
  }

  return {
    allowed: ({ requirements, scope }) => {
      const { policies } = ops.bundle();
      return (
        scope !== undefined &&
        requirements.every(({ policy, digest }) => {
          const now = policies.get(policy);
          return now?.waivable === "scoped" && now.digest === digest;
        })
      );
    },
    give: async (approval) => {
      const agreed = agreedOn(approval.votes);
      if (agreed === null) return;
      const id = `waiver:${randomBytes(12).toString("hex")}`;
      const { chain, requirements, scope } = termsOf(approval);
      if (scope === undefined) return;
      const voters = approval.votes.map(({ user }) => user);
      const terms: StoredTerms = {
        policies: requirements.map(({ policy, digest }) => ({ id: policy, digest })),
        voters,
        uses: agreed.uses,
        session: agreed.session ? approval.session : null,
        chain: refs(chain),
        ...scope,
      };
      const expires = ops.now() + agreed.forMs;
      const said = `${agreed.uses} uses until ${canonicalTime(expires)}${agreed.session ? ", in its session" : ""}`;
      await record(id, null, approval.id, voters.join(", "), said);
      await store.limitGrant(id, agreed.uses);
      const { agent } = approval;
      const created = ops.now();
      const waiver = {
        id,
        approval: approval.id,
        agent,
        terms: JSON.stringify(terms),
        created,
        expires,
      };
      await store.waivers.add(waiver);
      known = null;
    },
    about: async (agent, upstream, target) =>
      (await live(agent))
        .map(waiverOf)
        .filter((waiver) => waiver.upstream === upstream && waiver.target === target),
    list: async () => {
      const uses = await store.grants();
      return (await store.waivers.live(null, ops.now())).map((stored): WaiverRow => {
        const { policies, votes, session, expires, upstream, target, uses: max } = waiverOf(stored);
        const state = Object.hasOwn(uses, stored.id) ? uses[stored.id] : undefined;
        return {
          id: stored.id,
          approval: stored.approval,
          agent: stored.agent,
          upstream,
          target,
          policies: policies.map(({ id }) => id),
          by: votes.map(({ user }) => user),
          session,
          expires,
          uses: max,
          used: state?.uses ?? 0,
          revoked: state?.revoked === true,
        };
      });
    },
    revoke: async (id, reason, by) => {
      const found = (await store.waivers.live(null, ops.now())).find((one) => one.id === id);
      if (found === undefined || !(await store.revokeGrant(id))) return false;
      await record(id, found.approval, null, by, reason);
      return true;
    },
  };
}

/** The least that everybody who said yes meant; null where somebody meant this one action alone. */
function agreedOn(votes: readonly StoredVote[]): WaiverTerms | null {
  const meant = votes
    .filter(({ verdict }) => verdict === "approve")
    .map((vote) => noteOf(vote).waiver ?? null);
  return meant.reduce<WaiverTerms | null>((least, terms, at) => {
    if (terms === null || (least === null && at > 0)) return null;
    return least === null
      ? terms
      : {
          forMs: Math.min(least.forMs, terms.forMs),
          session: least.session || terms.session,
          uses: Math.min(least.uses, terms.uses),
        };
  }, null);
}
