import {
  type ActionRequest,
  type Bundle,
  decide,
  fail,
  type JsonObject,
  type Outcome,
  ok,
  type Result,
} from "@bylaw/core";
import {
  actionOf,
  analyze,
  buildFacts,
  type Catalog,
  createProfiles,
  createProvenance,
  memoryOps,
  type ProvenanceSession,
  parseCatalog,
  prepareFacts,
  redactJson,
  type ToolCall,
  type World,
  withProvenance,
} from "@bylaw/facts";
import type { Config } from "../config/config.ts";
import { loadRules } from "../host/rules.ts";
import { CLIENT, type RecordedEvent, type RecordedSession } from "./recorded.ts";

export interface SimulateOptions {
  /** Packs, policies, catalog and the places of upstreams. */
  readonly config: Config;
  /** Groups of the agent that is simulated. */
  readonly groups: readonly string[];
  /** False: as a gateway decides that never sees what the person wrote. */
  readonly promptSeen: boolean;
  /** The home folder that `~` stands for in the records; null: not known. */
  readonly home: string | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** One call and what would have become of it. */
export interface SimulatedCall {
  readonly session: string;
  /** Position among the session's calls. */
  readonly call: number;
  /** `upstream/tool`. */
  readonly tool: string;
  /** Without secrets; null where not all of them could be looked at. */
  readonly arguments: JsonObject | null;
  readonly outcome: Outcome;
  /** What decided: the bylaw, null where none did, and its code. */
  readonly policy: string | null;
  readonly code: string;
  readonly reason: string;
}

/** Decides a recorded session call by call; sessions share nothing. */
export type Simulation = (session: RecordedSession) => readonly SimulatedCall[];

/** What coding clients bring themselves; a configuration's own entries come first. */
const CLIENT_TOOLS = `version: 1
tools:
  ${CLIENT}/Bash: { output: tool, shell: { argument: command, dialect: bash } }
  ${CLIENT}/Read: { output: repo, paths: [ { argument: file_path, action: read } ] }
  ${CLIENT}/Write: { output: tool, paths: [ { argument: file_path, action: update } ] }
  ${CLIENT}/Edit: { output: tool, paths: [ { argument: file_path, action: update } ] }
  ${CLIENT}/MultiEdit: { output: tool, paths: [ { argument: file_path, action: update } ] }
  ${CLIENT}/NotebookEdit: { output: tool, paths: [ { argument: notebook_path, action: update } ] }
  ${CLIENT}/WebFetch: { output: web, url: { argument: url, method: GET } }
`;

/** Loads rules and parsers. Errors are texts that name what does not load. */
export async function createSimulation(
  options: SimulateOptions,
): Promise<Result<Simulation, readonly string[]>> {
  const [rules] = await Promise.all([loadRules(options.config), prepareFacts()]);
  if (!rules.ok) return rules;
  const own = parseCatalog("client", CLIENT_TOOLS);
  if (!own.ok) return fail(["the catalog of clients is invalid"]);
  const catalog = { tools: new Map([...own.value.tools, ...rules.value.catalog.tools]) };
  const profiles = createProfiles();
  return ok((session) => {
    const provenance = createProvenance(profiles);
    const calls: SimulatedCall[] = [];
    for (const event of session.events)
      if (event.kind === "call") {
        const context = { options, session, provenance, catalog, bundle: rules.value.bundle };
        calls.push(simulated(event, calls.length, context));
      } else if (options.promptSeen) provenance.prompt(event.text);
    return calls;
  });
}

interface Context {
  readonly options: SimulateOptions;
  readonly session: RecordedSession;
  readonly provenance: ProvenanceSession;
  readonly catalog: Catalog;
  readonly bundle: Bundle;
}

const OPS = memoryOps({}, "simulate");
const NO_COUNTS = { calls_1m: 0, deletes_1h: 0, sends_1h: 0, spend_1d: 0, denials_10m: 0 };

function simulated(
  event: Extract<RecordedEvent, { readonly kind: "call" }>,
  at: number,
  { options, session, provenance, catalog, bundle }: Context,
): SimulatedCall {
  const call: ToolCall = { tool: event.tool, definition: null, arguments: event.arguments };
  const request = requestOf(session.id, at, event, options.groups);
  const judged = provenance.judge(call);
  const found = analyze(request, worldOf(event, options), catalog, OPS);
  const analysis = withProvenance(found, judged, event.arguments);
  const facts = buildFacts({
    now: options.now,
    request,
    analysis,
    action: actionOf(request, analysis, bundle.argumentPaths, OPS),
    session: { id: session.id, labels: [], depth: 0, attended: true, ...judged.session },
    task: { locked: false, offline: false, noInstall: false, ...judged.task },
    counts: NO_COUNTS,
    approvals: [],
    grants: {},
    halts: [],
    limits: Object.fromEntries(bundle.limits.map(({ id }) => [id, 0])),
    shield: null,
  });
  const decision = decide(bundle, facts);
  const { outcome } = decision;
  // The person let it happen: what came back counts as approved, unless nobody could have.
  const fate =
    outcome === "block" ? "held" : outcome === "require_approval" ? "approved" : "passed";
  const texts = event.result === null ? null : [event.result];
  provenance.observe(call, judged, texts, fate, found.output);
  const why = decision.reasons.find((reason) => reason.outcome === outcome);
  return {
    session: session.id,
    call: at,
    tool: `${event.upstream}/${event.tool}`,
    arguments: redactJson(event.arguments, ["secrets"]),
    outcome,
    policy: why?.policy ?? null,
    code: why?.code ?? outcome,
    reason: why?.text ?? "",
  };
}

/** The folder that the client worked in is the workspace; servers are where the configuration says. */
function worldOf(
  { upstream, cwd }: Extract<RecordedEvent, { readonly kind: "call" }>,
  { config, home }: SimulateOptions,
): World {
  const place = Object.hasOwn(config.upstreams, upstream) ? config.upstreams[upstream] : undefined;
  const { environment = "unknown", labels = [], reviewed = false } = place ?? {};
  const local = upstream === CLIENT;
  return {
    workspaces: cwd === null ? config.workspaces : [cwd],
    home,
    protectedPaths: [],
    servers: {
      [upstream]: local
        ? { environment: "development", labels: [], reviewed: true, cwd }
        : { environment, labels, reviewed, cwd: null },
    },
  };
}

function requestOf(
  session: string,
  at: number,
  event: Extract<RecordedEvent, { readonly kind: "call" }>,
  groups: readonly string[],
): ActionRequest {
  return {
    id: `${session}/${at}`,
    gateway: event.upstream === CLIENT ? "hook" : "mcp",
    caller: {
      credential: "simulate",
      session,
      assurance: "local",
      chain: [
        { type: "User", id: "person", groups: [] },
        { type: "Agent", id: "agent", groups },
      ],
    },
    upstream: event.upstream,
    operation: "tools/call",
    target: event.tool,
    arguments: event.arguments,
    definition: null,
    bytes: { digest: `sha256:${"0".repeat(64)}`, length: 0 },
    handle: null,
  };
}
