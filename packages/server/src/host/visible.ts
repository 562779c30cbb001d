import {
  type Caller,
  decide,
  type Effect,
  exactly,
  type Facts,
  type ToolDefinition,
} from "@bylaw/core";
import { actionOf, analyze, buildFacts, shieldFacts } from "@bylaw/facts";
import { circumstances, type Host } from "./pipeline-ops.ts";

/**
 * Whether an agent may know of a tool: false only when every call of it would be blocked. The least
 * that the tool can do is judged: one thing, reversible, without content. Where even what kind of
 * thing it does depends on its arguments, it is shown and each call is decided.
 */
export function createVisible(
  host: Host,
): (caller: Caller, upstream: string) => Promise<(definition: ToolDefinition) => boolean> {
  return async (caller, upstream) => {
    const grants = await host.store.grants();
    return (definition) => isVisible(host, caller, upstream, definition, grants);
  };
}

function isVisible(
  { analysis: ops, rules: versions, world, now }: Host,
  caller: Caller,
  upstream: string,
  definition: ToolDefinition,
  grants: Facts["grants"],
): boolean {
  const rules = versions.current();
  const { shield } = rules.bundle;
  const request = {
    id: "act_visible",
    gateway: "mcp",
    caller,
    upstream,
    operation: "tools/call",
    target: definition.name,
    arguments: {},
    definition,
    bytes: { digest: "sha256:", length: 0 },
    handle: null,
  } as const;
  const analysis = analyze(request, world, rules.catalog, ops);
  if (analysis.effects.some(({ source }) => source === "unknown" || source === "inferred"))
    return true;
  const leastAnalysis = { ...analysis, effects: analysis.effects.map(least) };
  const facts = buildFacts({
    now: now(),
    request,
    analysis: leastAnalysis,
    action: actionOf(request, leastAnalysis, new Set(), ops),
    ...circumstances(caller),
    counts: { calls_1m: 0, deletes_1h: 0, sends_1h: 0, spend_1d: 0, denials_10m: 0 },
    approvals: [],
    grants,
    halts: [],
    limits: {},
    shield: shield === null ? null : shieldFacts(shield, world, request, leastAnalysis, ops),
  });
  return decide(rules.bundle, facts).outcome !== "block";
}

function least(effect: Effect): Effect {
  return {
    ...effect,
    quantity: exactly(1),
    bytes: exactly(0),
    cost: exactly(0),
    reversible: true,
    findings: [],
  };
}
