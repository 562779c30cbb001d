import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { loadBundle, PACKS, type Pack, readPack, renderError } from "@bylaw/bundle";
import {
  type ActionRequest,
  type Bundle,
  decide,
  type Effect,
  fail,
  type Outcome,
  ok,
  type Result,
} from "@bylaw/core";
import {
  actionOf,
  analyze,
  buildFacts,
  type Catalog,
  parseCatalog,
  prepareFacts,
  readShell,
  shieldFacts,
  type World,
} from "@bylaw/facts";
import { ALONE } from "../host/alone.ts";
import { createAnalysisOps } from "../host/analysis-ops.ts";
import { circumstances } from "../host/pipeline-ops.ts";

export interface ScanOptions {
  /** Pack that decides, together with `base`. */
  readonly pack: string;
  /** Folder that the commands run in, and the only one in which an agent may work. */
  readonly workspace: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface ScannedEffect {
  readonly action: string;
  /** `Type::id`. */
  readonly resource: string;
  /** Upper bound; null: unknown. */
  readonly quantity: number | null;
  readonly source: string;
  readonly findings: readonly string[];
  /** Line of the text, from 1. */
  readonly line: number;
  readonly outcome: Outcome;
}

export interface Scanned {
  readonly verdict: Outcome;
  /** Codes of what decided, without repeats. */
  readonly codes: readonly string[];
  readonly effects: readonly ScannedEffect[];
}

/** What an agent's shell command would do and what a pack says to it, without running anything. */
export type ShellScanner = (text: string) => Scanned;

const SERVER = "scan";
const TOOL = "shell";
const CATALOG_TEXT = `version: 1
tools:
  ${SERVER}/${TOOL}:
    shell: { argument: command, dialect: bash }
`;
const DIGEST = `sha256:${"0".repeat(64)}`;

/** Loads the pack and the parsers. Fails for an unknown pack and for a folder that is not there. */
export async function createShellScanner(
  options: ScanOptions,
): Promise<Result<ShellScanner, readonly string[]>> {
  const pack = PACKS.find((known) => known === options.pack);
  if (pack === undefined)
    return fail([`unknown pack \`${options.pack}\`; known are ${PACKS.join(", ")}`]);
  const ops = createAnalysisOps(() => new Uint8Array(32));
  const workspace = ops.realPath(options.workspace);
  if (workspace === null) return fail([`the folder \`${options.workspace}\` cannot be looked up`]);
  const names: readonly Pack[] = pack === "base" ? ["base"] : ["base", pack];
  const [sources] = await Promise.all([Promise.all(names.map(readPack)), prepareFacts()]);
  const bundle = await loadBundle({ sources });
  if (!bundle.ok) return fail(bundle.error.map(renderError));
  const catalog = parseCatalog("scan", CATALOG_TEXT);
  if (!catalog.ok) throw new Error("the scanner's own catalog is invalid");
  return ok(scanner(bundle.value, catalog.value, worldOf(workspace), ops, options.now));
}

function worldOf(workspace: string): World {
  return {
    workspaces: [workspace],
    home: realpathSync(homedir()),
    protectedPaths: [],
    servers: {
      [SERVER]: { environment: "development", labels: [], reviewed: true, cwd: workspace },
    },
  };
}

function scanner(
  bundle: Bundle,
  catalog: Catalog,
  world: World,
  ops: ReturnType<typeof createAnalysisOps>,
  now: number,
): ShellScanner {
  return (text) => {
    const request = requestOf(text);
    const analysis = analyze(request, world, catalog, ops);
    const facts = buildFacts({
      now,
      request,
      analysis,
      action: actionOf(request, analysis, bundle.argumentPaths, ops),
      ...circumstances(request.caller),
      ...ALONE,
      shield:
        bundle.shield === null ? null : shieldFacts(bundle.shield, world, request, analysis, ops),
    });
    const decision = decide(bundle, facts);
    const context = { world, cwd: world.servers[SERVER]?.cwd ?? null, ops };
    const { lines } = readShell(text, "bash", { context, server: SERVER, tool: analysis.tool });
    const deciding = decision.reasons.filter(({ outcome }) => outcome === decision.outcome);
    return {
      verdict: decision.outcome,
      codes: [...new Set(deciding.map(({ code }) => code))].sort(),
      effects: analysis.effects.map((effect, at) =>
        scanned(
          effect,
          lines[at] ?? 1,
          decision.reasons.find((reason) => reason.effect === at)?.outcome ?? "allow",
        ),
      ),
    };
  };
}

function scanned(effect: Effect, line: number, outcome: Outcome): ScannedEffect {
  const { action, resource, quantity, source, findings } = effect;
  return {
    action,
    resource: `${resource.type}::${resource.id}`,
    quantity: quantity.known ? quantity.atMost : null,
    source,
    findings,
    line,
    outcome,
  };
}

function requestOf(command: string): ActionRequest {
  return {
    id: "scan",
    gateway: "hook",
    caller: {
      credential: "scan",
      session: "scan",
      assurance: "local",
      chain: [
        { type: "User", id: "scan", groups: [] },
        { type: "Agent", id: "scan/agent", groups: [] },
      ],
    },
    upstream: SERVER,
    operation: "tools/call",
    target: TOOL,
    arguments: { command },
    definition: {
      digest: DIGEST,
      name: TOOL,
      description: "",
      inputSchema: {},
      annotations: {},
    },
    bytes: { digest: DIGEST, length: command.length },
    handle: null,
  };
}
