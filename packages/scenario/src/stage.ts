import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Call } from "./deed.ts";
import type { Door } from "./door/door.ts";
import { mcpDoor } from "./door/mcp.ts";
import { openDoor } from "./door/open.ts";
import { sdkDoor } from "./door/sdk.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { ScenarioFailure, type ScenarioOps } from "./ops.ts";
import type { Grant, Scenario } from "./scenario.ts";
import { putGrant, type Site, writeSite } from "./site.ts";
import { makeWorld, writeWorld } from "./world/make.ts";
import { perform } from "./world/perform.ts";
import type { Place } from "./world/place.ts";

/** Ways through which a scenario can be played today. */
export const GATEWAYS = ["mcp", "sdk"] as const;
export type GatewayName = (typeof GATEWAYS)[number];

/** Where a scenario is played: its world, and Bylaw in front of it, or nothing. */
export interface Stage {
  readonly place: Place;
  readonly door: Door;
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
    return { place, door, governed: null, redefine, close: async () => undefined };
  }
  const site = await writeSite(root, scenario, place, without, via, ops.now());
  const running = await govern(scenario, site, place, ops);
  const door = via === "mcp" ? mcpDoor(running) : sdkDoor(running, act);
  return {
    place,
    door,
    governed: {
      ...running.governed,
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
  readonly governed: Governed;
  readonly address: () => string;
  readonly token: (agent: string) => string;
}

async function govern(
  scenario: Scenario,
  site: Site,
  place: Place,
  ops: ScenarioOps,
): Promise<Running> {
  let gateway: Gateway | null = await startGateway(site, place, ops);
  const tokens = new Map<string, string>();
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
    governed: {
      data: site.data,
      vote: async (approval, person, verdict) => {
        const path = `/approvals/${encodeURIComponent(approval)}/votes`;
        await post(path, { as: person, verdict });
      },
      passTime: (ms) =>
        writeFileSync(site.clock, String(Number(readFileSync(site.clock, "utf8")) + ms)),
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
      restart: async () => {
        await stop();
        gateway = await startGateway(site, place, ops);
      },
      stop,
    },
  };
}
