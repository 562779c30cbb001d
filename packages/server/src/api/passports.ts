import { PASSPORT_SECONDS_MAX } from "@bylaw/identity";
import type { Hono, MiddlewareHandler } from "hono";
import * as z from "zod";
import type { AdminEnv } from "../factors/guard.ts";
import type { Passports } from "../identity/identity.ts";

const MS = 1_000;
const issueBody = z.strictObject({
  lifetimeMs: z
    .int()
    .min(MS)
    .max(PASSPORT_SECONDS_MAX * MS),
  thumbprint: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .nullable(),
});
const rotateBody = z.strictObject({ atOnce: z.boolean() });

/** Passports of this gateway's own, as a part of the administrative API. In: what asks for a factor. */
export function passportRoutes(
  app: Hono<AdminEnv>,
  passports: Passports,
  guard: MiddlewareHandler<AdminEnv>,
): void {
  app.post("/agents/:id/passports", guard, async (context) => {
    const body = issueBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const { lifetimeMs, thumbprint } = body.data;
    const issued = await passports.issue(context.req.param("id"), lifetimeMs, thumbprint);
    if (!("error" in issued)) return context.json(issued, 201);
    return context.json(issued, issued.error === "agent.not_found" ? 404 : 409);
  });
  app.get("/delegations", async (context) => context.json(await passports.delegations()));
  app.post("/delegations/:id/revoke", async (context) =>
    (await passports.revoke(context.req.param("id")))
      ? context.json({ ok: true })
      : context.json({ error: "delegation.not_found" }, 404),
  );
  app.post("/passports/rotate", async (context) => {
    const body = rotateBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    return context.json({ key: await passports.rotate(body.data.atOnce) });
  });
}
