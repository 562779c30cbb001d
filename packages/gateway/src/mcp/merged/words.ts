import type { JsonObject } from "@bylaw/core";
import type { Names } from "./names.ts";

interface Introduced {
  readonly upstream: string;
  readonly instructions: string | null;
}

/** What every client of the endpoint may use, whichever servers are there at the time. */
const CAPABILITIES: JsonObject = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
};

const SERVER_INFO: JsonObject = { name: "bylaw", version: "1" };

/** The endpoint's answer to `initialize`. */
export function introduction(
  names: Names,
  protocolVersion: string,
  servers: readonly Introduced[],
): JsonObject {
  return {
    protocolVersion,
    capabilities: { ...CAPABILITIES, logging: {} },
    serverInfo: SERVER_INFO,
    instructions: instructionsOf(names, servers),
  };
}

/** The endpoint's answer to `server/discover`. */
export function discovery(
  names: Names,
  supportedVersions: readonly string[],
  servers: readonly Introduced[],
  extensions: JsonObject,
): JsonObject {
  return {
    resultType: "complete",
    supportedVersions: [...supportedVersions],
    capabilities: {
      ...CAPABILITIES,
      ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
    },
    instructions: instructionsOf(names, servers),
    _meta: { "io.modelcontextprotocol/serverInfo": SERVER_INFO },
  };
}

function instructionsOf(names: Names, servers: readonly Introduced[]): string {
  const example = names.upstreams[0];
  const head =
    example === undefined
      ? "No servers are configured."
      : `Several servers are behind this one. Names begin with the server that they are of: \`${names.shown(example, "name")}\` is \`name\` of \`${example}\`.`;
  const own = servers.flatMap(({ upstream, instructions }) =>
    instructions === null ? [] : [`From \`${upstream}\`:\n${instructions}`],
  );
  return [head, ...own].join("\n\n");
}
