import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ALLOWED, BLOCKED, type Gateway, HELD, startGateway } from "../../testdata/gateway.ts";
import { BylawRefusal } from "../client.ts";
import { type Call, createGate, type Gate } from "./gate.ts";

let gateway: Gateway;
let gate: Gate;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());
beforeEach(() => {
  gateway.answer(ALLOWED);
  gate = createGate(gateway.client);
});

const CALL: Call = { id: "c1", tool: "erase", arguments: { key: "a" } };
const perform = (): Promise<string> => Promise.resolve("done");

async function refusalOf(run: Promise<unknown>): Promise<BylawRefusal> {
  const error: unknown = await run.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BylawRefusal);
  return error as BylawRefusal;
}

describe("a call", () => {
  it("runs on the verdict that it was announced with, and on no second one", async () => {
    expect(await gate.asks(CALL)).toBe(false);
    expect(await gate.asks(CALL)).toBe(false);
    expect(await gate.run(CALL, perform)).toBe("done");
    expect(gateway.asked).toEqual([{ tool: "erase", arguments: { key: "a" }, wait: false }]);
    expect(gateway.reported).toEqual([{ completion: "ok", result: "done" }]);
  });

  it("is decided about again when it comes again", async () => {
    await gate.run(CALL, perform);
    gateway.answer(BLOCKED);
    await refusalOf(gate.run(CALL, perform));
    expect(gateway.asked).toHaveLength(1);
  });

  it.each<[string, Call]>([
    ["other arguments", { ...CALL, arguments: { key: "b" } }],
    ["another tool", { ...CALL, tool: "drop" }],
    ["another id", { ...CALL, id: "c2" }],
  ])("does not run on the verdict of one with %s", async (_what, other) => {
    await gate.asks(CALL);
    gateway.answer(BLOCKED);
    const never = vi.fn<() => Promise<string>>();
    await refusalOf(gate.run(other, never));
    expect(never).not.toHaveBeenCalled();
  });

  it("runs once when two of the same run at once", async () => {
    gateway.answer(ALLOWED, BLOCKED);
    await gate.asks(CALL);
    const runs = await Promise.allSettled([gate.run(CALL, perform), gate.run(CALL, perform)]);
    expect(runs.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  it("runs with the arguments that were decided about", async () => {
    const args = { key: "a" };
    const seen: unknown[] = [];
    const run = gate.run({ ...CALL, arguments: args }, (exact) => seen.push(exact));
    args.key = "everything";
    await run;
    expect(seen).toEqual([{ key: "a" }]);
  });

  it("is refused in words for the model", async () => {
    gateway.answer(BLOCKED);
    const refusal = await refusalOf(gate.run(CALL, perform));
    expect(refusal.message).toContain("`erase` was refused and was not done");
    expect(refusal.message).toContain("another way");
    expect(refusal.verdict.code).toBe("never");
    expect(gateway.reported).toEqual([]);
  });

  it("is refused, and nobody asked, when JSON cannot say its arguments", async () => {
    const odd: Call = { ...CALL, arguments: { when: new Date(0) } };
    expect(await gate.asks(odd)).toBe(false);
    expect(await gate.answered(odd)).toBe(false);
    expect((await refusalOf(gate.run(odd, perform))).verdict.code).toBe("arguments.not_json");
    expect(gateway.asked).toEqual([]);
  });

  it("is reported when it fails, and its error goes on", async () => {
    const failure = new Error("disk full");
    const run = gate.run(CALL, () => Promise.reject(failure));
    await expect(run).rejects.toBe(failure);
    expect(gateway.reported).toEqual([{ completion: "error" }]);
  });

  it("names its tools' owner", async () => {
    await createGate(gateway.client, { upstream: "crm" }).run(CALL, perform);
    expect(gateway.asked[0]).toMatchObject({ upstream: "crm" });
  });
});

describe("a call that waits for a person", () => {
  it("is announced without waiting, and runs on the person's yes", async () => {
    gateway.answer(HELD, ALLOWED);
    expect(await gate.asks(CALL)).toBe(true);
    expect(await gate.answered(CALL)).toBe(true);
    expect(await gate.run(CALL, perform)).toBe("done");
    expect(gateway.asked.map(({ wait }) => wait)).toEqual([false, undefined]);
  });

  it("does not run on the framework's yes alone", async () => {
    gateway.answer(HELD);
    await gate.asks(CALL);
    const refusal = await refusalOf(gate.run(CALL, perform));
    expect(refusal.message).toContain("Approval apr_1 is pending");
  });

  it("does not run on a no", async () => {
    gateway.answer(HELD, { ...BLOCKED, code: "approval.rejected" });
    await gate.asks(CALL);
    expect(await gate.answered(CALL)).toBe(false);
    expect((await refusalOf(gate.run(CALL, perform))).verdict.code).toBe("approval.rejected");
    expect(gateway.asked).toHaveLength(2);
  });

  it("can be waited for by a process that did not announce it", async () => {
    expect(await gate.answered(CALL)).toBe(true);
    expect(await gate.answered(CALL)).toBe(true);
    expect(gateway.asked).toHaveLength(1);
  });
});
