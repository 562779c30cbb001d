import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { onEachBackend } from "../testing/backends.ts";
import { NOW } from "../testing/folders.ts";
import { REACH } from "../testing/records.ts";
import type { ApprovalChange, ApprovalState, HeldAction, Store } from "./index.ts";

const MINUTE = 60_000;

function held(id: string, digest: string, expires: number = NOW + MINUTE): HeldAction {
  return {
    id,
    digest,
    agent: "agent",
    session: "session",
    credential: "credential",
    requirements: '[{"policy":"p"}]',
    effects: "[]",
    request: '{"ids":[1]}',
    created: NOW,
    expires,
  };
}

function claim(action: string, approvals: readonly string[]) {
  return {
    action,
    agent: "agent",
    claims: { approvals, grants: [] },
    charge: { calls: 1, deletes: 0, sends: 0, spend: 0 },
    reach: REACH,
    seen: null,
  };
}

async function approved(store: Store, id: string, digest: string): Promise<void> {
  await store.approvals.hold(held(id, digest));
  await store.approvals.vote({ id, user: "ann", verdict: "approve", at: NOW });
  expect(await store.approvals.advance(id, "waiting", "approved", NOW)).toBe(true);
}

onEachBackend(({ createFolder, open }) => {
  describe("holding", () => {
    it("finds the request that waits for exactly this", async () => {
      const { approvals } = await open(createFolder());
      const holds = await Promise.all(["a", "b", "c"].map((id) => approvals.hold(held(id, "d"))));
      const first = holds.find(({ created }) => created)?.id;
      expect(holds.map(({ id }) => id)).toEqual([first, first, first]);
      expect(holds.filter(({ created }) => created)).toHaveLength(1);
      expect((await approvals.hold(held("z", "other"))).id).toBe("z");
      expect((await approvals.list("waiting")).map(({ id }) => id)).toEqual([first, "z"]);
    });

    it("starts anew when the time of the old request is up", async () => {
      const { approvals } = await open(createFolder());
      await approvals.hold(held("a", "d", NOW));
      expect(await approvals.hold(held("b", "d"))).toMatchObject({ id: "b", created: true });
      expect((await approvals.get("a"))?.state).toBe("expired");
    });

    it("survives a restart", async () => {
      const folder = createFolder();
      const store = await open(folder);
      await store.approvals.hold(held("a", "d"));
      await store.close();
      expect(await (await open(folder)).approvals.get("a")).toEqual({
        ...held("a", "d"),
        state: "waiting",
        followup: "",
        origin: "",
        votes: [],
      });
    });
  });

  describe("votes", () => {
    it("count once per person", async () => {
      const { approvals } = await open(createFolder());
      await approvals.hold(held("a", "d"));
      const vote = { id: "a", user: "ann", verdict: "approve", at: NOW } as const;
      expect(await approvals.vote(vote)).toBeNull();
      expect(await approvals.vote(vote)).toBe("approval.voted");
      expect(await approvals.vote({ ...vote, verdict: "reject" })).toBe("approval.voted");
      expect((await approvals.get("a"))?.votes).toEqual([
        { user: "ann", verdict: "approve", at: NOW, note: "" },
      ]);
      expect((await approvals.get("a"))?.state).toBe("waiting");
    });

    it("come too late after the end", async () => {
      const { approvals } = await open(createFolder());
      const vote = { id: "a", user: "ann", verdict: "approve", at: NOW } as const;
      expect(await approvals.vote(vote)).toBe("approval.unknown");
      await approvals.hold(held("a", "d"));
      expect(await approvals.vote({ ...vote, at: NOW + MINUTE })).toBe("approval.expired");
      expect(await approvals.vote({ ...vote, verdict: "reject" })).toBeNull();
      expect(await approvals.vote({ ...vote, user: "bob" })).toBe("approval.ended");
    });

    it("that reject end the request, and what the approver was shown goes", async () => {
      const { approvals } = await open(createFolder());
      const changes: ApprovalChange[] = [];
      const stop = approvals.onChange((change) => changes.push(change));
      await approvals.hold(held("a", "d"));
      await approvals.vote({ id: "a", user: "ann", verdict: "reject", at: NOW });
      expect(await approvals.get("a")).toMatchObject({ state: "rejected", request: "" });
      expect(changes).toEqual([{ id: "a", state: "rejected" }]);
      stop();
      await approvals.hold(held("b", "d"));
      await approvals.advance("b", "waiting", "withdrawn", NOW);
      expect(changes).toHaveLength(1);
    });
  });

  describe("an approval", () => {
    it("is found by its digest until it expires", async () => {
      const store = await open(createFolder());
      await approved(store, "a", "d");
      expect((await store.approvals.approvedFor("d", NOW)).map(({ id }) => id)).toEqual(["a"]);
      expect(await store.approvals.approvedFor("d", NOW + MINUTE)).toEqual([]);
      expect(await store.approvals.approvedFor("other", NOW)).toEqual([]);
    });

    it("is used once, by whichever action comes first", async () => {
      const store = await open(createFolder());
      await approved(store, "a", "d");
      const actions = Array.from({ length: 20 }, (_, at) => claim(`action-${at}`, ["a"]));
      const won = await Promise.all(actions.map((action) => store.reserve(action)));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await store.approvals.get("a")).toMatchObject({ state: "used", request: "" });
      expect(await store.approvals.approvedFor("d", NOW)).toEqual([]);
    });

    it("is not used after its time, nor before it was given", async () => {
      let now = NOW;
      const store = await open(createFolder(), () => now);
      await store.approvals.hold(held("a", "d"));
      expect(await store.reserve(claim("early", ["a"]))).toBe(false);
      await store.approvals.advance("a", "waiting", "approved", NOW);
      now = NOW + MINUTE;
      expect(await store.reserve(claim("late", ["a"]))).toBe(false);
      expect(await store.approvals.expire(now)).toEqual([{ id: "a", state: "expired" }]);
    });

    it("is claimed with everything else or not at all", async () => {
      const store = await open(createFolder());
      await approved(store, "a", "d1");
      await approved(store, "b", "d2");
      expect(await store.reserve(claim("x", ["a", "nobody"]))).toBe(false);
      expect((await store.approvals.get("a"))?.state).toBe("approved");
      expect(await store.reserve(claim("y", ["a", "b"]))).toBe(true);
    });

    it("comes back when its action was never forwarded, and not after that", async () => {
      const store = await open(createFolder());
      await approved(store, "a", "d");
      await store.reserve(claim("x", ["a"]));
      await store.release("x");
      expect(await store.approvals.approvedFor("d", NOW)).toHaveLength(1);
      await store.reserve(claim("y", ["a"]));
      await store.settle("y", null);
      await store.release("y");
      expect((await store.approvals.get("a"))?.state).toBe("used");
    });

    it("stays used when the process ends before it says what became of the action", async () => {
      const folder = createFolder();
      const store = await open(folder);
      await approved(store, "a", "d");
      await store.reserve(claim("x", ["a"]));
      await store.close();
      const later = await open(folder);
      await later.release("x");
      expect((await later.approvals.get("a"))?.state).toBe("used");
    });
  });

  describe("states", () => {
    const STATES = ["waiting", "approved", "used", "rejected", "expired", "withdrawn"] as const;
    const ENDED: readonly ApprovalState[] = ["used", "rejected", "expired", "withdrawn"];

    it("change only as the machine allows, whatever is tried in whichever order", async () => {
      const store = await open(createFolder());
      let count = 0;
      const steps = fc.array(
        fc.record({ from: fc.constantFrom(...STATES), to: fc.constantFrom(...STATES) }),
        { maxLength: 12 },
      );
      await fc.assert(
        fc.asyncProperty(steps, async (tried) => {
          count += 1;
          const id = `a${count}`;
          await store.approvals.hold(held(id, id));
          let state: ApprovalState = "waiting";
          for (const { from, to } of tried) {
            const possible =
              from === state &&
              ((from === "waiting" &&
                ["approved", "rejected", "expired", "withdrawn"].includes(to)) ||
                (from === "approved" &&
                  ["used", "rejected", "expired", "withdrawn"].includes(to)) ||
                (from === "used" && to === "approved"));
            expect(await store.approvals.advance(id, from, to, NOW)).toBe(possible);
            if (possible) state = to;
            expect((await store.approvals.get(id))?.state).toBe(state);
            if (ENDED.includes(state)) expect((await store.approvals.get(id))?.request).toBe("");
          }
        }),
        { numRuns: 40 },
      );
    });
  });
});

onEachBackend(({ createFolder, open }) => {
  describe("what people say besides", () => {
    it("is kept with the answer, and a rejection is found as long as it stands", async () => {
      const { approvals } = await open(createFolder());
      await approvals.hold(held("a", "d"));
      const note = '{"reason":"not today"}';
      await approvals.vote({ id: "a", user: "ann", verdict: "reject", at: NOW, note });
      const [rejected] = await approvals.rejectedFor("d", NOW);
      expect(rejected?.votes).toEqual([{ user: "ann", verdict: "reject", at: NOW, note }]);
      expect(await approvals.rejectedFor("d", NOW + MINUTE)).toEqual([]);
      expect(await approvals.rejectedFor("other", NOW)).toEqual([]);
    });

    it("asks for a look once, and is closed once", async () => {
      const { approvals } = await open(createFolder());
      await approvals.hold(held("a", "d"));
      expect(await approvals.followUp("a", "", "open")).toBe(true);
      expect((await approvals.followUps()).map(({ id }) => id)).toEqual(["a"]);
      const closed = await Promise.all(
        ["ann", "bob", "eve"].map((user) => approvals.followUp("a", "open", user)),
      );
      expect(closed.filter(Boolean)).toHaveLength(1);
      expect(await approvals.followUps()).toEqual([]);
    });

    it("makes another action of it as long as nobody has answered", async () => {
      const { approvals } = await open(createFolder());
      await approvals.hold(held("a", "d"));
      await approvals.hold(held("b", "taken"));
      const edit = { requirements: "[]", effects: "[]", request: "{}", origin: "d" };
      expect(await approvals.edit({ ...edit, id: "a", digest: "taken" })).toBe(false);
      expect(await approvals.edit({ ...edit, id: "b", digest: "x" })).toBe(false);
      expect(await approvals.edit({ ...edit, id: "a", digest: "e" })).toBe(true);
      expect(await approvals.edit({ ...edit, id: "a", digest: "f" })).toBe(false);
      expect(await approvals.editedFor("d", NOW)).toEqual([]);
      await approvals.vote({ id: "a", user: "ann", verdict: "approve", at: NOW });
      expect(await approvals.edit({ ...edit, id: "a", digest: "g", origin: "e" })).toBe(false);
      await approvals.advance("a", "waiting", "approved", NOW);
      expect((await approvals.editedFor("d", NOW)).map(({ digest }) => digest)).toEqual(["e"]);
      expect((await approvals.approvedFor("e", NOW)).map(({ id }) => id)).toEqual(["a"]);
      expect(await approvals.approvedFor("d", NOW)).toEqual([]);
    });

    it("lasts as a waiver until it ends, and is counted like a grant", async () => {
      const store = await open(createFolder());
      const waiver = { approval: "a", agent: "agent", terms: "{}", created: NOW };
      await store.waivers.add({ ...waiver, id: "waiver:1", expires: NOW + MINUTE });
      await store.waivers.add({ ...waiver, id: "waiver:2", agent: "other", expires: NOW + 1 });
      const ids = async (agent: string | null, now: number): Promise<readonly string[]> =>
        (await store.waivers.live(agent, now)).map(({ id }) => id);
      expect(await ids("agent", NOW)).toEqual(["waiver:1"]);
      expect(await ids(null, NOW)).toEqual(["waiver:1", "waiver:2"]);
      expect(await ids(null, NOW + 1)).toEqual(["waiver:1"]);
      await store.approvals.expire(NOW + 1);
      expect(await ids(null, NOW)).toEqual(["waiver:1"]);
      await store.limitGrant("waiver:1", 1);
      const claims = { approvals: [], grants: ["waiver:1"] };
      expect(await store.reserve({ ...claim("x", []), claims })).toBe(true);
      expect(await store.reserve({ ...claim("y", []), claims })).toBe(false);
    });
  });
});
