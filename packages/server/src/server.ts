import { createServer, type Server, type ServerResponse } from "node:http";
import { canonicalTime, type Engine, fail, type Gateway, ok, type Result } from "@bylaw/core";
import {
  createRejects,
  createSdkGateway,
  HTTP_SERVER_OPTIONS,
  type PipelineOps,
  type Reject,
  upstreamOfPath,
} from "@bylaw/gateway";
import { adminApi } from "./api/admin.ts";
import { agentApi, type Prompted } from "./api/agent-api.ts";
import type { Config } from "./config/config.ts";
import { type FactorStatus, factorStatus } from "./factors/enrolment.ts";
import { createGuarding } from "./factors/guarding.ts";
import { createAdminOps } from "./host/admin-ops.ts";
import { answered, counted, listenerOf } from "./host/answering.ts";
import {
  adminSocket,
  adminToken,
  announce,
  announceToAll,
  hookSocket,
  type Presence,
  type Tier,
  withdraw,
} from "./host/data-folder.ts";
import { createGrants } from "./host/grants.ts";
import { openHooks } from "./host/hooks.ts";
import { openHost, openPolicies, recordStart, type StartError } from "./host/host.ts";
import { openHookSocket, runtimeProblems } from "./host/isolation.ts";
import { addressOf, closeServer, listenOr, listenSocket, listenToAll } from "./host/listening.ts";
import { createNotifier, type Notifier, notifyKey } from "./host/notify.ts";
import { newActionId, openMcp } from "./host/open-mcp.ts";
import { createPipelineOps, type Host } from "./host/pipeline-ops.ts";
import { ownPlace } from "./host/places.ts";
import { createSessions, type Sessions } from "./host/provenance.ts";
import { checkpointsOf, publishLog } from "./host/published-log.ts";
import { keepRetention } from "./host/retention.ts";
import { adminRoute, agentRoute, hookRoute } from "./host/routes.ts";
import type { PolicyStatus, Versions } from "./host/versions.ts";
import { watchFiles } from "./host/watch.ts";
import { type Identity, openIdentity } from "./identity/identity.ts";
import { STRANGERS_PER_SECOND } from "./identity/limits.ts";
import type { Checkpoints } from "./log/checkpoints.ts";
import { logListener } from "./log/log-files.ts";
import { openPeople, type People, servePeople } from "./people/listen.ts";
import { createShadow, type Shadow } from "./shadow/shadow.ts";
import { type Access, openAccess } from "./upstream-auth/configured.ts";

/** Milliseconds that calls in flight get to finish when the gateway stops. */
const DRAIN_MS = 30_000;

export interface ServerOptions {
  readonly config: Config;
  /** Data folder; made on first use. */
  readonly folder: string;
  /** Overrides the configured port; 0 takes a free one. */
  readonly port: number | null;
  readonly version: string;
  /** One line for the operator; never carries arguments, results or credentials. */
  readonly log: (line: string) => void;
  /** When the policies do not load: start with those that were in force last. */
  readonly lastGood?: boolean;
  /**
   * Folder where other users find this gateway, which runs under a user of its own; absent for one that
   * runs as the user whose agents it governs. It does not start where others could still change it.
   */
  readonly runtime?: string;
}

/** What only tests hand in. */
export interface ServerInternals {
  /** Stands between every bundle and its engine: to plant a defect that the shadow has to find. */
  readonly engine?: (engine: Engine) => Engine;
  /** Program of the shadow's process. */
  readonly oracle?: string;
}

export interface RunningServer {
  readonly address: string;
  /** Where the log can be read, where the configuration publishes it. */
  readonly log: string | null;
  /** What was in force when it started. */
  readonly policy: PolicyStatus;
  readonly factors: FactorStatus;
  readonly folder: string;
  readonly tier: Tier;
  /** Takes nothing new, finishes what is in flight, signs the log. Safe to call twice. */
  stop(): Promise<void>;
  /** Resolves when the gateway has stopped, whoever asked for it. */
  readonly stopped: Promise<void>;
}

/** Starts a gateway: agents on the configured address, administration on a socket of its own. */
export async function startServer(
  options: ServerOptions,
  internals: ServerInternals = {},
): Promise<Result<RunningServer, StartError>> {
  const key = notifyKey(options.config.notify);
  if (!key.ok) return fail({ code: "notify.secret", messages: [key.error] });
  const open =
    options.runtime === undefined
      ? []
      : runtimeProblems(options.runtime, options.config, options.folder);
  if (open.length > 0) return fail({ code: "isolation.open", messages: open });
  const access = openAccess(options.config, options.folder, Date.now);
  if (!access.ok) return fail({ code: "upstream.secret", messages: access.error });
  const opened = await openHost(options.config, options.folder, options.lastGood ?? false);
  if (!opened.ok) return opened;
  const agents = createServer(HTTP_SERVER_OPTIONS);
  const { host: name, port } = options.config.listen;
  const taken = await listenOr(agents, options.port ?? port, name, "choose another with --port");
  if (taken !== null) {
    await opened.value.store.close();
    return fail(taken);
  }
  const servers = [agents];
  const giveUp = async <E>(why: E): Promise<E> => {
    await Promise.all([...servers.map(closeServer), opened.value.store.close()]);
    return why;
  };
  const people = await openPeople(options.config);
  if (people !== null && "code" in people) return giveUp(fail(people));
  if (people !== null) servers.push(people.server);
  const rules = await openPolicies(opened.value, options.log, internals.engine);
  if (!rules.ok) return giveUp(rules);
  const { public: reached } = options.config;
  const origins = [addressOf(agents), ...(reached === null ? [] : [reached])];
  const world = { ...opened.value.world, own: ownPlace(opened.value.folder, origins) };
  const host = { ...opened.value, world, rules: rules.value };
  await recordStart(host, options.version, tierOf(options));
  const checkpoints = await checkpointsOf(host, options.log);
  const published = await publishLog(host, checkpoints);
  if (published !== null && "code" in published) {
    checkpoints.close();
    return giveUp(fail(published));
  }
  if (published !== null) servers.push(published);
  const sessions = createSessions(host.store.shared ? Number.POSITIVE_INFINITY : host.now());
  const known = { ...host, began: sessions.began };
  const identity = await openIdentity(known, addressOf(agents), options.log);
  if (!identity.ok) {
    checkpoints.close();
    return giveUp(identity);
  }
  const notifier = createNotifier(options.config.notify, key.value, options.log);
  const given = { identity: identity.value, sessions, notifier, access: access.value, internals };
  const surroundings = { checkpoints, published, people, ...given };
  return ok(await serve(options, host, agents, surroundings));
}

/** What stands beside the listener for agents. */
interface Surroundings {
  readonly checkpoints: Checkpoints;
  /** Where the log is published; null where it is not. */
  readonly published: Server | null;
  /** Where people's browsers answer; null where they do not. */
  readonly people: People | null;
  readonly identity: Identity;
  readonly sessions: Sessions;
  readonly notifier: Notifier;
  readonly access: Access;
  readonly internals: ServerInternals;
}

/** Wires the open host to its listeners; everything it needs is known to be there. */
async function serve(
  options: ServerOptions,
  host: Host & { readonly folder: string; readonly rules: Versions },
  agents: Server,
  { checkpoints, published, people, identity, sessions, notifier, access, internals }: Surroundings,
): Promise<RunningServer> {
  const { folder, store, config, rules } = host;
  const { runtime } = options;
  const shadow = shadowOf(options, host, internals);
  const decided: PipelineOps["decided"] = (...made) => shadow.decided(...made);
  const { ops, holds } = createPipelineOps(
    host,
    checkpoints.newest,
    decided,
    (held) => notifier.tell(held, () => holds.batches()),
    sessions,
  );
  const { mcp, pins } = openMcp({ host, ops, identity, access, log: options.log });
  const sdk = createSdkGateway(ops, newActionId);
  const rejects = (gateway: Gateway): Reject =>
    createRejects(ops, {
      gateway,
      strangersPerSecond: STRANGERS_PER_SECOND,
      newId: newActionId,
      unrecorded: (_, code) => options.log(`reject_unrecorded - ${code}`),
    });
  const prompted = promptsOf(config, sessions);
  const hooks = openHooks(host, {
    ops,
    prompted,
    identify: identity.identify,
    reject: rejects("hook"),
    newId: newActionId,
    socket: runtime === undefined ? hookSocket(folder) : openHookSocket(runtime),
  });
  const { bodyBytes } = config.limits;
  const asks = agentApi(sdk, identity, rejects("sdk"), bodyBytes, prompted);
  const api = hooks.before(listenerOf(asks));
  const answering = new Set<ServerResponse>();
  const address = addressOf(agents);
  let draining = false;

  agents.on(
    "request",
    agentRoute(mcp, counted(api, answering), () => !draining),
  );
  agents.on("upgrade", (request, socket, head) => {
    const upstream = upstreamOfPath(request.url ?? "");
    if (upstream === null) socket.destroy();
    else void mcp.handleUpgrade(request, socket, head, upstream);
  });

  const endRetention = keepRetention(host, options.log);
  const { bundle, policies, grants, catalog, shield } = config;
  const lists =
    shield.files.length + shield.feeds.length === 0
      ? []
      : [...shield.files, ...shield.feeds, shield.acks];
  const signed = bundle === null ? [] : [bundle.file];
  const given = grants === null ? [] : [grants];
  const watched = config.watch ? [...signed, ...policies, ...given, ...catalog, ...lists] : [];
  const watching = watchFiles(watched, () => rules.reload("watch", "watch"));
  if (!watching.active) options.log("policy.unwatched - changed files need: bylaw policy reload");

  let finish: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= end();
    return stopping;
  };
  const status = () => ({
    version: options.version,
    pid: process.pid,
    address,
    tier: tierOf(options),
    bundle: rules.current().bundle.digest,
    policy: rules.status(),
    watching: watching.active,
    shadow: shadow.status(),
    upstreams: Object.keys(config.upstreams),
    log: published === null ? null : `${addressOf(published)}/log`,
    witnesses: checkpoints.status(),
    issuers: identity.status(),
    hooks: hooks.status(),
  });
  const forget = (upstream: string): void => {
    pins.forget(upstream);
    mcp.toolsChanged(upstream);
  };
  const parts = { grants: createGrants(host), pins: { forget } };
  const adminOps = createAdminOps(host, holds, parts, status, () => void stop());
  const token = adminToken(folder);
  const guarding = createGuarding(host, holds, people?.place ?? null);
  const { app: administration } = adminApi(adminOps, identity.passports, token, guarding);
  if (people !== null)
    servePeople(people, {
      ...host,
      ...guarding,
      holds,
      token,
      admin: administration,
    });
  const files = logListener(store.log.archive(), checkpoints.published, null);
  const admin = await listenSocket(
    adminSocket(folder),
    adminRoute(token, files, listenerOf(administration)),
  );
  const { socket, key } = hooks.status();
  const asked = await (runtime === undefined ? listenSocket : listenToAll)(
    socket,
    hookRoute(counted(hooks.listener, answering), () => !draining),
  );
  const presence: Presence = {
    pid: process.pid,
    address,
    admin: adminSocket(folder),
    version: options.version,
    tier: tierOf(options),
    hooks: { socket, key },
    folder,
    config: config.file,
  };
  announce(folder, presence);
  if (runtime !== undefined) announceToAll(runtime, presence);

  async function end(): Promise<void> {
    draining = true;
    watching.close();
    shadow.close();
    identity.close();
    holds.close();
    notifier.close();
    await Promise.all([mcp.drain(DRAIN_MS), answered(answering, DRAIN_MS)]);
    checkpoints.close();
    const listeners = [agents, admin, asked, published, people?.server].filter(
      (one) => one != null,
    );
    await Promise.all(listeners.map(closeServer));
    await endRetention();
    // A log that cannot be written has been refusing everything; the start record tells the rest.
    await store.log
      .append({ v: 1, kind: "stop", at: canonicalTime(host.now()) }, "sync", null)
      .catch(() => undefined);
    await store.close();
    if (runtime !== undefined) withdraw(runtime);
    withdraw(folder); // last: whoever waits for it may start the next gateway at once
    finish();
  }
  const log = published === null ? null : `${addressOf(published)}/log`;
  const factors = await factorStatus(host);
  const tier = tierOf(options);
  return { address, log, policy: rules.status(), factors, folder, tier, stop, stopped };
}

/** Takes what a person wrote from those agents' programs that the configuration trusts to tell it. */
function promptsOf({ agents }: Config, sessions: Sessions): Prompted {
  return ({ chain, session }, text) => {
    const id = chain.findLast(({ type }) => type === "Agent")?.id ?? "";
    if (!Object.hasOwn(agents, id) || agents[id]?.prompts !== true) return false;
    sessions.prompted(session, text);
    return true;
  };
}

function tierOf({ runtime }: ServerOptions): Tier {
  return runtime === undefined ? "advisory" : "enforcing";
}

function shadowOf(
  { config, log }: ServerOptions,
  { rules, now }: Host & { readonly rules: Versions },
  { oracle }: ServerInternals,
): Shadow {
  return createShadow({
    share: config.shadow.share,
    content: (bundle) => rules.of(bundle).content,
    // What cannot be written down still stops: the bundle is barred before anything is awaited.
    mismatch: (digest, action, text) =>
      void rules
        .quarantine(digest, action, text)
        .catch((error: Error) => log(`shadow.unrecorded - ${error.message}`)),
    now,
    log,
    ...(oracle === undefined ? {} : { program: oracle }),
  });
}
