import type { Context } from "hono";
import * as z from "zod";
import type { Enrolment, EnrolmentError } from "../factors/enrolment.ts";
import type { About, AdminEnv } from "../factors/guard.ts";
import type { Routes } from "./routes.ts";

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const keyBody = z.strictObject({
  person: name,
  as: name,
  publicKey: z.string().regex(/^[A-Za-z0-9+/=]{1,100}$/),
});
const personBody = z.strictObject({ person: name, as: name });
const codeBody = z.strictObject({ code: z.string().regex(/^\d{6}$/) });
const removeBody = z.strictObject({
  person: name,
  as: name,
  id: z.string().min(1).max(64).nullable(),
});

const STATUS_OF: Readonly<Record<EnrolmentError, 400 | 403 | 404 | 409 | 503>> = {
  "factor.unknown_person": 403,
  "factor.not_accepted": 409,
  "factor.public_key": 400,
  "factor.not_first": 409,
  "factor.exists": 409,
  "factor.too_many": 409,
  "factor.busy": 503,
  "factor.not_pending": 404,
  "factor.no_page": 409,
  "factor.wrong": 403,
  "factor.not_found": 404,
};

function isProven(context: Context<AdminEnv>): boolean {
  return context.get("proven") !== undefined;
}

/** The part of the administrative API that is about people's factors. */
export function factorRoutes(routes: Routes, enrolment: Enrolment): void {
  /** Nobody can vouch for the very first; every other change needs a factor that is there. */
  const about =
    (what: string): About =>
    async (_, body) => {
      const people = await enrolment.people();
      if (people.every(({ factors }) => factors.length === 0)) return null;
      const { person = "?" } = personBody.partial().loose().safeParse(body).data ?? {};
      return { covers: [], shows: [`${what} ${person}`], always: true };
    };
  routes.reads("/factors", async (context) => context.json(await enrolment.people()));
  routes.widens("/factors/keys", about("enrol a passphrase key for"), async (context) => {
    const body = keyBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const { person, publicKey, as } = body.data;
    const added = await enrolment.addKey(person, publicKey, as, isProven(context));
    return "error" in added
      ? context.json(added, STATUS_OF[added.error])
      : context.json(added, 201);
  });
  routes.widens("/factors/totp", about("enrol an authenticator app for"), async (context) => {
    const body = personBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const begun = await enrolment.beginTotp(body.data.person, body.data.as, isProven(context));
    return "error" in begun ? context.json(begun, STATUS_OF[begun.error]) : context.json(begun);
  });
  // Whoever has the secret was let in above; the code shows that the app has it too.
  routes.restricts("/factors/totp/:id/confirm", async (context) => {
    const body = codeBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const added = await enrolment.confirmTotp(context.req.param("id"), body.data.code);
    return "error" in added
      ? context.json(added, STATUS_OF[added.error])
      : context.json(added, 201);
  });
  routes.widens("/factors/passkey", about("enrol a passkey for"), async (context) => {
    const body = personBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const { person, as } = body.data;
    const begun = await enrolment.beginPasskey(person, as, isProven(context));
    return "error" in begun ? context.json(begun, STATUS_OF[begun.error]) : context.json(begun);
  });
  routes.widens("/factors/remove", about("remove factors of"), async (context) => {
    const body = removeBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const { person, id, as } = body.data;
    // Let through because nobody had a factor: then there was nothing to remove.
    if (!isProven(context)) return context.json({ error: "factor.not_found" }, 404);
    const done = await enrolment.remove(person, id, as);
    return "error" in done ? context.json(done, STATUS_OF[done.error]) : context.json(done);
  });
}
