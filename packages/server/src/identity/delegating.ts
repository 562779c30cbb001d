import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import {
  type Action,
  canonicalTime,
  type Delegation,
  type EntityRef,
  fail,
  ok,
  type Result,
  readDelegations,
  widens,
} from "@bylaw/core";
import {
  type Admitted,
  type IssuingKey,
  issuePassport,
  PASSPORT_SECONDS_MAX,
} from "@bylaw/identity";
import type { Host } from "../host/pipeline-ops.ts";

/** What an agent asks to let a sub-agent do in its name. */
export interface DelegationOrder {
  readonly to: string;
  readonly actions: readonly Action[] | null;
  readonly resources: readonly EntityRef[] | null;
  readonly quantity: number | null;
  readonly cost: number | null;
  /** Milliseconds. */
  readonly lifetimeMs: number;
  /** How many delegations may follow below. */
  readonly depth: number;
  /** Thumbprint of the sub-agent's key; null for a bearer's passport. */
  readonly thumbprint: string | null;
}

export interface Delegated {
  readonly delegation: string;
  readonly passport: string;
  readonly expires: string;
}

export type DelegationError =
  | { readonly code: "delegation.widens"; readonly field: string }
  | {
      readonly code:
        | "delegation.chain"
        | "delegation.invalid"
        | "delegation.too_many"
        | "agent.not_found"
        | "agent.suspended";
    };

export type Delegate = (
  by: Admitted,
  order: DelegationOrder,
) => Promise<Result<Delegated, DelegationError>>;

/** Who asks, and until when its own credential is good. */
export type Admit = (
  request: IncomingMessage,
) => Promise<Result<Admitted, { readonly code: string }>>;

const MS = 1_000;
const ID_BYTES = 12;

/**
 * Lets an agent pass on part of what it may do: a passport for the sub-agent, for a chain that ends
 * with it. It never holds more than the credential that asked, and is on record before anybody has it.
 */
export function delegating({ store, now }: Host, key: () => IssuingKey): Delegate {
  return async (by, order) => {
    const problem = await chainProblem(store, by, order.to);
    if (problem !== null) return fail({ code: problem });
    const time = now();
    const links = by.caller.delegations ?? [];
    const link = linkOf(by, order, time);
    const above = links.at(-1);
    const wider = above === undefined ? null : widens(above, link);
    if (wider !== null) return fail({ code: "delegation.widens", field: wider });
    const chain = [...links, link];
    const expires = Date.parse(link.expires);
    if (readDelegations(chain) === null || expires < time + MS)
      return fail({ code: "delegation.invalid" });
    const { credential } = by.caller;
    const { id, from, to } = link;
    if (!(await store.delegations.add({ id, from, to, by: credential, expires }, time)))
      return fail({ code: "delegation.too_many" });
    const issued = await issuePassport(key(), {
      issuer: store.log.origin,
      audience: store.log.origin,
      agent: to,
      delegations: chain,
      now: time,
      until: expires,
      thumbprint: order.thumbprint,
    });
    const until = canonicalTime(issued.expires * MS);
    await store.log.append(
      {
        v: 1,
        kind: "change",
        at: canonicalTime(now()),
        subject: "agent",
        id: to,
        before: null,
        after: `delegation ${id} until ${until}`,
        by: credential,
      },
      "sync",
      null,
    );
    return ok({ delegation: id, passport: issued.passport, expires: until });
  };
}

/** A passport of the gateway names agents alone: the person must be the one whom the directory names. */
async function chainProblem(
  store: Host["store"],
  { caller }: Admitted,
  to: string,
): Promise<Exclude<DelegationError["code"], "delegation.widens"> | null> {
  const agents = caller.chain.filter(({ type }) => type === "Agent");
  const tied = (caller.delegations ?? []).length === agents.length - 1;
  const elsewhere = caller.credential.includes("@");
  if (!tied || elsewhere || agents.some(({ id }) => id === to)) return "delegation.chain";
  const agent = await store.agents.get(to);
  if (agent === null) return "agent.not_found";
  return agent.suspended ? "agent.suspended" : null;
}

function linkOf({ caller, expires }: Admitted, order: DelegationOrder, time: number): Delegation {
  const { to, actions, resources, quantity, cost, lifetimeMs, depth } = order;
  const ends = [
    time + Math.min(lifetimeMs, PASSPORT_SECONDS_MAX * MS),
    expires ?? Number.POSITIVE_INFINITY,
    ...(caller.delegations ?? []).map((link) => Date.parse(link.expires)),
  ];
  return {
    id: `del_${randomBytes(ID_BYTES).toString("base64url")}`,
    from: caller.chain.at(-1)?.id ?? "",
    to,
    actions,
    resources,
    quantity,
    cost,
    expires: canonicalTime(Math.min(...ends)),
    depth,
  };
}
