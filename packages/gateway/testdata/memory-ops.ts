import { createHash } from "node:crypto";
import {
  type ActionRequest,
  type Approval,
  type Bundle,
  canonicalize,
  canonicalTime,
  type Engine,
  exactly,
  type Facts,
  type JsonObject,
  type LedgerRecord,
  type PolicyMeta,
  NOTHING_WRITTEN,
} from "@bylaw/core";
import type { HoldAnswer, PipelineOps } from "../src/ops.ts";

/** What the one rule says about an operation and its target. */
export type Rule = (
  operation: string,
  target: string | null,
) => "permit" | "block" | "hold" | "redact";

export interface MemoryOptions {
  readonly rule: Rule;
  /** Milliseconds that a call waits for a person. */
  readonly holdMs?: number;
}

/** The pipeline's world in memory, with the same guarantees but durability, and a person to answer. */
export interface MemoryOps extends PipelineOps {
  readonly records: readonly LedgerRecord[];
  /** Ids of approvals that wait for a person. */
  readonly waiting: readonly string[];
  /** Resolves with the id of the next approval that is asked for, or of one that waits already. */
  held(): Promise<string>;
  answer(id: string, verdict: "approved" | "rejected"): void;
  /** Actions that are reserved or settled: what stays charged. */
  readonly charged: ReadonlySet<string>;
  /** What agents were shown, by action. */
  readonly shown: readonly { readonly id: string; readonly texts: readonly string[] | null }[];
  /** From now on nothing can be recorded. */
  failRecords(failing: boolean): void;
  /** From now on nothing may go on; null: nobody can tell. */
  stop(stopped: boolean | null): void;
  /** Sets the gateway's clock forward by so many milliseconds. */
  advance(ms: number): void;
}

const TTL_MS = 60_000;

function policy(id: string, parts: Partial<PolicyMeta>): PolicyMeta {
  return {
    id,
    effect: "forbid",
    decision: "block",
    mode: "enforce",
    code: `policy.${id}`,
    reason: `the rule \`${id}\` says so`,
    approvers: [],
    quorum: 1,
    ttlMs: TTL_MS,
    waivable: "exact",
    obligations: [],
    grant: null,
    limit: null,
    digest: `sha256:${id}`,
    ...parts,
  };
}

const POLICIES: readonly PolicyMeta[] = [
  policy("may", { effect: "permit", decision: "allow" }),
  policy("may-redacted", {
    effect: "permit",
    decision: "allow",
    obligations: [{ type: "redact", value: "secrets" }],
  }),
  policy("never", {}),
  policy("ask-first", { decision: "require_approval", approvers: ['Group::"dba"'] }),
];

/** A bundle whose engine asks `rule`; everything else of a decision is the real thing. */
export function ruleBundle(rule: Rule): Bundle {
  const engine: Engine = {
    evaluate({ resource }) {
      const { operation, target } = JSON.parse(resource.id) as {
        operation: string;
        target: string;
      };
      const said = rule(operation, target);
      const permit = said === "redact" ? "may-redacted" : "may";
      return {
        permits: said === "block" ? [] : [permit],
        forbids: said === "block" ? ["never"] : said === "hold" ? ["ask-first"] : [],
        errors: [],
        invalid: null,
      };
    },
  };
  return {
    digest: "sha256:rule",
    engine,
    misfit: () => null,
    policies: new Map(POLICIES.map((meta) => [meta.id, meta])),
    shield: null,
    argumentPaths: new Set(),
    readsCounts: false,
    limits: [],
    literals: [],
    written: NOTHING_WRITTEN,
  };
}

interface Held {
  readonly id: string;
  readonly digest: string;
  readonly expires: string;
  readonly policies: Approval["policies"];
  verdict: "pending" | "approved" | "rejected" | "withdrawn";
  used: boolean;
  readonly listeners: Set<() => void>;
}

export function createMemoryOps({ rule, holdMs = 5_000 }: MemoryOptions): MemoryOps {
  const records: LedgerRecord[] = [];
  const shown: { readonly id: string; readonly texts: readonly string[] | null }[] = [];
  const held = new Map<string, Held>();
  const claimed = new Map<string, readonly string[]>();
  const charged = new Set<string>();
  const watchers = new Set<(id: string) => void>();
  const tails = new Map<string, Promise<unknown>>();
  let failing = false;
  let ahead = 0;
  let halted: boolean | null = false;
  const bundle = ruleBundle(rule);
  const waiting = (): readonly string[] =>
    [...held.values()].filter(({ verdict }) => verdict === "pending").map(({ id }) => id);
  const approvals = (digest: string, handle: string | null): readonly Approval[] =>
    [...held.values()]
      .filter((one) => !one.used)
      .filter(
        (one) =>
          (one.digest === digest && one.verdict === "approved") ||
          (one.id === handle && (one.verdict === "approved" || one.verdict === "pending")),
      )
      .map(({ id, digest: own, expires, policies, verdict }) => ({
        id,
        digest: own,
        policies,
        expires,
        votes: verdict === "approved" ? [{ user: "dana", groups: ["dba"] }] : [],
      }));

  return {
    records,
    charged,
    shown,
    get waiting() {
      return waiting();
    },
    held() {
      const [first] = waiting();
      if (first !== undefined) return Promise.resolve(first);
      return new Promise((resolve) => {
        const watch = (id: string): void => {
          watchers.delete(watch);
          resolve(id);
        };
        watchers.add(watch);
      });
    },
    answer(id, verdict) {
      const one = held.get(id);
      if (one?.verdict !== "pending") throw new Error(`nothing waits as \`${id}\``);
      one.verdict = verdict;
      for (const listener of one.listeners) listener();
    },
    failRecords(value) {
      failing = value;
    },

    stop(value) {
      halted = value;
    },
    advance(ms) {
      ahead += ms;
    },

    now: () => Date.now() + ahead,
    bundle: () => bundle,
    barred: () => null,
    decided: () => undefined,
    seen: (request, _decision, texts) => void shown.push({ id: request.id, texts }),
    facts: (request) => memoryFacts(request, approvals(digestOf(request), request.handle)),
    exclusive(key, step) {
      const next = (tails.get(key) ?? Promise.resolve()).then(step, step);
      tails.set(key, next);
      return next;
    },
    async reserve({ action, claims }) {
      const taken = claims.approvals.map((id) => held.get(id));
      if (taken.some((one) => one === undefined || one.used)) return false;
      for (const one of taken) if (one !== undefined) one.used = true;
      claimed.set(action, claims.approvals);
      charged.add(action);
      return true;
    },
    async release(action) {
      for (const id of claimed.get(action) ?? []) {
        const one = held.get(id);
        if (one !== undefined) one.used = false;
      }
      claimed.delete(action);
      charged.delete(action);
    },
    async record(record) {
      if (failing) throw new Error("the log is not available");
      records.push(record);
      return { index: records.length - 1, leaf: new Uint8Array(32) };
    },
    receipt: ({ index, leaf }) => ({
      origin: "memory",
      index,
      leaf: Buffer.from(leaf).toString("base64"),
      checkpoint: null,
    }),
    async hold(_request, facts, decision) {
      const waits = [...held.values()].find(
        (one) => one.digest === facts.digest && one.verdict === "pending",
      );
      const id = waits?.id ?? `apr_${held.size + 1}`;
      const expires = waits?.expires ?? canonicalTime(Date.now() + TTL_MS);
      if (waits === undefined) {
        const policies = decision.requirements.map((need) => ({
          id: need.policy,
          digest: need.digest,
        }));
        held.set(id, {
          id,
          digest: facts.digest,
          expires,
          policies,
          verdict: "pending",
          used: false,
          listeners: new Set(),
        });
        for (const watch of watchers) watch(id);
      }
      return { id, expires };
    },
    edited: async () => null,
    async rejection(id) {
      return held.get(id)?.verdict === "rejected" ? "" : null;
    },
    wait({ id }, signal) {
      const one = held.get(id);
      if (one === undefined) throw new Error(`nothing waits as \`${id}\``);
      return new Promise((resolve) => {
        const finish = (answer: HoldAnswer): void => {
          clearTimeout(timer);
          one.listeners.delete(answered);
          signal.removeEventListener("abort", withdrawn);
          resolve(answer);
        };
        const answered = (): void => finish(one.verdict);
        const withdrawn = (): void => {
          one.verdict = "withdrawn";
          finish("withdrawn");
        };
        const timer = setTimeout(finish, holdMs, "pending");
        one.listeners.add(answered);
        signal.addEventListener("abort", withdrawn, { once: true });
        if (one.verdict !== "pending") answered();
        else if (signal.aborted) withdrawn();
      });
    },
    async settle() {},
    used: () => null,
    async stopped() {
      if (halted === null) throw new Error("the store is not available");
      return halted;
    },
    factsDigest: (facts) => sha256(canonicalize(facts as unknown as JsonObject)),
  };
}

function digestOf({
  caller,
  upstream,
  operation,
  target,
  arguments: args,
  definition,
}: ActionRequest): string {
  const { credential, session } = caller;
  const exact = { credential, session, upstream, operation, target, args };
  return sha256(canonicalize({ ...exact, definition: definition?.digest ?? null }));
}

/** One effect: executing what the operation names. Enough to decide by operation and target. */
function memoryFacts(request: ActionRequest, approvals: readonly Approval[]): Facts {
  const { id, gateway, upstream, operation, target, caller, definition } = request;
  const tool = {
    type: "Tool" as const,
    id: JSON.stringify({ operation, target }),
    parents: [],
    attrs: {},
  };
  const digest = digestOf(request);
  return {
    version: 1,
    now: canonicalTime(Date.now()),
    action: { id, gateway, upstream, operation, target, definition: definition?.digest ?? null },
    digest,
    tool,
    arguments: { digest, text: {}, number: {}, list: {}, complete: true },
    caller: { credential: caller.credential, assurance: caller.assurance },
    chain: caller.chain,
    effects: [
      {
        action: operation === "tools/call" ? "execute" : "read",
        resource: tool,
        quantity: exactly(1),
        bytes: exactly(0),
        cost: exactly(0),
        reversible: false,
        audience: "self",
        labels: [],
        origin: { target: [], payload: [], untrusted: false },
        findings: [],
        source: "catalog",
      },
    ],
    session: {
      id: caller.session,
      labels: [],
      origins: [],
      untrusted: false,
      depth: 0,
      attended: true,
    },
    task: { declared: false, inScope: true, locked: false, offline: false, noInstall: false },
    counts: { calls_1m: 0, deletes_1h: 0, sends_1h: 0, spend_1d: 0, denials_10m: 0 },
    handle: request.handle,
    approvals,
    grants: {},
  };
}

function sha256(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
