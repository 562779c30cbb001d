import fc from "fast-check";
import type {
  Approval,
  AuthorizationRequest,
  Bundle,
  Effect,
  Evaluation,
  Facts,
  PolicyMeta,
} from "../src/index.ts";
import { exactly, NOTHING_WRITTEN } from "../src/index.ts";

export const NOW = "2026-02-03T09:00:00.000Z";
const EARLIER = "2026-02-03T08:00:00.000Z";
const LATER = "2026-02-03T10:00:00.000Z";

/** A policy of which only the named parts matter. */
export function policy(id: string, parts: Partial<PolicyMeta> = {}): PolicyMeta {
  const effect = parts.effect ?? "forbid";
  return {
    id,
    effect,
    decision: effect === "forbid" ? "block" : "allow",
    mode: "enforce",
    code: `policy.${id}`,
    reason: `because of ${id}`,
    approvers: [],
    quorum: 1,
    ttlMs: 900_000,
    waivable: "exact",
    obligations: [],
    grant: null,
    limit: null,
    digest: `sha256:${id}`,
    ...parts,
  };
}

type Answer = "satisfied" | "error" | "silent";

/** A bundle whose engine answers what `answer` says; grants end as their condition would have them. */
export function bundleOf(
  policies: readonly PolicyMeta[],
  answer: (policy: PolicyMeta, request: AuthorizationRequest) => Answer = () => "satisfied",
): Bundle {
  const evaluate = (request: AuthorizationRequest): Evaluation => {
    const { arg: now } = (request.context as { now: { __extn: { arg: string } } }).now.__extn;
    const answers = policies.map((meta) => {
      const ended = meta.grant?.expires != null && meta.grant.expires <= now;
      const said = answer(meta, request);
      return { meta, said: ended && said === "satisfied" ? "silent" : said };
    });
    const ids = (want: Answer, effect: string) =>
      answers
        .filter(({ meta, said }) => said === want && meta.effect === effect)
        .map(({ meta }) => meta.id)
        .sort();
    return {
      permits: ids("satisfied", "permit"),
      forbids: ids("satisfied", "forbid"),
      errors: [...ids("error", "permit"), ...ids("error", "forbid")]
        .sort()
        .map((id) => ({ policy: id, message: "failed" })),
      invalid: null,
    };
  };
  return {
    digest: "sha256:bundle",
    engine: { evaluate },
    misfit: () => null,
    policies: new Map(policies.map((meta) => [meta.id, meta])),
    shield: null,
    argumentPaths: new Set(),
    readsCounts: false,
    limits: policies.flatMap((meta) => (meta.limit === null ? [] : [{ ...meta, limit: meta.limit }])),
    literals: [],
    written: NOTHING_WRITTEN,
  };
}

export function effect(parts: Partial<Effect> = {}): Effect {
  return {
    action: "delete",
    resource: { type: "Table", id: "customers", parents: [], attrs: { name: "customers" } },
    quantity: exactly(1),
    bytes: exactly(0),
    cost: exactly(0),
    reversible: false,
    audience: "none",
    labels: [],
    origin: { target: ["user"], payload: ["model"], untrusted: false },
    findings: [],
    source: "parsed",
    ...parts,
  };
}

export function factsOf(parts: Partial<Facts> = {}): Facts {
  return {
    version: 1,
    now: NOW,
    action: {
      id: "action-1",
      gateway: "mcp",
      upstream: "db",
      operation: "tools/call",
      target: "delete",
      definition: null,
    },
    digest: "sha256:action",
    tool: { type: "Tool", id: "db/delete", parents: [], attrs: { reviewed: true } },
    arguments: { digest: "hmac", text: {}, number: {}, list: {}, complete: true },
    caller: { credential: "credential-1", assurance: "local" },
    chain: [
      { type: "User", id: "maria", groups: [] },
      { type: "Agent", id: "coder", groups: ["coders"] },
    ],
    effects: [effect()],
    session: {
      id: "session-1",
      labels: [],
      origins: [],
      untrusted: false,
      depth: 0,
      attended: true,
    },
    task: { declared: false, inScope: true, locked: false, offline: false, noInstall: false },
    counts: { calls_1m: 0, deletes_1h: 0, sends_1h: 0, spend_1d: 0, denials_10m: 0 },
    handle: null,
    approvals: [],
    grants: {},
    ...parts,
  };
}

export function approvalOf(parts: Partial<Approval> = {}): Approval {
  return {
    id: "approval-1",
    digest: "sha256:action",
    policies: [{ id: "hold", digest: "sha256:hold" }],
    votes: [{ user: "dana", groups: ["dba"] }],
    expires: LATER,
    ...parts,
  };
}

const IDS = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"];
const PEOPLE = ["maria", "dana", "omar", "coder"];
const APPROVERS = ['Group::"dba"', 'Group::"ops"', 'User::"omar"', 'User::"maria"', "on-behalf-of"];
const time = fc.constantFrom(EARLIER, NOW, LATER);

function arbitraryPolicy(id: string): fc.Arbitrary<PolicyMeta> {
  const forbid = fc
    .record({
      decision: fc.constantFrom("block" as const, "require_approval" as const),
      mode: fc.constantFrom("enforce" as const, "enforce" as const, "observe" as const, "warn" as const),
      approvers: fc.uniqueArray(fc.constantFrom(...APPROVERS), { minLength: 1, maxLength: 3 }),
      quorum: fc.integer({ min: 1, max: 2 }),
    })
    .map((parts) => policy(id, { effect: "forbid", ...parts }));
  const grant = fc.record({
    owner: fc.constant('User::"maria"'),
    expires: fc.option(time),
    uses: fc.option(fc.integer({ min: 1, max: 3 })),
  });
  const permit = fc
    .record({
      decision: fc.constantFrom("allow" as const, "allow" as const, "log" as const),
      grant: fc.option(grant),
    })
    .map((parts) => policy(id, { effect: "permit", ...parts }));
  return fc.oneof({ weight: 2, arbitrary: forbid }, { weight: 3, arbitrary: permit });
}

/** Up to eight policies, and an engine that answers by hash: any mixture for any question. */
export function arbitraryBundle(): fc.Arbitrary<Bundle> {
  return fc
    .record({
      policies: fc
        .subarray(IDS)
        .chain((ids) => fc.tuple(...ids.map((id) => arbitraryPolicy(id)))),
      salt: fc.integer({ min: 0, max: 1_000_000 }),
      eagerness: fc.integer({ min: 1, max: 16 }),
    })
    .map(({ policies, salt, eagerness }) =>
      bundleOf(policies as readonly PolicyMeta[], (meta, { principal, resource }) => {
        const dice = hash(`${salt} ${meta.id} ${principal.id} ${resource.id}`) % 32;
        if (dice === 31 && eagerness > 8) return "error";
        return meta.effect === "permit" ? (dice < 24 ? "satisfied" : "silent") : dice < eagerness ? "satisfied" : "silent";
      }),
    );
}

function hash(text: string): number {
  let state = 2_166_136_261;
  for (let at = 0; at < text.length; at += 1)
    state = Math.imul(state ^ text.charCodeAt(at), 16_777_619) >>> 0;
  return (state ^ (state >>> 15)) >>> 0;
}

const vote = fc.record({
  user: fc.constantFrom(...PEOPLE),
  groups: fc.subarray(["dba", "ops"]),
});

function arbitraryApproval(id: string): fc.Arbitrary<Approval> {
  return fc.record({
    id: fc.constant(id),
    digest: fc.constantFrom("sha256:action", "sha256:action", "sha256:action", "sha256:other"),
    policies: fc
      .subarray(IDS, { minLength: 1 })
      .chain((ids) =>
        fc.tuple(
          ...ids.map((of) =>
            fc
              .constantFrom(`sha256:${of}`, `sha256:${of}`, "sha256:stale")
              .map((digest) => ({ id: of, digest })),
          ),
        ),
      ),
    votes: fc.array(vote, { maxLength: 4 }),
    expires: fc.constantFrom(EARLIER, NOW, LATER, LATER, LATER),
  });
}

/** An approval that answers everything that anybody outside the chain, or its head, may answer. */
function generous(id: string): fc.Arbitrary<Approval> {
  const policies = IDS.map((of) => ({ id: of, digest: `sha256:${of}` }));
  const votes = ["maria", "dana", "omar"].map((user) => ({ user, groups: ["dba", "ops"] }));
  return fc.constant({ id, digest: "sha256:action", policies, votes, expires: LATER });
}

const CHAINS: readonly Facts["chain"][] = [
  [{ type: "User", id: "maria", groups: [] }],
  [{ type: "Agent", id: "coder", groups: [] }],
  [
    { type: "User", id: "maria", groups: [] },
    { type: "Agent", id: "coder", groups: [] },
  ],
  [
    { type: "User", id: "maria", groups: [] },
    { type: "Agent", id: "coder", groups: [] },
    { type: "Agent", id: "coder/sub", groups: [] },
  ],
];

/** Facts without a presented handle: one to three effects, any approvals and grant states. */
export function arbitraryFacts(): fc.Arbitrary<Facts> {
  const table = fc.constantFrom("a", "b", "c").map((id) =>
    effect({ resource: { type: "Table", id, parents: [], attrs: { name: id } } }),
  );
  const state = fc.record({ uses: fc.integer({ min: 0, max: 4 }), revoked: fc.boolean() });
  return fc
    .record({
      chain: fc.constantFrom(...CHAINS),
      effects: fc.oneof(fc.tuple(table), fc.array(table, { minLength: 1, maxLength: 3 })),
      approvals: fc
        .subarray(["a0", "a1", "a2"])
        .chain((ids) => fc.tuple(...ids.map((id) => fc.oneof(generous(id), arbitraryApproval(id))))),
      grants: fc.dictionary(fc.constantFrom(...IDS), state),
    })
    .map((parts) => factsOf(parts as Partial<Facts>));
}
