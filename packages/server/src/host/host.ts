import { createHash } from "node:crypto";
import {
  canonicalize,
  canonicalTime,
  type Engine,
  fail,
  type Json,
  ok,
  type Result,
} from "@bylaw/core";
import { prepareFacts } from "@bylaw/facts";
import { openStore, type Store, StoreError } from "@bylaw/store";
import type { Config } from "../config/config.ts";
import { currentUser } from "../config/user.ts";
import { isNeeded } from "../factors/needed.ts";
import { createAnalysisOps } from "./analysis-ops.ts";
import { BundleFolderError, bundleFolder } from "./bundle-folder.ts";
import { openDataFolder, type Tier } from "./data-folder.ts";
import { databaseAddress } from "./database.ts";
import type { Host } from "./pipeline-ops.ts";
import { isFolder, missingPrograms, worldOf } from "./places.ts";
import { loadRules, type Rules } from "./rules.ts";
import { openVersions, type Versions } from "./versions.ts";

/** Why a gateway did not start; each text says what is wrong and where. */
export interface StartError {
  readonly code: string;
  readonly messages: readonly string[];
}

/** What is open before the policies are in force: nothing was recorded so far. */
export interface OpenedHost extends Omit<Host, "rules"> {
  readonly folder: string;
  /** What the configuration's files came to. */
  readonly loaded: Result<Rules, readonly string[]>;
}

/**
 * Everything that a gateway needs before it listens, checked in the order of its cost. Policies that
 * do not load are `policy.invalid`, unless what was in force last may serve (`lastGood`).
 */
export async function openHost(
  config: Config,
  folder: string,
  lastGood: boolean,
): Promise<Result<OpenedHost, StartError>> {
  const missing = [
    ...config.workspaces
      .filter((path) => !isFolder(path))
      .map((path) => `the workspace \`${path}\` is not there`),
    ...missingPrograms(config, process.env["PATH"]),
  ];
  if (missing.length > 0)
    return fail({ code: "config.missing_upstream", messages: missing.map(at(config)) });
  const opened = openDataFolder(folder, config.workspaces);
  if (!opened.ok)
    return fail({
      code: opened.error,
      messages: [
        `the data folder \`${folder}\` is inside a workspace, where agents could change it`,
      ],
    });
  const [loaded] = await Promise.all([loadRules(config), prepareFacts()]);
  if (!loaded.ok && !lastGood) return fail({ code: "policy.invalid", messages: loaded.error });
  return compose(config, opened.value, loaded);
}

async function compose(
  config: Config,
  folder: string,
  loaded: OpenedHost["loaded"],
): Promise<Result<OpenedHost, StartError>> {
  const address = databaseAddress(config.store.postgres);
  if (!address.ok)
    return fail({ code: "store.postgres_url", messages: [`store.postgres: ${address.error}`] });
  let store: Store;
  try {
    store = await openStore({ folder, origin: null, now: Date.now, postgres: address.value });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return fail({ code: error.code, messages: [error.message] });
  }
  const analysis = createAnalysisOps(store.digestKey, Date.now);
  const world = worldOf(config, folder, analysis);
  return ok({ config, world, store, analysis, now: Date.now, folder, loaded });
}

/** Puts policies in force: those of the files, or those that a person went back to. */
export async function openPolicies(
  host: OpenedHost,
  log: (line: string) => void,
  engine: ((engine: Engine) => Engine) | undefined,
): Promise<Result<Versions, StartError>> {
  const { config, store, now, loaded } = host;
  const folder = bundleFolder(host.folder, store.log.vkey);
  const load = (): Promise<OpenedHost["loaded"]> => loadRules(config);
  try {
    const held = async (): Promise<boolean> => isNeeded(config, await store.factors.list(), "");
    const options = { folder, store, now, load, log, held, engine };
    const versions = await openVersions(options, loaded, currentUser());
    return versions.ok
      ? versions
      : fail({ code: loaded.ok ? "bundle.unusable" : "policy.invalid", messages: versions.error });
  } catch (error) {
    if (!(error instanceof BundleFolderError) && !(error instanceof StoreError)) throw error;
    return fail({ code: error.code, messages: [error.message] });
  }
}

function at(config: Config): (message: string) => string {
  return (message) => `${config.file ?? "configuration"}: ${message}`;
}

/** The start record, on disk and signed before anything is served. */
export async function recordStart(host: Host, version: string, tier: Tier): Promise<void> {
  const { store, config, rules } = host;
  const configuration = createHash("sha256")
    .update(canonicalize(publicPart(config)))
    .digest("hex");
  await store.log.append(
    {
      v: 1,
      kind: "start",
      at: canonicalTime(host.now()),
      version,
      bundle: rules.current().bundle.digest,
      configuration: `sha256:${configuration}`,
      tier,
      unclosed: await store.log.unclosed(),
    },
    "sync",
    null,
  );
  await store.log.checkpoint();
}

/** Upstream credentials must not be guessable from a digest in the log. */
function publicPart(config: Config): Json {
  const upstreams = Object.fromEntries(
    Object.entries(config.upstreams).map(([id, upstream]) => [
      id,
      upstream.kind === "http"
        ? { ...upstream, headers: Object.keys(upstream.headers) }
        : { ...upstream, env: Object.keys(upstream.env) },
    ]),
  );
  return JSON.parse(JSON.stringify({ ...config, upstreams })) as Json;
}
