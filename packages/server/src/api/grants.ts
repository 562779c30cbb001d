import { MAX_USES } from "@bylaw/bundle";
import { ACTIONS, RESOURCE_TYPES } from "@bylaw/core";
import * as z from "zod";
import type { About } from "../factors/guard.ts";
import type { GrantErrorCode, Grants } from "../host/grants.ts";
import { REASON_MAX } from "./reason.ts";
import type { Routes } from "./routes.ts";

/** Characters of a narrower policy. */
const TEXT_MAX = 60_000;

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const reason = z.string().trim().min(1).max(REASON_MAX);
const entityId = z.string().min(1).max(512);
const entity = z.strictObject({ type: z.string().regex(/^[A-Z][A-Za-z]*$/), id: entityId });

const addBody = z
  .strictObject({
    id: name,
    principal: z.strictObject({ type: z.enum(["User", "Agent", "Group"]), id: name }),
    actions: z.array(z.enum(ACTIONS)).min(1).max(ACTIONS.length),
    resource: entity.nullable(),
    type: z.enum(RESOURCE_TYPES).nullable(),
    inside: entity.nullable(),
    tool: entityId.nullable(),
    atMost: z.int().nonnegative().nullable(),
    uses: z.int().min(1).max(MAX_USES).nullable(),
    expires: z
      .string()
      .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      .refine((text) => !Number.isNaN(Date.parse(text)))
      .nullable(),
    noEnd: z.boolean(),
    owner: z.strictObject({ type: z.enum(["User", "Group"]), id: name }),
    reason,
    as: name,
    dryRun: z.boolean(),
  })
  // One resource, or some of a kind or in a place: never simply all there are.
  .refine(
    ({ resource, type, inside }) => (resource === null) !== (type === null && inside === null),
  );
const revokeBody = z.strictObject({ reason, as: name });
const narrowBody = z.strictObject({ text: z.string().min(1).max(TEXT_MAX), reason, as: name });
const declineBody = z.strictObject({ action: entityId, reason, as: name });

const STATUS_OF: Readonly<Record<GrantErrorCode, 400 | 403 | 404 | 409>> = {
  "grant.no_folder": 409,
  "grant.unknown_person": 403,
  "grant.unowned": 400,
  "grant.endless": 400,
  "grant.ended": 400,
  "grant.exists": 409,
  "grant.not_found": 404,
  "grant.revoked_before": 409,
  "grant.rolled_back": 409,
  "grant.files_changed": 409,
  "grant.not_in_folder": 409,
  "grant.not_narrower": 400,
  "grant.invalid": 400,
  "grant.unwritable": 409,
};

/** The part of the administrative API that is about grants. In: what people have to prove. */
export function grantRoutes(routes: Routes, grants: Grants, about: About): void {
  routes.reads("/grants", async (context) => context.json(await grants.list()));
  routes.widens("/grants", about, async (context) => {
    const body = addBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const { as, dryRun, ...wish } = body.data;
    const added = await grants.add(wish, as, dryRun);
    return "error" in added
      ? context.json(added, STATUS_OF[added.error])
      : context.json(added, added.added ? 201 : 200);
  });
  routes.restricts("/grants/declined", async (context) => {
    const body = declineBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const refusal = await grants.decline(body.data.action, body.data.reason, body.data.as);
    return refusal === null
      ? context.json({ ok: true })
      : context.json(refusal, STATUS_OF[refusal.error]);
  });
  routes.restricts("/grants/:id/revoke", async (context) => {
    const body = revokeBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const { reason: why, as } = body.data;
    const revoked = await grants.revoke(context.req.param("id"), why, as);
    return "error" in revoked
      ? context.json(revoked, STATUS_OF[revoked.error])
      : context.json(revoked);
  });
  routes.restricts("/grants/:id/narrow", async (context) => {
    const body = narrowBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const { text, reason: why, as } = body.data;
    const narrowed = await grants.narrow(context.req.param("id"), text, why, as);
    return "error" in narrowed
      ? context.json(narrowed, STATUS_OF[narrowed.error])
      : context.json(narrowed);
  });
}
