import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newKey } from "../../testdata/factors.ts";
import { createPlace, type Place } from "../../testdata/running.ts";
import { createSubjects, type SubjectOps } from "../factors/subjects.ts";
import type { Passports } from "../identity/identity.ts";
import { type AdminOps, adminApi, type Guarding } from "./admin.ts";
import { type AdminRoute, createRoutes } from "./routes.ts";

const passing: Guarding["guard"] = { before: () => (_, next) => next(), needed: async () => false };
const { app, table } = adminApi({} as AdminOps, {} as Passports, "token", {
  enrolment: {} as Guarding["enrolment"],
  guard: passing,
  subjects: createSubjects({} as SubjectOps),
});

const kind = (wanted: AdminRoute["kind"]): readonly string[] =>
  table.filter((route) => route.kind === wanted).map(({ path }) => path);

let place: Place;
beforeAll(async () => {
  place = createPlace({
    "bylaw.yaml":
      "version: 1\npeople: { dana: {} }\nagents: { coder: { user: dana } }\npacks: []\n",
  });
  const problem = await place.start();
  if (problem !== null) throw new Error(problem.messages.join("\n"));
  const body = { person: "dana", as: "dana", publicKey: newKey().publicKey };
  const { status } = await place.admin("POST", "/factors/keys", body);
  if (status !== 201) throw new Error("no key");
});
afterAll(() => place.end());

/** What the administrative token alone gets from a route. */
async function answered(path: string): Promise<unknown> {
  const { body } = await place.admin("POST", path.replace(":id", "coder"), { as: "dana" });
  return body["error"];
}

describe("the routes of the administrative API", () => {
  it("are all in the table, and nothing else is a route", () => {
    const found = app.routes.filter(({ method }) => method !== "ALL");
    const named = found.map(({ method, path }) => `${method} ${path}`);
    // A guarded route is registered twice: what stands before it, and itself.
    expect([...new Set(named)].sort()).toEqual(
      table.map(({ method, path }) => `${method} ${path}`).sort(),
    );
    const handlers = table.map((route) => (route.kind === "widens" ? 2 : 1));
    expect(named).toHaveLength(handlers.reduce<number>((sum, count) => sum + count, 0));
  });

  it("widen or restrict as somebody has judged them", () => {
    expect(kind("widens").toSorted()).toMatchInlineSnapshot(`
      [
        "/agents",
        "/agents/:id/passports",
        "/agents/:id/rotate",
        "/agents/:id/suspend",
        "/approvals/:id/break-glass",
        "/approvals/:id/review",
        "/approvals/:id/votes",
        "/definitions/verdicts",
        "/factors/keys",
        "/factors/passkey",
        "/factors/remove",
        "/factors/totp",
        "/grants",
        "/policy/release",
        "/policy/reload",
        "/policy/rollback",
        "/resume",
      ]
    `);
    expect(kind("restricts").toSorted()).toMatchInlineSnapshot(`
      [
        "/agents/:id/remove",
        "/approvals/waivers/:id/revoke",
        "/delegations/:id/revoke",
        "/erase/prune",
        "/erase/shred",
        "/factors/totp/:id/confirm",
        "/grants/:id/narrow",
        "/grants/:id/revoke",
        "/grants/declined",
        "/halt",
        "/passports/rotate",
        "/stop",
      ]
    `);
  });

  it.each(kind("widens"))("%s is nothing that the token alone gets", async (path) => {
    expect(await answered(path)).toBe("factor.required");
  });

  it.each(kind("restricts").filter((path) => path !== "/stop"))(
    "%s asks nobody for a factor",
    async (path) => expect(String(await answered(path))).not.toMatch(/^factor\.(required|none)$/),
  );

  it("cannot widen without what a person has to prove", async () => {
    let reached = false;
    const routes = createRoutes({
      before: () => async (context) => context.json({ error: "factor.required" }, 403),
    });
    routes.widens(
      "/x",
      async () => null,
      (context) => {
        reached = true;
        return context.json({});
      },
    );
    expect((await routes.app.request("/x", { method: "POST" })).status).toBe(403);
    expect(reached).toBe(false);
  });
});
