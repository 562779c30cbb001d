import type { ActionRequest, Effect, Origin, ResourceEntity } from "@bylaw/core";
import { catalogEffects } from "./catalog/apply.ts";
import type { Catalog, CatalogEntry } from "./catalog/catalog.ts";
import { clientEffects } from "./clients/effects.ts";
import { findingsOf } from "./detect/arguments.ts";
import { unknownEffect } from "./effect.ts";
import { toolEntity } from "./entities.ts";
import type { PathContext } from "./files/place.ts";
import { infer, unclear } from "./infer/infer.ts";
import { leavesOf } from "./infer/leaves.ts";
import { methodEffects } from "./mcp/methods.ts";
import type { AnalysisOps } from "./ops.ts";
import { placeOf, type World } from "./world.ts";

/** What one action does, before anything about time, counters or approvals is known. */
export interface Analysis {
  readonly tool: ResourceEntity;
  /** Never empty. */
  readonly effects: readonly Effect[];
  /** Resolved paths that the arguments name, sorted: the exact-action digest binds their content. */
  readonly files: readonly string[];
  /** Working directory of the server, against which relative paths were read. */
  readonly cwd: string | null;
  /** Where the text that comes back is from: what the session has seen afterwards. */
  readonly output: Output;
}

export interface Output {
  readonly origin: Origin;
  readonly untrusted: boolean;
}

const UNTRUSTED: Output = { origin: "unknown", untrusted: true };

/**
 * Turns a request into effects. Pure but for the look-ups in `ops`, synchronous, never throws for any
 * JSON, and never returns an empty list: what nobody understands is `execute` on its Tool with an
 * unknown source.
 */
export function analyze(
  request: ActionRequest,
  world: World,
  catalog: Catalog,
  ops: AnalysisOps,
): Analysis {
  const cwd = folderOf(request, world, ops);
  const context: PathContext = { world, cwd, ops };
  const found = dispatch(request, catalog, context);
  const effects = found.effects.length === 0 ? [unknownEffect(found.tool)] : found.effects;
  return {
    tool: found.tool,
    effects: withFindings(effects, findingsOf(request.arguments, world.detectors)),
    files: [...new Set(found.paths)].sort(),
    cwd,
    output: found.output,
  };
}

/** Where relative paths start. A folder that cannot be resolved is none. */
function folderOf({ cwd, upstream }: ActionRequest, world: World, ops: AnalysisOps): string | null {
  if (cwd === undefined) return placeOf(world, upstream).cwd;
  return cwd === null ? null : ops.realPath(cwd);
}

/** What the arguments hold goes wherever an effect takes them. */
function withFindings(effects: readonly Effect[], findings: readonly string[]): readonly Effect[] {
  if (findings.length === 0) return effects;
  return effects.map((one) => ({
    ...one,
    findings: [...new Set([...one.findings, ...findings])].sort(),
  }));
}

interface Found {
  readonly tool: ResourceEntity;
  readonly effects: readonly Effect[];
  readonly paths: readonly string[];
  readonly output: Output;
}

function dispatch(request: ActionRequest, catalog: Catalog, context: PathContext): Found {
  if (request.operation === "tools/call" && request.target !== null)
    return callOf(request, request.target, catalog, context);
  // A method and a tool of the same name are different things to a policy.
  const name = `method:${request.operation}`;
  const tool = toolEntity(context.world, request.upstream, name, false);
  if (request.gateway !== "mcp")
    return { tool, effects: [unknownEffect(tool)], paths: [], output: UNTRUSTED };
  return { tool, ...methodEffects({ request, tool, context }), output: UNTRUSTED };
}

function callOf(
  request: ActionRequest,
  name: string,
  catalog: Catalog,
  context: PathContext,
): Found {
  const { world } = context;
  const entry = catalog.tools.get(`${request.upstream}/${name}`);
  if (entry === undefined) {
    const tool = toolEntity(world, request.upstream, name, false);
    const own = request.gateway === "hook" ? clientEffects(request, tool, context) : null;
    return { tool, output: UNTRUSTED, ...(own ?? infer(request, tool, context)) };
  }
  const tool = toolEntity(world, request.upstream, name, isReviewed(request, entry));
  if (entry.definition !== null && entry.definition !== request.definition?.digest) {
    const leaves = leavesOf(request.arguments) ?? [];
    return { tool, ...unclear(tool, leaves, context, ["tool.changed"]), output: UNTRUSTED };
  }
  return { tool, ...catalogEffects(entry, request, tool, context), output: entry.output };
}

/** A person reviewed exactly the definition in force; an entry bound to none is used, but not that. */
function isReviewed(request: ActionRequest, entry: CatalogEntry): boolean {
  return (
    entry.reviewedBy !== null &&
    entry.definition !== null &&
    entry.definition === request.definition?.digest
  );
}
