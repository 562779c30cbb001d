import type { Tier } from "@bylaw/server";

/** Whether a route around the gateway leads anywhere. What could not be found out counts as open. */
export type State = "closed" | "open" | "unknown";

/** A way around the gateway for an agent that has a shell. */
export interface Route {
  /** What an agent would do. */
  readonly what: string;
  /** What `bylaw doctor --bypass` does in its place. */
  readonly tries: string;
  /** What each level promises. */
  readonly promises: Readonly<Record<Tier, "closed" | "open">>;
  /** What is left to an agent where it is open, or what closes it. */
  readonly remains: string;
}

const UNDER_ANOTHER_USER: Route["promises"] = { advisory: "open", enforcing: "closed" };

export const ROUTE_IDS = [
  "data",
  "admin",
  "process",
  "program",
  "credentials",
  "spawn",
  "address",
  "files",
  "root",
  "stranger",
  "lookups",
] as const;
export type RouteId = (typeof ROUTE_IDS)[number];

/** The one table behind `bylaw doctor --bypass`, docs/isolation.md and SECURITY.md. */
export const ROUTES: Readonly<Record<RouteId, Route>> = {
  data: {
    what: "read Bylaw's keys, tokens and log",
    tries: "opens every file of the data folder",
    promises: UNDER_ANOTHER_USER,
    remains: "it can act as any agent, sign passports and read what others did",
  },
  admin: {
    what: "administer the gateway",
    tries: "asks on the administrative socket, with every token that it can read",
    promises: UNDER_ANOTHER_USER,
    remains: "it can do whatever needs no second factor of a person",
  },
  process: {
    what: "stop the gateway, or look into it",
    tries: "asks the system whether it may signal the process, and sends nothing",
    promises: UNDER_ANOTHER_USER,
    remains: "without a gateway there are no tools; its memory holds its keys",
  },
  program: {
    what: "change what the gateway runs or permits",
    tries: "asks whether it may write to the program, the configuration, the policies",
    promises: UNDER_ANOTHER_USER,
    remains: "changed policies are put in force, and recorded, unless `watch: false`",
  },
  credentials: {
    what: "read the upstreams' credentials",
    tries: "reads the configuration",
    promises: UNDER_ANOTHER_USER,
    remains: "it can call the upstreams as the gateway does",
  },
  spawn: {
    what: "start an upstream itself",
    tries: "starts each command with what it can read, and says hello",
    promises: UNDER_ANOTHER_USER,
    remains: "what the upstream needs to work must be for the gateway's user alone",
  },
  address: {
    what: "call an upstream's address",
    tries: "says hello there, without credentials and with those that it can read",
    promises: UNDER_ANOTHER_USER,
    remains: "the upstream must ask for a credential that only the gateway has",
  },
  files: {
    what: "open the upstreams' files and databases",
    tries: "opens the files, and connects to the databases, that commands name",
    promises: UNDER_ANOTHER_USER,
    remains: "give the file to the gateway's user, the database a password",
  },
  root: {
    what: "become another user without being asked",
    tries: "`sudo -n true`, and the socket of Docker",
    promises: UNDER_ANOTHER_USER,
    remains: "whoever can become root can do everything",
  },
  stranger: {
    what: "call the gateway without a credential",
    tries: "calls every face of it on its address, administration too",
    promises: { advisory: "closed", enforcing: "closed" },
    remains: "nothing may answer a caller that is nobody",
  },
  lookups: {
    what: "send data out by itself",
    tries: "looks up a name that nobody has",
    promises: { advisory: "open", enforcing: "open" },
    remains: "another user is no network: run the agent in a sandbox without one",
  },
};

/** What came of trying a route. */
export interface Attempt {
  readonly route: RouteId;
  readonly state: State;
  /** What was seen: names and codes, never a secret. */
  readonly detail: string;
}

/** The level that attempts show; null where not even the lowest holds. */
export function levelOf(attempts: readonly Attempt[]): Tier | null {
  if (broken(attempts, "enforcing").length === 0) return "enforcing";
  return broken(attempts, "advisory").length === 0 ? "advisory" : null;
}

/** Attempts that a level promises to fail, and that did not. */
export function broken(attempts: readonly Attempt[], level: Tier): readonly Attempt[] {
  return attempts.filter(
    ({ route, state }) => ROUTES[route].promises[level] === "closed" && state !== "closed",
  );
}
