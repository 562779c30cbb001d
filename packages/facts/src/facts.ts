import {
  type ActionRequest,
  type Approval,
  type ArgumentFacts,
  type Counts,
  canonicalTime,
  type Facts,
  type GrantState,
  type Halt,
  type SessionFacts,
  type TaskFacts,
  type Waiver,
} from "@bylaw/core";
import type { Analysis } from "./analyze.ts";
import { argumentFacts } from "./arguments.ts";
import { exactText } from "./exact.ts";
import type { AnalysisOps } from "./ops.ts";

/** Everything that goes into Facts besides what this package works out itself. */
export interface FactsParts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly request: ActionRequest;
  readonly analysis: Analysis;
  readonly action: ActionIdentity;
  readonly session: SessionFacts;
  readonly task: TaskFacts;
  readonly counts: Counts;
  /** Approvals stored for this action's digest; `actionOf` says which that is. */
  readonly approvals: readonly Approval[];
  /** Waivers that could be about this action. */
  readonly waivers?: readonly Waiver[];
  readonly grants: Readonly<Record<string, GrantState>>;
  /** Halts that the action falls under. */
  readonly halts: readonly Halt[];
  /** Ids of delegations of the caller that are no longer in force. */
  readonly revoked: ReadonlySet<string>;
  /** What the bundle's limits have counted so far, by policy id. */
  readonly limits: Readonly<Record<string, number>>;
  /** How the upstream is paused; null when a call may go there. */
  readonly paused: NonNullable<Facts["paused"]> | null;
  /** Which of the bundle's SHIELD conditions hold; null where there are none. */
  readonly shield: NonNullable<Facts["shield"]> | null;
}

/** What a person is asked about: the arguments as facts, and the exact-action digest over it all. */
export interface ActionIdentity {
  readonly arguments: ArgumentFacts;
  readonly digest: string;
}

/** In: the argument paths that the bundle reads. */
export function actionOf(
  request: ActionRequest,
  analysis: Analysis,
  argumentPaths: ReadonlySet<string>,
  ops: AnalysisOps,
): ActionIdentity {
  const args = argumentFacts(request.arguments, argumentPaths, ops);
  return { arguments: args, digest: actionDigest(request, analysis, args, ops) };
}

/** Assembles the Facts of one attempt. */
export function buildFacts(parts: FactsParts): Facts {
  const { request, analysis } = parts;
  const { arguments: args, digest } = parts.action;
  return {
    version: 1,
    now: canonicalTime(parts.now),
    action: {
      id: request.id,
      gateway: request.gateway,
      upstream: request.upstream,
      operation: request.operation,
      target: request.target,
      definition: request.definition?.digest ?? null,
    },
    digest,
    tool: analysis.tool,
    arguments: args,
    caller: { credential: request.caller.credential, assurance: request.caller.assurance },
    chain: request.caller.chain,
    effects: analysis.effects,
    session: parts.session,
    task: parts.task,
    counts: parts.counts,
    handle: request.handle,
    approvals: parts.approvals,
    ...(parts.waivers === undefined || parts.waivers.length === 0
      ? {}
      : { waivers: parts.waivers }),
    grants: parts.grants,
    ...delegated(parts),
    ...(parts.halts.length === 0 ? {} : { halts: parts.halts }),
    ...(Object.keys(parts.limits).length === 0 ? {} : { limits: parts.limits }),
    ...(parts.paused === null ? {} : { paused: parts.paused }),
    ...(parts.shield === null ? {} : { shield: parts.shield }),
  };
}

function delegated({ request, revoked }: FactsParts): Pick<Facts, "delegations"> {
  const { delegations } = request.caller;
  if (delegations === undefined) return {};
  return { delegations: delegations.map((link) => ({ ...link, revoked: revoked.has(link.id) })) };
}

/**
 * The exact-action digest that approvals are bound to: `hmac-sha256:<hex>` over the canonical JSON of
 * what a person is asked about. It covers the session and its credential, the principal chain, where
 * the action goes (gateway, upstream, operation, target, tool definition), every effect in full, the
 * arguments, the server's working directory, and each file named with its content or absence. It
 * does not cover what changes between asking and releasing: action id, time, counters, bytes of the
 * wire message, handle. A file whose content cannot be established makes the digest match nothing.
 */
export function actionDigest(
  request: ActionRequest,
  analysis: Analysis,
  args: Pick<ArgumentFacts, "digest">,
  ops: AnalysisOps,
): string {
  const contents = analysis.files.map(
    (path) => ops.fileDigest(path) ?? `unestablished:${request.id}`,
  );
  return ops.keyedDigest(exactText(request, analysis, { arguments: args.digest, contents }));
}
