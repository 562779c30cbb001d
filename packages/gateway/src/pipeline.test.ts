import type { ActionRequest, LedgerRecord } from "@bylaw/core";
import { beforeEach, describe, expect, it } from "vitest";
import { callerNamed } from "../testdata/harness.ts";
import { createMemoryOps, type MemoryOps, ruleBundle } from "../testdata/memory-ops.ts";
import { CallerError, type PipelineOps, RecordError } from "./ops.ts";
import { type Enforced, type Forward, govern } from "./pipeline.ts";

const DONE: Enforced = { sent: true, completion: "ok", code: null, result: null };
const never = new AbortController().signal;

function request(target: string, handle: string | null = null): ActionRequest {
  counter += 1;
  return {
    id: `act_${counter}`,
    gateway: "mcp",
    caller: callerNamed("coder"),
    upstream: "db",
    operation: "tools/call",
    target,
    arguments: {},
    definition: null,
    bytes: { digest: "sha256:0", length: 0 },
    handle,
  };
}

let counter = 0;
let ops: MemoryOps;
let forwards: string[];

/** Notes what the log held at the moment of forwarding. */
const forward: Forward = async ({ intent }) => {
  forwards.push(ops.records.map(({ kind }) => kind).join(" "));
  expect(ops.records[intent.index]?.kind).toBe("intent");
  return DONE;
};

beforeEach(() => {
  forwards = [];
  ops = createMemoryOps({
    rule: (_operation, target) =>
      target === "ask" ? "hold" : target === "no" ? "block" : "permit",
    holdMs: 1_000,
  });
});

const kinds = (): readonly string[] => ops.records.map(({ kind }) => kind);

/** The same world with some of its parts replaced. */
function withOps(parts: Partial<PipelineOps>): PipelineOps {
  return { ...ops, ...parts };
}

describe("what is allowed", () => {
  it("is recorded, forwarded once, recorded again and settled", async () => {
    const settled: string[] = [];
    const watched = withOps({
      async settle(action, used) {
        settled.push(`${action} ${JSON.stringify(used)} after ${kinds().join(" ")}`);
      },
    });
    const asked = request("yes");
    const verdict = await govern(asked, forward, watched, never);
    expect(verdict).toMatchObject({ kind: "forwarded", intent: { index: 0 }, enforced: DONE });
    expect(forwards).toEqual(["intent"]);
    expect(settled).toEqual([`${asked.id} null after intent outcome`]);
    expect(ops.records[1]).toMatchObject({ kind: "outcome", action: asked.id, intent: 0 });
    expect(ops.records[1]).not.toHaveProperty("used");
  });

  it("is settled to what its outcome tells before the caller has the outcome", async () => {
    const settled: unknown[] = [];
    const told: unknown[] = [];
    const watched = withOps({
      used: (_request, what) => (what.kind === "result" ? { tokens: 7 } : null),
      settle: async (_action, used) => void settled.push(used),
    });
    const tells: Forward = async (granted) => {
      told.push(await granted.told({ kind: "reported", usd: 0, tokens: 0 }), [...settled]);
      const used = await granted.told({ kind: "result", result: {} });
      told.push(used, [...settled]);
      return { ...DONE, used };
    };
    await govern(request("yes"), tells, watched, never);
    expect(told).toEqual([null, [], { tokens: 7 }, [{ tokens: 7 }]]);
    expect(ops.records[1]).toMatchObject({ kind: "outcome", used: { tokens: 7 } });
  });

  it("is on disk before it goes, unless it only reads", async () => {
    const durabilities: string[] = [];
    const watched = withOps({
      record(record, durability, facts) {
        durabilities.push(`${record.kind} ${durability}`);
        return ops.record(record, durability, facts);
      },
    });
    await govern(request("yes"), forward, watched, never);
    await govern({ ...request("yes"), operation: "resources/read" }, forward, watched, never);
    expect(durabilities).toEqual(["intent sync", "outcome soon", "intent write", "outcome soon"]);
  });

  it("stays charged when forwarding throws, as unknown", async () => {
    const asked = request("yes");
    const verdict = await govern(asked, () => Promise.reject(new Error("a bug")), ops, never);
    expect(verdict).toMatchObject({ enforced: { completion: "unknown", code: "gateway.error" } });
    expect(ops.charged.has(asked.id)).toBe(true);
  });

  it("is given back when nothing was sent", async () => {
    const asked = request("yes");
    await govern(asked, async () => ({ ...DONE, sent: false, completion: "error" }), ops, never);
    expect(ops.charged.size).toBe(0);
    expect(kinds()).toEqual(["intent", "outcome"]);
  });

  it("is still answered when its outcome cannot be recorded or settled", async () => {
    const broken = withOps({
      record: (record, durability, facts) =>
        record.kind === "outcome"
          ? Promise.reject(new Error("full"))
          : ops.record(record, durability, facts),
      settle: () => Promise.reject(new Error("full")),
    });
    expect(await govern(request("yes"), forward, broken, never)).toMatchObject({
      kind: "forwarded",
    });
  });
});

describe("what is refused", () => {
  it("is recorded and never forwarded", async () => {
    const verdict = await govern(request("no"), forward, ops, never);
    expect(verdict).toMatchObject({ kind: "refused", record: { index: 0 }, pending: null });
    expect(kinds()).toEqual(["refusal"]);
    expect(forwards).toEqual([]);
    expect(ops.charged.size).toBe(0);
  });

  it.each(["yes", "no", "ask"])(
    "is told where no entry can hold the action: %s",
    async (target) => {
      const narrow = withOps({
        record: async (record, durability, facts) => {
          if (facts !== null) throw new RecordError();
          return ops.record(record, durability, facts);
        },
        hold: async () => {
          throw new RecordError();
        },
      });
      const reasons = [{ code: "record.too_large" }];
      const verdict = await govern(request(target), forward, narrow, never);
      expect(verdict).toMatchObject({
        kind: "refused",
        record: { index: 0 },
        decision: { reasons },
      });
      expect(ops.records).toMatchObject([{ kind: "refusal", action: null, decision: { reasons } }]);
      expect(forwards).toEqual([]);
      expect(ops.charged.size).toBe(0);
    },
  );

  it("stays refused when the log is down", async () => {
    ops.failRecords(true);
    const verdict = await govern(request("no"), forward, ops, never);
    expect(verdict).toMatchObject({ kind: "refused", record: null });
  });

  const boom = (): never => {
    throw new Error("broken");
  };
  const unwritable = (): never => {
    throw Object.assign(new Error("full"), { code: "ledger.unavailable" });
  };
  it.each<[string, Partial<PipelineOps>, string]>([
    ["facts", { facts: boom }, "facts.error"],
    [
      "an agent of the chain",
      { facts: () => Promise.reject(new CallerError("credential.suspended")) },
      "credential.suspended",
    ],
    ["reserve", { reserve: async () => boom() }, "facts.error"],
    ["the store", { reserve: async () => unwritable() }, "ledger.unavailable"],
    ["the intent record", { record: async () => boom() }, "ledger.unavailable"],
    ["a reservation lost twice", { reserve: async () => false }, "reserve.raced"],
  ])("is everything when %s fails", async (_what, parts, code) => {
    const verdict = await govern(request("yes"), forward, withOps(parts), never);
    expect(verdict).toMatchObject({
      kind: "refused",
      decision: { outcome: "block", reasons: [{ code }] },
    });
    expect(forwards).toEqual([]);
  });

  it("is everything while the bundle may not decide, with the facts in the record", async () => {
    const told: string[] = [];
    const barred = withOps({
      barred: () => "bundle.quarantined",
      decided: () => void told.push("decided"),
    });
    const verdict = await govern(request("yes"), forward, barred, never);
    expect(verdict).toMatchObject({
      kind: "refused",
      decision: { outcome: "block", reasons: [{ code: "bundle.quarantined", policy: null }] },
    });
    expect(ops.records[0]).toMatchObject({ kind: "refusal", action: { upstream: "db" } });
    expect([forwards, told, ops.charged.size]).toEqual([[], [], 0]);
  });

  it("and what is forwarded was told with the facts that decided it", async () => {
    const told: (readonly [string, string])[] = [];
    const heard = withOps({
      decided: (_bundle, facts, { outcome }) => void told.push([facts.action.id, outcome]),
    });
    const [yes, no] = [request("yes"), request("no")];
    await govern(yes, forward, heard, never);
    await govern(no, forward, heard, never);
    expect(told).toEqual([
      [yes.id, "allow"],
      [no.id, "block"],
    ]);
  });

  it("gives back what it had reserved when it cannot be recorded", async () => {
    ops.failRecords(true);
    await govern(request("yes"), forward, ops, never);
    expect(ops.charged.size).toBe(0);
  });
});

describe("a race for what one action uses up", () => {
  it("is decided again, once", async () => {
    let claims = 0;
    const racy = withOps({
      reserve: (reservation) => {
        claims += 1;
        return claims === 1 ? Promise.resolve(false) : ops.reserve(reservation);
      },
    });
    expect((await govern(request("yes"), forward, racy, never)).kind).toBe("forwarded");
    expect(claims).toBe(2);
    expect(forwards).toHaveLength(1);
  });

  it("runs one by one where policies read counters", async () => {
    let inside = 0;
    let most = 0;
    const counting = withOps({
      bundle: () => ({ ...ruleBundle(() => "permit"), readsCounts: true }),
      async reserve(reservation) {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
        return ops.reserve(reservation);
      },
    });
    await Promise.all([1, 2, 3].map(() => govern(request("yes"), forward, counting, never)));
    expect(most).toBe(1);
    expect(forwards).toHaveLength(3);
  });
});

describe("what waits for a person", () => {
  const start = (asked: ActionRequest, signal = never): ReturnType<typeof govern> =>
    govern(asked, forward, ops, signal);

  it("is forwarded once after approval, and the gateway hears of the wait", async () => {
    const heard: string[] = [];
    const verdict = govern(request("ask"), forward, ops, never, ({ id }) => heard.push(id));
    const id = await ops.held();
    expect(forwards).toEqual([]);
    ops.answer(id, "approved");
    expect((await verdict).kind).toBe("forwarded");
    expect(heard).toEqual([id]);
    expect(forwards).toHaveLength(1);
  });

  it("is decided again at release", async () => {
    let allowed = true;
    const moody = createMemoryOps({ rule: () => (allowed ? "hold" : "block") });
    const verdict = govern(request("ask"), forward, moody, never);
    const id = await moody.held();
    allowed = false;
    moody.answer(id, "approved");
    expect(await verdict).toMatchObject({ kind: "refused", decision: { outcome: "block" } });
    expect(forwards).toEqual([]);
  });

  it.each([["rejected" as const, "approval.rejected"]])(
    "is blocked when %s",
    async (answer, code) => {
      const verdict = start(request("ask"));
      ops.answer(await ops.held(), answer);
      expect(await verdict).toMatchObject({ decision: { reasons: [{ code }] }, pending: null });
    },
  );

  it("is blocked when its client is gone", async () => {
    const gone = new AbortController();
    const verdict = start(request("ask"), gone.signal);
    await ops.held();
    gone.abort();
    expect(await verdict).toMatchObject({
      decision: { reasons: [{ code: "approval.withdrawn" }] },
    });
  });

  it("names the request when the wait is over first", async () => {
    const brief = createMemoryOps({ rule: () => "hold", holdMs: 1 });
    const verdict = await govern(request("ask"), forward, brief, never);
    expect(verdict).toMatchObject({
      kind: "refused",
      decision: { outcome: "require_approval" },
      pending: { id: "apr_1" },
    });
  });

  it("is blocked when it cannot be stored", async () => {
    const broken = withOps({ hold: () => Promise.reject(new Error("full")) });
    const verdict = await govern(request("ask"), forward, broken, never);
    expect(verdict).toMatchObject({ decision: { reasons: [{ code: "hold.unavailable" }] } });
  });

  it("keeps its approval when nothing was sent", async () => {
    const unreachable: Forward = async () => ({ ...DONE, sent: false, completion: "error" });
    const verdict = govern(request("ask"), unreachable, ops, never);
    ops.answer(await ops.held(), "approved");
    await verdict;
    expect((await start(request("ask"))).kind).toBe("forwarded");
    const records: readonly LedgerRecord[] = ops.records;
    expect(records.map(({ kind }) => kind)).toEqual(["intent", "outcome", "intent", "outcome"]);
  });
});
