import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Call } from "./deed.ts";
import type { Door } from "./door/door.ts";
import { hookDoor } from "./door/hook.ts";
import { mcpDoor } from "./door/mcp.ts";
import { openDoor } from "./door/open.ts";
import { sdkDoor } from "./door/sdk.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { ScenarioFailure, type ScenarioOps } from "./ops.ts";
import {
  type Credential,
  type Holder,
  mintPassport,
  newHolder,
  newSigner,
  plainCredential,
  type Signer,
} from "./passport.ts";
import type { DelegationGiven, Grant, PassportGiven, Scenario } from "./scenario.ts";
import { putGrant, type Site, writeSite } from "./site.ts";
import { makeWorld, writeWorld } from "./world/make.ts";
import { perform } from "./world/perform.ts";
import type { Place } from "./world/place.ts";

/** Ways through which a scenario can be played today. */
export const GATEWAYS = ["mcp", "sdk", "hook"] as const;
export type GatewayName = (typeof GATEWAYS)[number];

/** Where a scenario is played: its world, and Bylaw in front of it, or nothing. */
export interface Stage {
  readonly place: Place;
  readonly door: Door;
  /** Says what `door` cannot, so that the world goes on as the scenario says. */
  readonly aside: Door;
  /** Null without Bylaw. */
  readonly governed: Governed | null;
  redefine(tool: string, about: string): void;
  close(): Promise<void>;
}

/** What people and time do; each throws an error with a `code` where Bylaw says no. */
export interface Governed {
  readonly data: string;
  vote(approval: string, person: string, verdict: "approve" | "reject"): Promise<void>;
  passTime(ms: number): void;
  grant(id: string, grant: Grant): Promise<void>;
  revoke(id: string, person: string): Promise<void>;
  /** In: `everything` or `kind:name`; false lets it go on. Null: whoever runs the scenario. */
  halt(what: string, halted: boolean, person: string | null): Promise<void>;
  addPolicies(name: string, text: string): Promise<void>;
  suspend(agent: string, suspended: boolean): Promise<void>;
  /** A passport as a step presents it. */
  passport(agent: string, how: PassportGiven): Promise<Credential>;
  /** From now on the other agent acts in the name of this one. Out: the code of a refusal, or null. */
  delegate(by: string, delegation: DelegationGiven): Promise<string | null>;
  /** What was delegated to the agent is taken back; what it presents stays as it is. */
  withdraw(agent: string): Promise<void>;
  restart(): Promise<void>;
  /** Ends the gateway, so that the log has its end. */
  stop(): Promise<void>;
}

/** In: an empty folder, the way of the calls (null: without Bylaw), ids of policies to leave out, and whether
 * tools have another name as well. */
export async function openStage(
  root: string,
  scenario: Scenario,
  via: GatewayName | null,
  { without, aliases }: { readonly without: ReadonlySet<string>; readonly aliases: boolean },
  ops: ScenarioOps,
): Promise<Stage> {
  const { given } = scenario;
  const place = makeWorld(join(root, "world"), given, aliases);
  const act = (call: Call) => perform(place, given.systems, call);
  const redefined: Record<string, string> = {};
  const change = (tool: string, about: string, door: Door): void => {
    redefined[tool] = about;
    writeWorld(place, { systems: given.systems, redefined, aliases });
    door.reset(); // the server that has the old definition is another process than the next one
  };
  if (via === null) {
    const door = openDoor(act);
    const redefine = (tool: string, about: string): void => change(tool, about, door);
    return { place, door, aside: door, governed: null, redefine, close: async () => undefined };
  }
  const issuers = Object.keys(given.issuers ?? {}).map(newSigner);
  const site = await writeSite(root, scenario, place, { without, via, now: ops.now(), issuers });
  const running = await govern(scenario, site, place, issuers, ops);
  const aside = sdkDoor(running, act);
  const program = (agent: string, token: string) => ops.hook(site.data, agent, token);
  const { systems } = given;
  const door =
    via === "mcp"
      ? mcpDoor(running)
      : via === "sdk"
        ? aside
        : hookDoor({ ...running, place, systems, program }, act);
  return {
    place,
    door,
    aside,
    governed: {
      ...running.governed,
      delegate: async (by, delegation) => {
        const delegated = await door.delegate(by, delegation);
        if (delegated.code === null) running.delegated(delegation.to, delegated);
        return delegated.code;
      },
      restart: async () => {
        await running.governed.restart();
        door.reset();
      },
    },
    redefine: (tool, about) => change(tool, about, door),
    close: () => running.governed.stop(),
  };
}

/** What Bylaw calls them, where that is another word. */
const SCOPES: Readonly<Record<string, string>> = { everything: "all", system: "upstream" };

interface Running {
  readonly governed: Omit<Governed, "delegate">;
  readonly delegated: (
    to: string,
    what: { readonly id: string; readonly passport: string },
  ) => void;
  readonly address: () => string;
  readonly token: (agent: string) => string;
}

async function govern(
  scenario: Scenario,
  site: Site,
  place: Place,
  issuers: readonly Signer[],
  ops: ScenarioOps,
): Promise<Running> {
  let gateway: Gateway | null = await startGateway(site, place, ops);
  const tokens = new Map<string, string>();
  const delegations = new Map<string, string>();
  const holder: Holder = newHolder();
  const now = (): number => Number(readFileSync(site.clock, "utf8"));
  const post = <T>(path: string, body: object): Promise<T> => ops.post<T>(site.data, path, body);
  const stop = async (): Promise<void> => {
    const running = gateway;
    gateway = null;
    await running?.stop();
  };
  const reload = async (): Promise<void> => {
    const { refused } = await post<{ readonly refused: readonly string[] }>("/policy/reload", {});
    if (refused.length > 0) throw new ScenarioFailure("scenario.setup", refused.join("\n"));
  };
  try {
    for (const [id, { for: user = null, groups = [] }] of Object.entries(scenario.given.agents)) {
      const { token } = await post<{ readonly token: string }>("/agents", { id, user, groups });
      tokens.set(id, token);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address: () => gateway?.address ?? "",
    token: (agent) => tokens.get(agent) ?? "",
    delegated: (to, { id, passport }) => {
      tokens.set(to, passport);
      delegations.set(to, id);
    },
    governed: {
      data: site.data,
      vote: async (approval, person, verdict) => {
        const path = `/approvals/${encodeURIComponent(approval)}/votes`;
        await post(path, { as: person, verdict });
      },
      passTime: (ms) => writeFileSync(site.clock, String(now() + ms)),
      grant: async (id, grant) => {
        putGrant(site, id, grant);
        await reload();
      },
      revoke: async (id, person) => {
        const path = `/grants/${encodeURIComponent(id)}/revoke`;
        await post(path, { reason: "the scenario says so", as: person });
      },
      halt: async (what, halted, person) => {
        const [kind = "", subject = ""] = what.split(":");
        const scope = SCOPES[kind] ?? kind;
        const by = person === null ? {} : { as: person };
        const body = { scope, subject, reason: "the scenario says so", ...by };
        await post(halted ? "/halt" : "/resume", body);
      },
      addPolicies: async (name, text) => {
        site.putPolicies(name, text);
        await reload();
      },
      suspend: async (agent, suspended) => {
        await post(`/agents/${encodeURIComponent(agent)}/suspend`, { suspended });
      },
      passport: async (agent, how) => {
        const { from, bound = true, proof = "good" } = how;
        const thumbprint = bound ? holder.thumbprint : null;
        const issuer = issuers.find(({ name }) => name === from);
        const made =
          issuer === undefined
            ? await issued(post, agent, thumbprint)
            : mintPassport(issuer, agent, how, now(), thumbprint);
        return bound ? holder.present(made, { proof, now }) : plainCredential(`Bearer ${made}`);
      },
      withdraw: async (agent) => {
        const id = delegations.get(agent) ?? "none";
        await post(`/delegations/${encodeURIComponent(id)}/revoke`, {});
      },
      restart: async () => {
        await stop();
        gateway = await startGateway(site, place, ops);
      },
      stop,
    },
  };
}

/** Milliseconds that a passport of the gateway is good for. */
const PASSPORT_MS = 600_000;

async function issued(
  post: <T>(path: string, body: object) => Promise<T>,
  agent: string,
  thumbprint: string | null,
): Promise<string> {
  const path = `/agents/${encodeURIComponent(agent)}/passports`;
  const body = { lifetimeMs: PASSPORT_MS, thumbprint };
  return (await post<{ readonly passport: string }>(path, body)).passport;
}
