import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { type Gateway, run, up } from "../../harness/bylaw.ts";
import { openSite, type Site, upstream } from "../../harness/site.ts";
import type { CodingAgent, Desk, Ran } from "./agents.ts";
import type { MockModel, Turn } from "./mock-model.ts";

export const PERSON: string = userInfo().username.replace(/[^A-Za-z0-9._-]/g, "_");

/** A gateway, a client that `bylaw connect` has connected to it, and the client's model. */
export interface Office extends Desk {
  readonly site: Site;
  readonly model: MockModel;
  gateway: Gateway;
  /** Lets the model ask for these calls, one after the other. Out: what it was shown of each. */
  act(...turns: readonly Turn[]): Promise<readonly string[]>;
  /** A file of the workspace; null where it is not there. */
  read(name: string): string | null;
  close(): Promise<void>;
}

/** In: how long a call is held for a person, and more words of `bylaw connect`. */
export async function openOffice(
  agent: CodingAgent,
  holdLimit: string,
  ...words: readonly string[]
): Promise<Office> {
  const site = openSite(configuration(holdLimit), {
    "policies/office.cedar": POLICIES,
    "catalog.yaml": CATALOG,
  });
  const root = dirname(site.folder);
  const desk = { home: join(root, "home"), work: join(root, "work") };
  for (const folder of Object.values(desk)) mkdirSync(folder);
  const gateway = await up(site);
  const connected = await run(withHome(site, desk.home), "connect", agent.id, "--yes", ...words);
  if (connected.code !== 0) throw new Error(connected.stderr + connected.stdout);
  const model = await agent.model();
  agent.prepare(desk, model);
  const office: Office = {
    ...desk,
    site,
    model,
    gateway,
    act: async (...turns) => {
      model.script(turns);
      const ran: Ran = await agent.run(desk, model);
      if (model.results.length < turns.length)
        throw new Error(
          `${agent.id} stopped early: ${ran.code} ${ran.stdout} ${ran.stderr}\nThe gateway: ${office.gateway.output()}`,
        );
      return model.results;
    },
    read: (name) => {
      const path = join(desk.work, name);
      return existsSync(path) ? readFileSync(path, "utf8") : null;
    },
    close: async () => {
      await model.close();
      if (office.gateway.alive()) await office.gateway.stop();
      site.remove();
    },
  };
  return office;
}

/** The same site for a command that looks into the home folder. */
export function withHome(site: Site, home: string): Site {
  return { ...site, home };
}

function configuration(limit: string): object {
  return {
    version: 1,
    workspaces: ["../work"],
    people: { [PERSON]: { groups: [] } },
    upstreams: {
      recorder: {
        command: [process.execPath, upstream("recorder"), "calls.jsonl"],
        environment: "development",
      },
    },
    packs: ["base", "coding-agent"],
    policies: ["./policies"],
    catalog: ["./catalog.yaml"],
    holds: { limit, ttl: "15m" },
  };
}

const POLICIES = `
@id("held-files") @decision("require_approval") @approvers("on-behalf-of") @ttl("15m")
@code("held.asks") @reason("a person looks at this file")
forbid (principal is Agent, action in Action::"change", resource is File)
when { resource.name == "held.txt" };

@id("held-records") @decision("require_approval") @approvers("on-behalf-of") @ttl("15m")
@code("held.asks") @reason("a person looks at this record")
forbid (principal is Agent, action == Action::"read", resource == Object::"held");

@id("records-use")
permit (principal is Agent, action in [Action::"read", Action::"connect", Action::"list"], resource)
when { resource is Object || resource is Server };
`;

/** Reading a record is permitted; making one is not. */
const CATALOG = JSON.stringify({
  version: 1,
  tools: Object.fromEntries(
    Object.entries({ "recorder/peek": "read", "recorder/forbidden": "create" }).map(
      ([tool, action]) => [
        tool,
        {
          effects: [
            {
              action,
              resource: { type: "Object", id: { argument: "key" }, kind: "record" },
              quantity: 1,
            },
          ],
        },
      ],
    ),
  ),
});

/** What may stand in the gateway's place once it is gone. */
export type Impostor = (socket: Socket) => void;

/** Listens where the gateway did. */
export async function impostor(site: Site, behave: Impostor): Promise<Server> {
  const path = join(site.data, "hook.sock");
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    socket.on("error", () => undefined); // a client that gives up is what is waited for
    socket.once("data", () => behave(socket));
  });
  server.listen(path);
  await once(server, "listening");
  return server;
}
