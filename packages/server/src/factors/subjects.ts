import { canonicalize, type Halt, type Json } from "@bylaw/core";
import type { Store } from "@bylaw/store";
import * as z from "zod";
import type { HeldAction } from "../api/approvals.ts";
import type { Batch } from "../host/approvals/batches.ts";
import type { PolicyPreview, Versions } from "../host/versions.ts";
import type { About } from "./guard.ts";

/** What each kind of request is about; which of them widen, and what a person is shown of them. */
export interface Subjects {
  /** An answer to a held action, or to a batch: exactly the actions as they stand. */
  readonly held: About;
  readonly grant: About;
  readonly resume: About;
  readonly addAgent: About;
  readonly suspendAgent: About;
  /** In: what is done to the agent of the path. */
  agent(what: string): About;
  readonly definition: About;
  /** In: what is done to the policies. */
  policy(what: string): About;
  /** What the policy files would put in force. */
  readonly reload: About;
}

export interface SubjectOps {
  held(): Promise<readonly HeldAction[]>;
  batches(): Promise<readonly Batch[]>;
  digest(id: string): Promise<string | null>;
  halts(): Promise<readonly Halt[]>;
  preview(): Promise<PolicyPreview | null>;
}

export function subjectOps(
  store: Store,
  holds: {
    list(which: "all"): Promise<readonly HeldAction[]>;
    batches(): Promise<readonly Batch[]>;
  },
  rules: Pick<Versions, "preview">,
): SubjectOps {
  return {
    held: () => holds.list("all"),
    batches: () => holds.batches(),
    digest: async (id) => (await store.approvals.get(id))?.digest ?? null,
    halts: () => store.halts.list(),
    preview: () => rules.preview(),
  };
}

const text = z.string().catch("?");
const verdictBody = z.object({ verdict: text }).catch({ verdict: "answer" });
const dryBody = z.object({ dryRun: z.literal(true) });
const suspendBody = z.object({ suspended: z.literal(true) });
const rejectedBody = z.object({ verdict: z.literal("rejected") });
const agentBody = z.object({ id: text }).catch({ id: "?" });
const haltBody = z
  .object({ scope: text, subject: z.string().default("") })
  .catch({ scope: "?", subject: "" });
const grantBody = z
  .object({
    principal: z.object({ type: text, id: text }).catch({ type: "?", id: "?" }),
    actions: z.array(text).catch([]),
    resource: z.object({ type: text, id: text }).nullable().catch(null),
    type: z.string().nullable().catch(null),
    inside: z.object({ type: text, id: text }).nullable().catch(null),
    uses: z.number().nullable().catch(null),
    expires: z.string().nullable().catch(null),
  })
  .nullable()
  .catch(null);
const definitionBody = z
  .object({ server: text, kind: text, name: text, digest: text })
  .catch({ server: "?", kind: "?", name: "", digest: "?" });

export function createSubjects(ops: SubjectOps): Subjects {
  async function lines(ids: readonly string[]): Promise<readonly string[]> {
    const all = (await ops.held()).filter(({ id }) => ids.includes(id));
    return all.flatMap(({ id, agent, upstream, target, operation, effects, requirements }) => [
      `${id}: ${agent} wants ${upstream} ${target ?? operation}`,
      ...effects.map((effect) => `  ${effect}`),
      ...requirements.map(({ policy, reason }) => `  held by ${policy}: ${reason}`),
    ]);
  }

  return {
    async held(context, body) {
      const id = context.req.param("id") ?? "";
      const batch = id.startsWith("bat_")
        ? (await ops.batches()).find((one) => one.id === id)
        : undefined;
      const ids = batch?.members ?? [id];
      const digests = await Promise.all(ids.map(ops.digest));
      const path = context.req.path.split("/").at(-1) ?? "";
      const what = path === "votes" ? verdictBody.parse(body).verdict : path;
      const shows = [what, ...(await lines(ids)), ...(batch?.total ?? [])];
      return { covers: ids.map((one, at) => `${one} ${digests[at] ?? "unknown"}`), shows };
    },
    async grant(_, body) {
      if (dryBody.safeParse(body).success) return null;
      const wish = grantBody.parse(body);
      if (wish === null) return { covers: [], shows: ["a grant"] };
      const { principal, actions, resource, type, inside, uses, expires } = wish;
      const what = [
        ...(resource === null ? [] : [`${resource.type}::${resource.id}`]),
        ...(type === null ? [] : [type]),
        ...(inside === null ? [] : [`in ${inside.type}::${inside.id}`]),
      ];
      return {
        covers: [],
        shows: [
          `grant ${principal.type}::${principal.id}: ${actions.join(", ")} ${what.join(" ")}`,
          `${uses === null ? "any number of" : uses} uses, until ${expires ?? "somebody revokes it"}`,
        ],
      };
    },
    async resume(_, body) {
      const { scope, subject } = haltBody.parse(body);
      const halts = (await ops.halts()).filter(
        (halt) => halt.scope === scope && halt.subject === subject,
      );
      return {
        covers: halts.map((halt) => canonicalize(halt as unknown as Json)),
        shows: halts.map(
          (halt) => `resume ${scope} ${subject}, halted by ${halt.by}: ${halt.reason}`,
        ),
      };
    },
    addAgent: async (_, body) => ({
      covers: [],
      shows: [`register the agent ${agentBody.parse(body).id}`],
    }),
    suspendAgent: async (context, body) =>
      suspendBody.safeParse(body).success
        ? null
        : { covers: [], shows: [`let the agent ${context.req.param("id")} act again`] },
    agent: (what) => async (context) => ({
      covers: [],
      shows: [`${what} ${context.req.param("id")}`],
    }),
    async definition(_, body) {
      if (rejectedBody.safeParse(body).success) return null;
      const { server, kind, name, digest } = definitionBody.parse(body);
      return { covers: [], shows: [`accept ${kind} ${name} of ${server}`, digest] };
    },
    async reload() {
      const preview = await ops.preview();
      return preview === null
        ? { covers: [], shows: ["policy files that do not load"] }
        : { covers: [preview.name], shows: ["put the policy files in force", ...preview.lines] };
    },
    policy: (what) => async () => ({ covers: [], shows: [what] }),
  };
}
