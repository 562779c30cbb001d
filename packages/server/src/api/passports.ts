import { PASSPORT_SECONDS_MAX } from "@bylaw/identity";
import * as z from "zod";
import type { About } from "../factors/guard.ts";
import type { Passports } from "../identity/identity.ts";
import type { Routes } from "./routes.ts";

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

/** Passports of this gateway's own, as a part of the administrative API. In: what people have to prove. */
export function passportRoutes(routes: Routes, passports: Passports, about: About): void {
  routes.widens("/agents/:id/passports", about, async (context) => {
    const body = issueBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const { lifetimeMs, thumbprint } = body.data;
    const issued = await passports.issue(context.req.param("id"), lifetimeMs, thumbprint);
    if (!("error" in issued)) return context.json(issued, 201);
    return context.json(issued, issued.error === "agent.not_found" ? 404 : 409);
  });
  routes.reads("/delegations", async (context) => context.json(await passports.delegations()));
  routes.restricts("/delegations/:id/revoke", async (context) =>
    (await passports.revoke(context.req.param("id")))
      ? context.json({ ok: true })
      : context.json({ error: "delegation.not_found" }, 404),
  );
  routes.restricts("/passports/rotate", async (context) => {
    const body = rotateBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    return context.json({ key: await passports.rotate(body.data.atOnce) });
  });
}
