import { loadBundle, PACKS, readPack, renderError } from "@bylaw/bundle";
import {
  type ActionRequest,
  type Bundle,
  decide,
  fail,
  type JsonObject,
  type Outcome,
  ok,
  type Result,
  type ToolDefinition,
} from "@bylaw/core";
import {
  actionOf,
  analyze,
  buildFacts,
  createProfiles,
  createProvenance,
  EMPTY_CATALOG,
  memoryOps,
  prepareFacts,
  type Reason,
  type ToolCall,
  type World,
  withProvenance,
} from "@bylaw/facts";
import { ALONE } from "../host/alone.ts";

/** One recorded session: what the person wrote, and every call with what came back. */
export interface Trace {
  readonly id: string;
  /** Names the set of tool definitions. */
  readonly suite: string;
  readonly prompt: string;
  readonly steps: readonly TraceStep[];
}

export interface TraceStep {
  readonly tool: string;
  readonly args: JsonObject;
  /** The text that the agent saw. */
  readonly result: string;
  readonly error: string | null;
}

/** Tool definitions by suite, then by name. */
export type ToolSets = ReadonlyMap<string, ReadonlyMap<string, ToolDefinition>>;

/** Why a step did not simply pass. */
export interface StepReason {
  readonly step: number;
  readonly tool: string;
  readonly decision: Outcome;
  readonly policies: readonly string[];
  readonly codes: readonly string[];
  /** Which value, from which text, of which result. */
  readonly provenance: readonly Reason[];
}

export interface Replayed {
  readonly decisions: readonly Outcome[];
  readonly reasons: readonly StepReason[];
}

export interface ReplayOptions {
  readonly pack: string;
  readonly tools: ToolSets;
  /** False: as a gateway decides that never sees what the person wrote. */
  readonly promptSeen: boolean;
}

/** Replays one session after another; sessions share nothing but the tool definitions. */
export type Replay = (trace: Trace) => Replayed;

/** Decisions are a function of the session alone, so every step has the same time. */
const NOW_MS = Date.UTC(2026, 0, 1);

/**
 * Decides recorded sessions as the gateway would: request, effects, provenance, Facts, decision. A
 * step is decided before its result is looked at; what is held or blocked counts as not done, and
 * its result as nobody's. Errors are texts that name the pack's problem.
 */
export async function createReplay(
  options: ReplayOptions,
): Promise<Result<Replay, readonly string[]>> {
  const pack = PACKS.find((known) => known === options.pack);
  if (pack === undefined)
    return fail([`unknown pack \`${options.pack}\`; known are ${PACKS.join(", ")}`]);
  const sources = await Promise.all([...new Set(["base" as const, pack])].map(readPack));
  const bundle = await loadBundle({ sources });
  if (!bundle.ok) return fail(bundle.error.map(renderError));
  await prepareFacts();
  const profiles = createProfiles();
  return ok((trace) => replaySession(trace, bundle.value, options, profiles));
}

function replaySession(
  trace: Trace,
  bundle: Bundle,
  { tools, promptSeen }: ReplayOptions,
  profiles: ReturnType<typeof createProfiles>,
): Replayed {
  const session = createProvenance(profiles);
  if (promptSeen) session.prompt(trace.prompt);
  const decisions: Outcome[] = [];
  const reasons: StepReason[] = [];
  trace.steps.forEach((step, at) => {
    const definition = tools.get(trace.suite)?.get(step.tool) ?? null;
    const call: ToolCall = { tool: step.tool, definition, arguments: step.args };
    const provenance = session.judge(call);
    const request = requestOf(trace, at, call);
    const analysis = withProvenance(
      analyze(request, worldOf(trace.suite), EMPTY_CATALOG, OPS),
      provenance,
      step.args,
    );
    const action = actionOf(request, analysis, bundle.argumentPaths, OPS);
    const facts = buildFacts({
      ...ALONE,
      shield: null,
      now: NOW_MS,
      request,
      analysis,
      action,
      ...factsOf(trace, provenance),
    });
    const decision = decide(bundle, facts);
    decisions.push(decision.outcome);
    const deciding = decision.reasons.filter(({ outcome }) => outcome === decision.outcome);
    const stops = decision.outcome === "block" || decision.outcome === "require_approval";
    if (stops)
      reasons.push({
        step: at,
        tool: step.tool,
        decision: decision.outcome,
        policies: [...new Set(deciding.flatMap(({ policy }) => policy ?? []))],
        codes: [...new Set(deciding.map(({ code }) => code))],
        provenance: provenance.reasons,
      });
    const seen = step.error === null ? step.result : `${step.result}\n${step.error}`;
    session.observe(call, provenance, [seen], stops ? "held" : "passed");
  });
  return { decisions, reasons };
}

const OPS = memoryOps({}, "replay");

function factsOf(
  trace: Trace,
  { session, task }: ReturnType<ReturnType<typeof createProvenance>["judge"]>,
) {
  return {
    session: { id: trace.id, labels: [], depth: 0, attended: true, ...session },
    task: { locked: false, offline: false, noInstall: false, ...task },
  };
}

/** The person's own accounts, on a server that nobody has reviewed. */
function worldOf(suite: string): World {
  const place = { environment: "production", labels: [], reviewed: false, cwd: null } as const;
  return { workspaces: [], home: null, servers: { [suite]: place }, protectedPaths: [] };
}

function requestOf(trace: Trace, step: number, call: ToolCall): ActionRequest {
  return {
    id: `${trace.id}/${step}`,
    gateway: "mcp",
    caller: {
      credential: "replay",
      session: trace.id,
      assurance: "local",
      chain: [
        { type: "User", id: "user", groups: [] },
        { type: "Agent", id: "assistant", groups: ["assistants"] },
      ],
    },
    upstream: trace.suite,
    operation: "tools/call",
    target: call.tool,
    arguments: call.arguments,
    definition: call.definition,
    bytes: { digest: `sha256:${"0".repeat(64)}`, length: 0 },
    handle: null,
  };
}
