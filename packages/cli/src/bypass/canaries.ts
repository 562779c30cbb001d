import { fileURLToPath } from "node:url";
import {
  type Config,
  loadConfig,
  type Presence,
  sourcesOf,
  type UpstreamConfig,
} from "@bylaw/server";

/** A database server that an upstream's command or environment names. */
export interface Database {
  readonly host: string;
  readonly port: number;
  /** Whether its address has a password. */
  readonly guarded: boolean;
}

/** An upstream as whoever tries to reach it directly knows it; no secret stands here. */
export type Target =
  | {
      readonly kind: "stdio";
      readonly name: string;
      readonly command: readonly [string, ...string[]];
      readonly cwd: string;
      readonly databases: readonly Database[];
    }
  | { readonly kind: "http"; readonly name: string; readonly url: string };

/** What is tried: places and names, which an agent may know from anywhere. */
export interface Canaries {
  readonly gateway: Presence | null;
  readonly data: string;
  /** Where the configuration is; null for the built-in one. */
  readonly config: string | null;
  /** Files and folders that decide what the gateway does. */
  readonly sources: readonly string[];
  /** Null where this user cannot know what the upstreams are. */
  readonly targets: readonly Target[] | null;
}

const DATABASE_PORTS: Readonly<Record<string, number>> = {
  postgres: 5432,
  postgresql: 5432,
  mysql: 3306,
  mariadb: 3306,
  redis: 6379,
  mongodb: 27_017,
};

export function canariesOf(
  config: Config | null,
  data: string,
  gateway: Presence | null,
): Canaries {
  const program = fileURLToPath(new URL("../main.js", import.meta.url));
  const upstreams = config === null ? null : Object.entries(config.upstreams);
  return {
    gateway,
    data,
    config: config?.file ?? gateway?.config ?? null,
    sources: [program, ...(config === null ? [] : sourcesOf(config))],
    targets: upstreams?.map(([name, upstream]) => targetOf(name, upstream)) ?? null,
  };
}

function targetOf(name: string, upstream: UpstreamConfig): Target {
  if (upstream.kind === "http") return { kind: "http", name, url: withoutSecrets(upstream.url) };
  const { command, cwd, env } = upstream;
  const databases = [...command, ...Object.values(env)].flatMap(databasesIn);
  return { kind: "stdio", name, command: withoutPasswords(command), cwd, databases };
}

/** Parameters may hold a key, as user names and passwords do. */
function withoutSecrets(text: string): string {
  const url = new URL(text);
  return `${url.origin}${url.pathname}`;
}

function withoutPasswords([program, ...args]: readonly [string, ...string[]]): readonly [
  string,
  ...string[],
] {
  return [program, ...args.map((arg) => arg.replace(/(:\/\/[^\s/@:]*:)[^\s/@]*@/g, "$1…@"))];
}

function databasesIn(text: string): readonly Database[] {
  const found = /^([a-z]+):\/\/\S+$/.exec(text);
  const port = DATABASE_PORTS[found?.[1] ?? ""];
  if (port === undefined || !URL.canParse(text)) return [];
  const url = new URL(text);
  return [{ host: url.hostname, port: Number(url.port) || port, guarded: url.password !== "" }];
}

/** The upstreams with the credentials that this user can read; null where it can read none. */
export function readable({
  config,
  targets,
}: Canaries): Readonly<Record<string, UpstreamConfig>> | null {
  if (config === null) return targets === null ? null : {};
  const loaded = loadConfig(config);
  return loaded.ok ? loaded.value.upstreams : null;
}
