import { createHash } from "node:crypto";
import type { StoredApproval } from "@bylaw/store";
import { summaryOf } from "./summary.ts";
import { termsOf } from "./terms.ts";

/** Yeses to one shape from which on a yes for more of it is proposed. */
const REPEATED_MIN = 3;

/** Requests of one agent for the same with other arguments, shown as one. */
export interface Batch {
  /** Names exactly these members: with another one it is another batch. */
  readonly id: string;
  readonly agent: string;
  readonly upstream: string;
  readonly target: string | null;
  /** Ids of the requests, the longest waiting first. */
  readonly members: readonly string[];
  /** What all of them together come to. */
  readonly total: readonly string[];
  /** How often people have said yes to this shape, as far as requests are kept. */
  readonly approvedBefore: number;
  /** Whether a yes for more of the same is worth a thought. */
  readonly repeated: boolean;
}

/** The waiting ones of all requests by shape, the longest waiting first. */
export function batchesOf(approvals: readonly StoredApproval[]): readonly Batch[] {
  const shapes = new Map<string, StoredApproval[]>();
  const approved = new Map<string, number>();
  for (const approval of [...approvals].sort(byAge)) {
    const shape = shapeOf(approval);
    if (approval.state === "waiting") shapes.set(shape, [...(shapes.get(shape) ?? []), approval]);
    if (approval.votes.some(({ verdict }) => verdict === "approve"))
      approved.set(shape, (approved.get(shape) ?? 0) + 1);
  }
  return [...shapes].map(([shape, members]) => batchOf(members, approved.get(shape) ?? 0));
}

function batchOf(members: readonly StoredApproval[], approvedBefore: number): Batch {
  const ids = members.map(({ id }) => id);
  const scopes = members.flatMap((member) => termsOf(member).scope ?? []);
  return {
    id: `bat_${createHash("sha256").update(ids.join(" ")).digest("hex").slice(0, 24)}`,
    agent: members[0]?.agent ?? "",
    upstream: scopes[0]?.upstream ?? "",
    target: scopes[0]?.target ?? null,
    members: ids,
    total: summaryOf(scopes.flatMap(({ effects }) => effects)),
    approvedBefore,
    repeated: approvedBefore >= REPEATED_MIN,
  };
}

/** Agent, tool, policies and kinds of effects; a request of an earlier version is a shape of its own. */
function shapeOf(approval: StoredApproval): string {
  const { scope, requirements } = termsOf(approval);
  if (scope === undefined) return approval.id;
  const { upstream, operation, target, effects } = scope;
  const policies = requirements.map(({ policy }) => policy).sort();
  const kinds = new Set(effects.map(({ action, resource }) => `${action} ${resource.type}`));
  const parts = [approval.agent, upstream, operation, target, policies, [...kinds].sort()];
  return JSON.stringify(parts);
}

function byAge(a: StoredApproval, b: StoredApproval): number {
  return a.created - b.created || (a.id < b.id ? -1 : 1);
}
