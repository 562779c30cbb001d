import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFolder, NOW, open } from "../testing/folders.ts";
import { intentOf, outcomeOf } from "../testing/records.ts";
import { createRemembered, watched } from "./unchanged.ts";
import type { WriterClient } from "./writes.ts";

/** A writer whose calls end when the test says so. */
function slowWriter(): { readonly writer: WriterClient; end(how: "resolved" | "rejected"): void } {
  const waiting: (readonly [resolve: () => void, reject: () => void])[] = [];
  const call = () =>
    new Promise((resolve, reject) =>
      waiting.push([() => resolve(true), () => reject(new Error())]),
    );
  return {
    writer: { call } as unknown as WriterClient,
    end: (how) => waiting.shift()?.[how === "resolved" ? 0 : 1](),
  };
}

const AGENT = { id: "coder", suspended: true };

describe("remembered rows", () => {
  it.each(["resolved", "rejected"] as const)(
    "are looked up anew while a change is under way, and once after it is %s",
    async (how) => {
      const { writer: slow, end } = slowWriter();
      const { writer, changes } = watched(slow);
      const remembered = createRemembered(changes);
      let looks = 0;
      const rows = () => remembered.rows("agents", { id: "coder" }, () => (looks += 1));
      expect([rows(), rows()]).toEqual([1, 1]);
      const called = writer.call("suspendAgent", AGENT, true).catch(() => undefined);
      expect([rows(), rows()]).toEqual([2, 3]);
      end(how);
      await called;
      expect([rows(), rows()]).toEqual([4, 4]);
    },
  );

  it("are those of one input, whatever line ends its values have", () => {
    const remembered = createRemembered({ current: () => 0 });
    const rows = (agent: string, name: string) =>
      remembered.rows("sessions", { agent, name }, () => [agent, name]);
    expect(rows("a\nb", "c")).toEqual(["a\nb", "c"]);
    expect(rows("a", "b\nc")).toEqual(["a", "b\nc"]);
  });

  it("rest on no entry of the log", async () => {
    const { writer: slow, end } = slowWriter();
    const { writer, changes } = watched(slow);
    const called = writer.call("checkpoint", null, true);
    expect(changes.current()).toBe(0);
    end("resolved");
    await called;
    expect(changes.current()).toBe(0);
  });

  it("are as many as are kept, whatever is asked", () => {
    const remembered = createRemembered({ current: () => 0 });
    let looks = 0;
    for (let at = 0; at < 2_000; at += 1)
      remembered.rows("tokens", { token: `${at}` }, () => (looks += 1));
    expect(looks).toBe(2_000);
    expect(remembered.rows("tokens", { token: "0" }, () => "looked")).toBe("looked");
  });

  it("are those of the database, whatever is changed in whatever order", {
    timeout: 60_000,
  }, async () => {
    const store = await open(createFolder());
    const ids = ["a", "b", "c"];
    const id = fc.constantFrom(...ids);
    const step = fc.oneof(
      fc.record({ does: fc.constant("add" as const), id }),
      fc.record({ does: fc.constant("suspend" as const), id, suspended: fc.boolean() }),
      fc.record({ does: fc.constant("rotate" as const), id, token: fc.uuid() }),
      fc.record({ does: fc.constant("halt" as const), id }),
      fc.record({ does: fc.constant("resume" as const), id }),
      fc.record({ does: fc.constant("look" as const), id }),
    );
    const reach = { agents: ids, user: null, upstream: "u", delegations: [] };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const under_way: Promise<unknown>[] = [];
        for (const one of steps)
          switch (one.does) {
            case "add":
              under_way.push(
                store.agents.add({
                  id: one.id,
                  token: `first ${one.id}`,
                  user: "",
                  groups: [],
                  suspended: false,
                  created: NOW,
                }),
              );
              break;
            case "suspend":
              under_way.push(store.agents.suspend(one.id, one.suspended));
              break;
            case "rotate":
              under_way.push(store.agents.rotate(one.id, one.token));
              break;
            case "halt":
              under_way.push(
                store.halts.halt({
                  scope: "agent",
                  subject: one.id,
                  by: "p",
                  reason: "r",
                  at: NOW,
                }),
              );
              break;
            case "resume":
              under_way.push(
                store.halts.resume({ scope: "agent", subject: one.id, by: "p", another: false }),
              );
              break;
            default:
              await store.agents.get(one.id);
              await store.agents.suspendedAmong(ids);
              await store.halts.on(reach);
          }
        await Promise.all(under_way);
        // Lists are read anew each time.
        const listed = await store.agents.list();
        for (const each of ids)
          expect(await store.agents.get(each)).toEqual(
            listed.find((agent) => agent.id === each) ?? null,
          );
        expect(await store.agents.suspendedAmong(ids)).toBe(
          ids.find((each) => listed.some((agent) => agent.id === each && agent.suspended)) ?? null,
        );
        expect(await store.halts.on(reach)).toEqual(await store.halts.list());
      }),
      { numRuns: 60 },
    );
    await store.close();
  });
});

describe("records that nobody waits for", () => {
  it("are there before whatever is recorded after them", async () => {
    const store = await open(createFolder());
    const intent = await store.log.append(intentOf("a", "sha256:a"), "write", null);
    const soon = store.log.append(outcomeOf("a", intent.index), "soon", null);
    const next = store.log.append(intentOf("b", "sha256:b"), "sync", null);
    expect([(await soon).index, (await next).index]).toEqual([1, 2]);
    await store.close();
  });

  it("are recorded when nothing comes after them, and when the store closes", async () => {
    const store = await open(createFolder());
    const { index } = await store.log.append(intentOf("a", "sha256:a"), "soon", null);
    expect(index).toBe(0);
    const last = store.log.append(outcomeOf("a", index), "soon", null);
    await store.close();
    expect((await last).index).toBe(1);
  });
});
