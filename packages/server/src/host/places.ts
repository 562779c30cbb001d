import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { homedir, hostname as machineName } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import {
  type AnalysisOps,
  isDetector,
  type OwnAddress,
  type OwnDetectors,
  type OwnPlace,
  ownDetectors,
  redactJson,
  type World,
} from "@bylaw/facts";
import { CLIENT_IDS, type UpstreamConfig as McpUpstream, type Redactor } from "@bylaw/gateway";
import type { Config, UpstreamConfig } from "../config/config.ts";
import type { Access, LetIn } from "../upstream-auth/configured.ts";
import { adminSocket } from "./data-folder.ts";

/** Coding agents act on the machine that a person works on; where in it, each call says itself. */
const THIS_MACHINE = {
  environment: "development",
  labels: [],
  reviewed: false,
  cwd: null,
} as const;

/** What the analyzers know about places, from a configuration and the data folder. */
export function worldOf(config: Config, dataFolder: string, ops: AnalysisOps): World {
  const real = (paths: readonly string[]): readonly string[] =>
    paths.map((path) => ops.realPath(path)).filter((path) => path !== null);
  return {
    workspaces: real(config.workspaces),
    home: realpathSync(homedir()),
    servers: {
      ...Object.fromEntries(CLIENT_IDS.map((id) => [id, THIS_MACHINE])),
      ...Object.fromEntries(
        Object.entries(config.upstreams).map(([id, upstream]) => [
          id,
          {
            environment: upstream.environment,
            labels: upstream.labels,
            reviewed: upstream.reviewed,
            cwd: upstream.kind === "stdio" ? ops.realPath(upstream.cwd) : null,
          },
        ]),
      ),
    },
    detectors: detectorsOf(config),
    protectedPaths: real([
      dataFolder,
      ...(config.file === null ? [] : [config.file]),
      ...(config.bundle === null ? [] : [config.bundle.file]),
      ...config.policies,
      ...(config.grants === null ? [] : [config.grants]),
      ...config.catalog,
      ...config.shield.files,
      ...config.shield.feeds,
      config.shield.acks,
    ]),
  };
}

/**
 * What the analyzers know of the gateway itself. In: the addresses of its listeners, and the origin that
 * a proxy serves it under, each as `http://host:port`.
 */
export function ownPlace(dataFolder: string, origins: readonly string[]): OwnPlace {
  const folders = [dataFolder, dirname(adminSocket(dataFolder))];
  const addresses = origins.flatMap((origin): readonly OwnAddress[] => {
    const { hostname, port, protocol } = new URL(origin);
    const own = { name: hostname, port: Number(port) || (protocol === "https:" ? 443 : 80) };
    // One that listens everywhere is reached by the machine's own name as well.
    const everywhere = hostname === "0.0.0.0" || hostname === "[::]";
    return everywhere ? [own, { ...own, name: machineName().toLowerCase() }] : [own];
  });
  return { folders: [...new Set(folders)], addresses, process: process.pid };
}

/** The configuration's own detectors. Their patterns were compiled once when it was read. */
function detectorsOf({ detectors }: Config): OwnDetectors {
  const compiled = ownDetectors(detectors);
  if (!compiled.ok) throw new Error(compiled.error);
  return compiled.value;
}

/** What the gateways take secrets out of results with. */
export function redactorOf(config: Config): Redactor {
  const own = detectorsOf(config);
  return {
    knows: (name) => isDetector(name, own),
    redact: (value, detectors) => redactJson(value, detectors, own),
  };
}

/** The upstreams as the MCP gateway starts them. */
export function mcpUpstreams(config: Config, access: Access): ReadonlyMap<string, McpUpstream> {
  return new Map(
    Object.entries(config.upstreams).map(([id, upstream]) => [id, wire(upstream, access.get(id))]),
  );
}

function wire(upstream: UpstreamConfig, access: LetIn | undefined): McpUpstream {
  if (upstream.kind === "http") {
    const { url, transport, headers } = upstream;
    return { kind: "http", url, transport, ...(access ?? { headers }) };
  }
  const [command, ...args] = upstream.command;
  return { kind: "stdio", command, args, env: upstream.env, cwd: upstream.cwd };
}

/** Upstreams whose program is not there: better said at the start than at the first call. */
export function missingPrograms(config: Config, path: string | undefined): readonly string[] {
  return Object.entries(config.upstreams).flatMap(([id, upstream]) => {
    if (upstream.kind === "http") return [];
    const [program] = upstream.command;
    if (upstream.cwd !== undefined && !isFolder(upstream.cwd))
      return [`upstream \`${id}\`: the folder \`${upstream.cwd}\` is not there`];
    const candidates = /[/\\]/.test(program)
      ? [resolve(upstream.cwd, program)]
      : (path ?? "").split(delimiter).map((folder) => join(folder, program));
    return candidates.some(isExecutable)
      ? []
      : [`upstream \`${id}\`: the program \`${program}\` is not there or cannot be run`];
  });
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return process.platform === "win32" && isExecutableOnWindows(path);
  }
}

function isExecutableOnWindows(path: string): boolean {
  return [".exe", ".cmd"].some((ending) => {
    try {
      return statSync(path + ending).isFile();
    } catch {
      return false;
    }
  });
}
