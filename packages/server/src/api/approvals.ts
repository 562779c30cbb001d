import { isObject, type Json, type JsonObject } from "@bylaw/core";
import * as z from "zod";
import type { About, Proven } from "../factors/guard.ts";
import type { Answers } from "../host/approvals/answers.ts";
import type { Batch } from "../host/approvals/batches.ts";
import type { ApprovalStats } from "../host/approvals/stats.ts";
import type { WaiverRow } from "../host/approvals/waivers.ts";
import { REASON_MAX } from "./reason.ts";
import type { Routes } from "./routes.ts";

/** The longest that a yes can hold for more of the same: one day, in milliseconds. */
const WAIVER_MAX_MS = 86_400_000;
/** Actions that may rest on one waiver. */
const WAIVER_USES_MAX = 1_000;

/** A held action as a person sees it before answering. */
export interface HeldAction {
  readonly id: string;
  readonly state: "waiting" | "approved" | "used" | "rejected" | "expired" | "withdrawn";
  readonly agent: string;
  readonly session: string;
  readonly upstream: string;
  readonly operation: string;
  readonly target: string | null;
  readonly created: string;
  readonly expires: string;
  /** What it comes to: amounts per kind of thing, and money; the risky first. */
  readonly summary: readonly string[];
  /** What it would do, one line per effect, the risky ones first. */
  readonly effects: readonly string[];
  readonly requirements: readonly {
    readonly policy: string;
    readonly reason: string;
    readonly approvers: readonly string[];
    readonly quorum: number;
  }[];
  readonly votes: readonly {
    readonly user: string;
    readonly verdict: "approve" | "reject";
    readonly reason: string | null;
  }[];
  /** Null once the request has ended: arguments are kept only while a person may need them. */
  readonly arguments: unknown;
  /** As the agent had them, where a person has edited them; else null. */
  readonly original: unknown;
}

export type VoteError =
  | "approval.not_found"
  | "approval.not_waiting"
  | "approval.not_waivable"
  | "approval.not_editable"
  | "approval.changed"
  | "approval.edit_refused"
  | "approval.nothing_to_review"
  | "approver.unknown"
  | "approver.not_eligible"
  | "approver.voted";

/** What the administrative API asks of held actions. */
export interface ApprovalOps extends Answers {
  list(which: "waiting" | "all" | "follow-ups"): Promise<readonly HeldAction[]>;
  stats(): Promise<ApprovalStats>;
  batches(): Promise<readonly Batch[]>;
  readonly waivers: {
    list(): Promise<readonly WaiverRow[]>;
    revoke(id: string, reason: string, by: string): Promise<boolean>;
  };
}

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const reason = z
  .string()
  .trim()
  .min(1)
  .max(REASON_MAX)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u);
const waiver = z.strictObject({
  forMs: z.int().min(1_000).max(WAIVER_MAX_MS),
  session: z.boolean(),
  uses: z.int().min(1).max(WAIVER_USES_MAX),
});
const voteBody = z
  .strictObject({
    as: name,
    verdict: z.enum(["approve", "reject"]),
    reason: reason.nullable().default(null),
    waiver: waiver.nullable().default(null),
    arguments: z
      .custom<JsonObject>((value) => isObject(value as Json))
      .nullable()
      .default(null),
  })
  .refine(
    (body) => body.verdict === "approve" || (body.waiver === null && body.arguments === null),
  );
const saidBody = z.strictObject({ as: name, reason });

const STATUS_OF: Readonly<Record<VoteError, 403 | 404 | 409>> = {
  "approval.not_found": 404,
  "approval.not_waiting": 409,
  "approval.not_waivable": 409,
  "approval.not_editable": 409,
  "approval.changed": 409,
  "approval.edit_refused": 409,
  "approval.nothing_to_review": 409,
  "approver.unknown": 403,
  "approver.not_eligible": 403,
  "approver.voted": 409,
};

/** The part of the administrative API that is about held actions. In: what people have to prove. */
export function approvalRoutes(routes: Routes, ops: ApprovalOps, about: About): void {
  routes.reads("/approvals", async (context) =>
    context.json(await ops.list(context.req.query("all") === undefined ? "waiting" : "all")),
  );
  routes.reads("/approvals/batches", async (context) => context.json(await ops.batches()));
  routes.reads("/approvals/stats", async (context) => context.json(await ops.stats()));
  routes.reads("/approvals/follow-ups", async (context) =>
    context.json(await ops.list("follow-ups")),
  );
  routes.reads("/approvals/waivers", async (context) => context.json(await ops.waivers.list()));
  routes.restricts("/approvals/waivers/:id/revoke", async (context) => {
    const body = saidBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const { reason: why, as } = body.data;
    const done = await ops.waivers.revoke(context.req.param("id"), why, as);
    return done ? context.json({ ok: true }) : context.json({ error: "waiver.not_found" }, 404);
  });
  routes.reads("/approvals/:id", async (context) => {
    const id = context.req.param("id");
    const found = (await ops.list("all")).find((held) => held.id === id);
    return found === undefined
      ? context.json({ error: "approval.not_found" }, 404)
      : context.json(found);
  });
  routes.widens("/approvals/:id/votes", about, async (context) => {
    const body = voteBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const { as: user, ...answer } = body.data;
    const proven = context.get("proven");
    const voted = await voteOn(ops, context.req.param("id"), { user, ...answer }, proven);
    return "error" in voted ? context.json(voted, STATUS_OF[voted.error]) : context.json(voted);
  });
  routes.widens("/approvals/:id/break-glass", about, async (context) => {
    const body = saidBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const id = context.req.param("id");
    const digest = digestIn(context.get("proven"), id);
    const done = await ops.breakGlass(id, body.data.as, body.data.reason, digest);
    return "error" in done ? context.json(done, STATUS_OF[done.error]) : context.json(done);
  });
  routes.widens("/approvals/:id/review", about, async (context) => {
    const body = saidBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const error = await ops.review(context.req.param("id"), body.data.as, body.data.reason);
    return error === null ? context.json({ ok: true }) : context.json({ error }, STATUS_OF[error]);
  });
}

/** What came of an answer to a batch: every member as it is now. */
export interface BatchAnswered {
  readonly answered: readonly HeldAction[];
}

/** Answers one held action, or every one of a batch exactly as it was listed. */
async function voteOn(
  ops: ApprovalOps,
  id: string,
  answer: Omit<Parameters<Answers["vote"]>[1], "digest">,
  proven: Proven | undefined,
): Promise<HeldAction | BatchAnswered | { readonly error: VoteError }> {
  const vote = (one: string) => ops.vote(one, { ...answer, digest: digestIn(proven, one) });
  if (!id.startsWith("bat_")) return vote(id);
  const batch = (await ops.batches()).find((one) => one.id === id);
  // What has come or gone since makes another batch: nobody answers what they have not seen.
  if (batch === undefined) return { error: "approval.not_found" };
  if (answer.arguments !== null) return { error: "approval.not_editable" };
  const answered: HeldAction[] = [];
  for (const member of batch.members) {
    const voted = await vote(member);
    if ("error" in voted) return voted;
    answered.push(voted);
  }
  return { answered };
}

/** The action that was proven to be meant; null where no proof was needed. Empty: it was not meant. */
function digestIn(proven: Proven | undefined, id: string): string | null {
  if (proven === undefined) return null;
  const covered = proven.covers.find((one) => one.startsWith(`${id} `));
  return covered?.slice(id.length + 1) ?? "";
}
