import { createHash } from "node:crypto";
import { canonicalize, canonicalTime, fail, type Json, ok, type Result } from "@bylaw/core";
import { prepareFacts } from "@bylaw/facts";
import { openStore, type Store, StoreError } from "@bylaw/store";
import type { Config } from "../config/config.ts";
import { createAnalysisOps } from "./analysis-ops.ts";
import { openDataFolder } from "./data-folder.ts";
import { databaseAddress } from "./database.ts";
import type { Host } from "./pipeline-ops.ts";
import { isFolder, missingPrograms, worldOf } from "./places.ts";
import { loadRules, type Rules } from "./rules.ts";

/** Why a gateway did not start; each text says what is wrong and where. */
export interface StartError {
  readonly code: string;
  readonly messages: readonly string[];
}

/** Everything that a gateway needs before it listens, checked in the order of its cost. */
export async function openHost(
  config: Config,
  folder: string,
): Promise<Result<Host & { readonly folder: string }, StartError>> {
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
  const [rules] = await Promise.all([loadRules(config), prepareFacts()]);
  if (!rules.ok) return fail({ code: "policy.invalid", messages: rules.error });
  return compose(config, opened.value, rules.value);
}

async function compose(
  config: Config,
  folder: string,
  rules: Rules,
): Promise<Result<Host & { readonly folder: string }, StartError>> {
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
  for (const { id, grant } of rules.bundle.policies.values())
    if (grant?.uses != null) await store.limitGrant(id, grant.uses);
  const analysis = createAnalysisOps(store.digestKey);
  const world = worldOf(config, folder, analysis);
  return ok({ config, rules, world, store, analysis, now: Date.now, folder });
}

function at(config: Config): (message: string) => string {
  return (message) => `${config.file ?? "configuration"}: ${message}`;
}

/** The start record, on disk and signed before anything is served. */
export async function recordStart(host: Host, version: string): Promise<void> {
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
      bundle: rules.bundle.digest,
      configuration: `sha256:${configuration}`,
      tier: "advisory",
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
