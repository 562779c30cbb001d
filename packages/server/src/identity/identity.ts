import type { IncomingMessage } from "node:http";
import { type Caller, canonicalTime, fail, ok, type Result } from "@bylaw/core";
import {
  type AgentRecord,
  ALGORITHMS,
  admit,
  authenticate,
  type IdentityOps,
  type Issuer,
  issuePassport,
  type Presented,
} from "@bylaw/identity";
import type { StoredAgent, StoredDelegation } from "@bylaw/store";
import { currentUser } from "../config/user.ts";
import type { StartError } from "../host/host.ts";
import type { Host } from "../host/pipeline-ops.ts";
import type { Sessions } from "../host/provenance.ts";
import { exchange } from "../log/exchange.ts";
import { type Admit, type Delegate, delegating } from "./delegating.ts";
import { type IssuerStatus, type Issuers, openIssuers } from "./issuers.ts";
import { openPassportKeys, type PassportKeys } from "./passport-key.ts";

/** Who sends a request; `again` for a later message of a connection that it opened. */
export type Identify = (
  request: IncomingMessage,
  again?: boolean,
) => Promise<Result<Caller, { readonly code: string }>>;

/** What administrators do with the gateway's own passports. */
export interface Passports {
  /** In: how long, in milliseconds; the thumbprint of the holder's key, or null for a bearer's. */
  issue(
    agent: string,
    lifetimeMs: number,
    thumbprint: string | null,
  ): Promise<
    | { readonly passport: string; readonly id: string; readonly expires: string }
    | { readonly error: "agent.not_found" | "agent.suspended" }
  >;
  /** What agents have delegated and has not expired. */
  delegations(): Promise<readonly StoredDelegation[]>;
  /** Takes a delegation back, and with it everything below; false when there is no such. */
  revoke(delegation: string): Promise<boolean>;
  /** Signs with a new key from now on; out: its id. */
  rotate(atOnce: boolean): Promise<string>;
}

export interface Identity {
  readonly identify: Identify;
  readonly admit: Admit;
  readonly delegate: Delegate;
  readonly passports: Passports;
  status(): readonly IssuerStatus[];
  close(): void;
}

const MS = 1_000;

/**
 * Everything that says who acts. In: the address that agents connect to. A key file that is damaged
 * is an error: a new key in its place would end every passport without a word.
 */
export async function openIdentity(
  host: Host & Pick<Sessions, "began"> & { readonly folder: string },
  address: string,
  say: (line: string) => void,
): Promise<Result<Identity, StartError>> {
  const { config, now } = host;
  const keys = await openPassportKeys(host.folder);
  if (keys === null)
    return fail({
      code: "passport.key",
      messages: ["`passport.key` of the data folder does not read; restore it or remove it"],
    });
  const issuers = await openIssuers({ issuers: config.issuers, exchange, now, say });
  const ops = identityOps(host, ownIssuer(host, keys), issuers, originsOf(address, config));
  return ok({
    identify: async (request, again) => {
      const caller = await authenticate(presentedIn(request), ops, again);
      return caller.ok ? caller : fail({ code: caller.error });
    },
    async admit(request) {
      const admitted = await admit(presentedIn(request), ops, false);
      return admitted.ok ? admitted : fail({ code: admitted.error });
    },
    delegate: delegating(host, keys.current),
    passports: passportsOf(host, keys),
    status: () => issuers.status(),
    close: () => issuers.close(),
  });
}

/** This gateway as an issuer goes by the name of its log, which no other gateway has. */
function ownIssuer({ store, now }: Host, keys: PassportKeys): Issuer {
  const name = store.log.origin;
  return {
    name,
    audience: name,
    algorithms: ALGORITHMS,
    subject: "agent",
    subjects: null,
    groups: null,
    singleUse: false,
    dialect: "standard",
    audienceless: false,
    delegates: true,
    keys: () => ok(keys.verifying(now())),
    unknownKey: () => undefined,
  };
}

function identityOps(
  { config, store, now, began }: Host & Pick<Sessions, "began">,
  own: Issuer,
  issuers: Issuers,
  origins: readonly string[],
): IdentityOps {
  const asKnown = (agent: StoredAgent | null): AgentRecord | null => {
    if (agent === null) return null;
    const user = agent.user === "" ? null : agent.user;
    // What the configuration lists is what somebody reviewed: it wins over what was registered.
    const listed = Object.hasOwn(config.agents, agent.id) ? config.agents[agent.id] : undefined;
    return listed === undefined ? { ...agent, user } : { ...agent, ...listed };
  };
  return {
    now,
    origins,
    agentByToken: async (hash) => asKnown(await store.agents.byToken(hash)),
    agent: async (id) => asKnown(await store.agents.get(id)),
    groupsOfUser: (user) =>
      (Object.hasOwn(config.people, user) ? config.people[user]?.groups : undefined) ?? [],
    isPerson: (user) => Object.hasOwn(config.people, user),
    issuer: (name) => (name === own.name ? own : issuers.get(name)),
    useOnce: (key, until) => store.useOnce({ key, until: Math.ceil(until) }, now()),
    session: async (credential) => {
      const { id, started } = await store.session(withoutSubAgents(credential), now());
      began(id, started);
      return id;
    },
  };
}

/**
 * The run of a sub-agent is that of the agent that started it: they tell each other what they read, so what one
 * of them has seen all of them have.
 */
function withoutSubAgents(credential: string): string {
  return credential.replace(/\/[^@]*/, "");
}

/** The addresses that a proof may be for: not the Host that a request names itself. */
function originsOf(
  address: string,
  { listen, public: outside }: Host["config"],
): readonly string[] {
  const { port } = new URL(address);
  const names = ["127.0.0.1", "localhost", "[::1]", listen.host];
  const own = names
    .map((name) => `http://${name.includes(":") && !name.startsWith("[") ? `[${name}]` : name}`)
    .map((origin) => new URL(`${origin}:${port}`).origin);
  return [...new Set(outside === null ? own : [...own, outside])];
}

/** Node keeps the first of two headers, or joins them: only the raw list shows both. */
function presentedIn({ rawHeaders, method, url }: IncomingMessage): Presented {
  const authorization: string[] = [];
  const proofs: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    if (name === "authorization") authorization.push(rawHeaders[at + 1] as string);
    else if (name === "dpop") proofs.push(rawHeaders[at + 1] as string);
  }
  return {
    authorization,
    proofs,
    method: method ?? "",
    path: (url ?? "").split("?", 1)[0] ?? "",
  };
}

function passportsOf({ store, now }: Host, keys: PassportKeys): Passports {
  const change = (id: string, before: string | null, after: string): Promise<unknown> =>
    store.log.append(
      {
        v: 1,
        kind: "change",
        at: canonicalTime(now()),
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
    async issue(agent, lifetimeMs, thumbprint) {
      const known = await store.agents.get(agent);
      if (known === null) return { error: "agent.not_found" };
      if (known.suspended) return { error: "agent.suspended" };
      const name = store.log.origin;
      const time = now();
      const { passport, id, expires } = await issuePassport(keys.current(), {
        issuer: name,
        audience: name,
        agent,
        delegations: [],
        now: time,
        until: time + lifetimeMs,
        thumbprint,
      });
      const until = canonicalTime(expires * MS);
      await change(agent, null, `passport ${id} until ${until}`); // recorded before anybody has it
      return { passport, id, expires: until };
    },
    delegations: () => store.delegations.list(now()),
    async revoke(delegation) {
      const known = (await store.delegations.list(now())).find(({ id }) => id === delegation);
      if (known === undefined) return false;
      await change(known.to, `delegation ${delegation}`, "revoked");
      return store.delegations.revoke(delegation);
    },
    async rotate(atOnce) {
      const before = keys.current().id;
      await change("passport key", before, atOnce ? "key replaced at once" : "key replaced");
      return keys.rotate(now(), atOnce);
    },
  };
}
