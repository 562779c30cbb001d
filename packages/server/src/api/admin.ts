import { timingSafeEqual } from "node:crypto";
import { HALT_SCOPES, type Halt } from "@bylaw/core";
import type { DefinitionFinding } from "@bylaw/facts";
import {
  type DefinitionKind,
  type DefinitionState,
  type DefinitionVerdict,
  type HaltTarget,
  type Pruned,
  type Shredded,
  StoreError,
} from "@bylaw/store";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as z from "zod";
import type { Enrolment, FactorStatus } from "../factors/enrolment.ts";
import type { AdminEnv, Guard } from "../factors/guard.ts";
import type { Subjects } from "../factors/subjects.ts";
import type { Tier } from "../host/data-folder.ts";
import type { Grants } from "../host/grants.ts";
import type { PolicyError, PolicyStatus } from "../host/versions.ts";
import type { Passports } from "../identity/identity.ts";
import type { IssuerStatus } from "../identity/issuers.ts";
import type { WitnessStatus } from "../log/checkpoints.ts";
import type { ShadowStatus } from "../shadow/shadow.ts";
import { type ApprovalOps, approvalRoutes } from "./approvals.ts";
import { factorRoutes } from "./factors.ts";
import { grantRoutes } from "./grants.ts";
import { passportRoutes } from "./passports.ts";
import { REASON_MAX } from "./reason.ts";
import { type AdminRoute, createRoutes } from "./routes.ts";

/** Bytes of one administrative request. */
const BODY_MAX_BYTES = 65_536;

/** Characters of the name of an agent, user or upstream that is halted. */
const SUBJECT_MAX = 256;

export interface Status {
  readonly version: string;
  readonly pid: number;
  readonly address: string;
  readonly tier: Tier;
  readonly bundle: string;
  readonly policy: PolicyStatus;
  /** False when changed policy files are not seen: switched off, or the system cannot. */
  readonly watching: boolean;
  readonly shadow: ShadowStatus;
  readonly upstreams: readonly string[];
  /** Where the log can be read over HTTP; null: on the administrative socket alone. */
  readonly log: string | null;
  readonly witnesses: readonly WitnessStatus[];
  readonly issuers: readonly IssuerStatus[];
  readonly hooks: {
    /** Where hooks ask. */
    readonly socket: string;
    /** What their answers are signed with (base64 SPKI, Ed25519). */
    readonly key: string;
    /** When the client of each credential last asked, since the gateway was started. */
    readonly heard: Readonly<Record<string, string>>;
  };
  readonly factors: FactorStatus;
  readonly records: number;
  readonly waiting: number;
  /** What people have stopped. */
  readonly halts: readonly Halt[];
}

/** A use of the kill switch. */
export interface Halting {
  readonly target: HaltTarget;
  readonly reason: string;
  /** Who does it; undefined is whoever runs the gateway. */
  readonly as?: string | undefined;
}

/** What came of a halt. */
export interface Halted {
  /** The halt in force; null when somebody has resumed it already. */
  readonly halt: Halt | null;
  /** True when it was halted before; that halt stays as it is. */
  readonly already: boolean;
  /** False when it holds and the log could not be written. */
  readonly recorded: boolean;
  /** False when this gateway knows nothing of that name. */
  readonly known: boolean;
}

export type HaltError =
  | "halt.not_found"
  | "halt.same_person"
  | "halt.too_many"
  | "halt.unknown_person";

/** One version of what a server says about itself. */
export interface DefinitionRow {
  /** `server/tool`, `server#instructions` or `server#identity`. */
  readonly ref: string;
  readonly server: string;
  readonly kind: DefinitionKind;
  /** The tool's name; empty for what a server has one of. */
  readonly name: string;
  readonly digest: string;
  readonly state: DefinitionState;
  /** Who accepted or rejected it; null while nobody has. */
  readonly by: string | null;
  /** Canonical time. */
  readonly firstSeen: string;
  readonly findings: readonly DefinitionFinding[];
}

/** The same with what the server says. */
export interface DefinitionVersion extends DefinitionRow {
  readonly content: unknown;
}

/** What the administrative API acts on. Errors are codes; a throw is an internal error. */
export interface AdminOps {
  status(): Promise<Status>;
  addAgent(agent: {
    readonly id: string;
    /** Null: it acts for nobody. Undefined: for whoever the directory, or this machine, names. */
    readonly user?: string | null | undefined;
    readonly groups: readonly string[];
  }): Promise<{ readonly token: string } | "agent.exists" | "agent.removed" | "agent.unknown_user">;
  listAgents(): Promise<
    readonly {
      readonly id: string;
      readonly user: string | null;
      readonly groups: readonly string[];
      readonly suspended: boolean;
    }[]
  >;
  suspendAgent(id: string, suspended: boolean): Promise<boolean>;
  /** What servers say about themselves; of one server, or of all. */
  definitions(server?: string): Promise<readonly DefinitionRow[]>;
  /** Every version of one definition, oldest first. */
  definition(
    server: string,
    kind: DefinitionKind,
    name: string,
  ): Promise<readonly DefinitionVersion[]>;
  judgeDefinition(judged: {
    readonly server: string;
    readonly kind: DefinitionKind;
    readonly name: string;
    readonly digest: string;
    readonly verdict: DefinitionVerdict;
  }): Promise<DefinitionRow | { readonly error: "definition.not_found" }>;
  /** Another token; null when there is no such agent. */
  rotateAgent(id: string): Promise<{ readonly token: string } | null>;
  /** For good; false when there is no such agent. */
  removeAgent(id: string): Promise<boolean>;
  readonly holds: ApprovalOps;
  readonly grants: Grants;
  /** Destroys the key of the keyed digests and goes on with another one. */
  shred(reason: string): Promise<Shredded>;
  /** Deletes the bodies of all entries before a time, in milliseconds since the epoch. */
  prune(before: number, reason: string): Promise<Pruned>;
  /**
   * Reads policies and catalog again, and puts in force what is named, or anything (null); `refused`
   * in the answer says why they are not in force.
   */
  reloadPolicy(only: string | null): Promise<PolicyStatus>;
  rollbackPolicy(to: string | null): Promise<PolicyStatus | { readonly error: PolicyError }>;
  releasePolicy(
    digest: string,
    reason: string,
  ): Promise<PolicyStatus | { readonly error: PolicyError }>;
  halts(): Promise<readonly Halt[]>;
  halt(halting: Halting): Promise<Halted | { readonly error: HaltError }>;
  resume(halting: Halting): Promise<{ readonly resumed: Halt } | { readonly error: HaltError }>;
  stop(): void;
}

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const agentBody = z.strictObject({
  id: name,
  user: name.nullable().optional(),
  groups: z.array(name).max(100).default([]),
});
const rollbackBody = z.strictObject({ to: z.string().min(1).max(100).nullable() });
const releaseBody = z.strictObject({
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  reason: z.string().trim().min(1).max(1_000),
});
const suspendBody = z.strictObject({ suspended: z.boolean() });

const reason = z.string().min(1).max(REASON_MAX);
const shredBody = z.strictObject({ reason });
const pruneBody = z.strictObject({ before: z.int().nonnegative(), reason });

const haltBody = z
  .strictObject({
    scope: z.enum(HALT_SCOPES),
    subject: z.string().max(SUBJECT_MAX).default(""),
    reason: z.string().trim().min(1).max(REASON_MAX),
    as: name.optional(),
  })
  .refine(({ scope, subject }) => (scope === "all") === (subject === ""))
  .transform(
    ({ scope, subject, reason, as }): Halting => ({ target: { scope, subject }, reason, as }),
  );

const HALT_STATUS: Readonly<Record<HaltError, 403 | 404 | 409>> = {
  "halt.not_found": 404,
  "halt.same_person": 403,
  "halt.too_many": 409,
  "halt.unknown_person": 403,
};
const definitionKind = z.enum(["tool", "instructions", "identity"]);
const judgeBody = z.strictObject({
  server: name,
  kind: definitionKind,
  name: z.string().max(256),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  verdict: z.enum(["accepted", "rejected"]),
});
const definitionQuery = z.object({ server: name, kind: definitionKind, name: z.string().max(256) });

/** What asks people for their factors. */
export interface Guarding {
  readonly enrolment: Enrolment;
  readonly guard: Guard;
  readonly subjects: Subjects;
}

export interface AdminApi {
  readonly app: Hono<AdminEnv>;
  /** What each route does. */
  readonly table: readonly AdminRoute[];
}

/**
 * The administrative API. It listens on a socket of its own, never on the address that agents get
 * (threat T6), and every request carries the administrative token.
 */
export function adminApi(
  ops: AdminOps,
  passports: Passports,
  token: string,
  { enrolment, guard, subjects }: Guarding,
): AdminApi {
  const app = new Hono<AdminEnv>();
  const routes = createRoutes(guard);
  app.use(bodyLimit({ maxSize: BODY_MAX_BYTES }));
  app.use(async (context, next) => {
    if (!presents(context.req.header("authorization"), token)) {
      return context.json({ error: "admin.unauthorized" }, 401);
    }
    return next();
  });
  app.onError((error, context) =>
    error instanceof StoreError && error.code === "ledger.unavailable"
      ? context.json({ error: error.code }, 503)
      : context.json({ error: "admin.internal" }, 500),
  );

  routes.reads("/status", async (context) => context.json(await ops.status()));
  routes.reads("/agents", async (context) => context.json(await ops.listAgents()));
  routes.widens("/agents", subjects.addAgent, async (context) => {
    const body = agentBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const added = await ops.addAgent(body.data);
    if (typeof added === "string") return context.json({ error: added }, 409);
    return context.json({ agent: body.data.id, token: added.token }, 201);
  });
  routes.widens("/agents/:id/suspend", subjects.suspendAgent, async (context) => {
    const body = suspendBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const found = await ops.suspendAgent(context.req.param("id"), body.data.suspended);
    return found ? context.json({ ok: true }) : context.json({ error: "agent.not_found" }, 404);
  });
  passportRoutes(routes, passports, subjects.agent("a passport for the agent"));
  routes.reads("/definitions", async (context) =>
    context.json(await ops.definitions(context.req.query("server"))),
  );
  routes.reads("/definition", async (context) => {
    const query = definitionQuery.safeParse(context.req.query());
    if (!query.success) return context.json({ error: "admin.invalid" }, 400);
    const found = await ops.definition(query.data.server, query.data.kind, query.data.name);
    return found.length === 0
      ? context.json({ error: "definition.not_found" }, 404)
      : context.json(found);
  });
  routes.widens("/definitions/verdicts", subjects.definition, async (context) => {
    const body = judgeBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const judged = await ops.judgeDefinition(body.data);
    return context.json(judged, "error" in judged ? 409 : 200);
  });
  const rotation = subjects.agent("another token for the agent");
  routes.widens("/agents/:id/rotate", rotation, async (context) => {
    const agent = context.req.param("id");
    const rotated = await ops.rotateAgent(agent);
    return rotated === null
      ? context.json({ error: "agent.not_found" }, 404)
      : context.json({ agent, token: rotated.token });
  });
  routes.restricts("/agents/:id/remove", async (context) => {
    const found = await ops.removeAgent(context.req.param("id"));
    return found ? context.json({ ok: true }) : context.json({ error: "agent.not_found" }, 404);
  });
  approvalRoutes(routes, ops.holds, subjects.held);
  grantRoutes(routes, ops.grants, subjects.grant);
  factorRoutes(routes, enrolment);
  routes.restricts("/erase/shred", async (context) => {
    const body = shredBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    return context.json(await ops.shred(body.data.reason));
  });
  routes.restricts("/erase/prune", async (context) => {
    const body = pruneBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    return context.json(await ops.prune(body.data.before, body.data.reason));
  });
  routes.widens("/policy/reload", subjects.reload, async (context) => {
    const proven = context.get("proven");
    // Files that did not load when they were shown are nothing that anybody has seen.
    const only = proven === undefined ? null : (proven.covers[0] ?? "");
    return context.json(await ops.reloadPolicy(only));
  });
  routes.widens(
    "/policy/rollback",
    subjects.policy("go back to earlier policies"),
    async (context) => {
      const body = rollbackBody.safeParse(await context.req.json().catch(() => null));
      if (!body.success) return context.json({ error: "admin.invalid" }, 400);
      const status = await ops.rollbackPolicy(body.data.to);
      return context.json(status, "error" in status ? 409 : 200);
    },
  );
  routes.widens(
    "/policy/release",
    subjects.policy("let a quarantined bundle decide"),
    async (context) => {
      const body = releaseBody.safeParse(await context.req.json().catch(() => null));
      if (!body.success) return context.json({ error: "admin.invalid" }, 400);
      const status = await ops.releasePolicy(body.data.digest, body.data.reason);
      return context.json(status, "error" in status ? 409 : 200);
    },
  );
  routes.reads("/halts", async (context) => context.json(await ops.halts()));
  const switched = (use: "halt" | "resume") => async (context: Context<AdminEnv>) => {
    const body = haltBody.safeParse(await context.req.json().catch(() => null));
    if (!body.success) return context.json({ error: "admin.invalid" }, 400);
    const as = context.get("proven")?.person ?? body.data.as;
    const done = await ops[use]({ ...body.data, as });
    return "error" in done ? context.json(done, HALT_STATUS[done.error]) : context.json(done);
  };
  routes.restricts("/halt", switched("halt"));
  routes.widens("/resume", subjects.resume, switched("resume"));
  routes.restricts("/stop", (context) => {
    setImmediate(() => ops.stop()); // after the answer is on its way
    return context.json({ ok: true });
  });
  app.route("/", routes.app);
  return { app, table: routes.table };
}

/** Whether a request carries the administrative token. */
export function presents(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
