import type { Action, ActionSummary, Decision, Facts, IntentRecord, Reason } from "@bylaw/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LogUse, useCounter } from "../check/use.ts";
import { loadBundle } from "../load.ts";
import { splitPolicies } from "../split.ts";
import { proposedGrants } from "./proposal.ts";
import { reviewGrants } from "./review.ts";
import { type GrantSpec, grantText } from "./text.ts";

const NOW = Date.parse("2026-02-03T09:00:00Z");
const DAY_MS = 86_400_000;

const SPEC: GrantSpec = {
  id: "g",
  principal: { type: "Agent", id: "coder" },
  actions: ["delete"],
  resource: { type: "Table", id: "customers" },
  type: null,
  inside: null,
  tool: "db/drop",
  atMost: 10,
  owner: { type: "User", id: "maria" },
  expires: "2026-02-03T12:00:00Z",
  uses: 3,
  reason: "clean-up",
};

const load = (text: string) => loadBundle({ sources: [{ file: "g.cedar", text }] });

describe("the text of a grant", () => {
  it("says what was meant, and loads", async () => {
    const loaded = await load(grantText(SPEC));
    const grant = loaded.ok ? loaded.value.policies.get("g") : expect.fail("it loads");
    expect(grant).toMatchObject({
      effect: "permit",
      reason: "clean-up",
      grant: { owner: 'User::"maria"', expires: "2026-02-03T12:00:00.000Z", uses: 3 },
    });
  });

  it("is the same policy, whatever names and reasons hold", () => {
    const shape = (spec: GrantSpec) =>
      splitPolicies({ file: "g.cedar", text: grantText(spec) }).map(({ tokens }) =>
        tokens.map(({ text }) => (text.startsWith('"') ? "text" : text)),
      );
    const text = fc.string({
      unit: fc.constantFrom('"', "\\", ";", ")", "\n", "//", "@", "a", "\u{0}", "\u{202e}"),
    });
    fc.assert(
      fc.property(text, text, (id, reason) => {
        const spec = { ...SPEC, reason, resource: { type: "Table", id }, tool: id };
        expect(shape(spec)).toEqual(shape(SPEC));
      }),
    );
  });
});

function reason(code: string, effect: number | null, member: string | null): Reason {
  const who = member === null ? null : { type: "Agent", id: member };
  return { code, outcome: "block", policy: null, effect, member: who, text: code };
}

function effectOf(action: Action, id: string, atMost: number, known = true) {
  return { action, resource: { type: "Table", id }, atMost, known };
}

function refusal(
  reasons: readonly Reason[],
  effects: ActionSummary["effects"] = [effectOf("delete", "a", 7)],
) {
  const action = { upstream: "db", target: "drop", effects } as unknown as ActionSummary;
  return { action, decision: { reasons } as unknown as Decision };
}

describe("a proposal", () => {
  it("is for what was missing and nothing else", () => {
    const effects = [
      effectOf("delete", "a", 7),
      effectOf("update", "a", 7),
      effectOf("read", "b", 1),
    ];
    const reasons = [
      reason("default_deny", 0, "coder"),
      reason("default_deny", 1, "coder"),
      reason("grant.spent", 0, "coder/sub"),
    ];
    const shared = { resource: { type: "Table", id: "a" }, type: null, inside: null };
    expect(proposedGrants(refusal(reasons, effects))).toEqual({
      ok: true,
      value: [
        {
          ...shared,
          principal: { type: "Agent", id: "coder" },
          actions: ["delete", "update"],
          tool: "db/drop",
          atMost: 7,
        },
        {
          ...shared,
          principal: { type: "Agent", id: "coder/sub" },
          actions: ["delete"],
          tool: "db/drop",
          atMost: 7,
        },
      ],
    });
  });

  it("leaves the amount open where nobody knows it", () => {
    const proposed = proposedGrants(
      refusal([reason("default_deny", 0, "coder")], [effectOf("delete", "a", 9, false)]),
    );
    expect(proposed.ok && proposed.value[0]?.atMost).toBeNull();
  });

  it.each([
    [
      "proposal.forbidden",
      refusal([reason("default_deny", 0, "coder"), reason("policy.never", 0, "coder")]),
    ],
    ["proposal.forbidden", refusal([reason("approval.rejected", null, null)])],
    [
      "proposal.permitted",
      refusal([{ ...reason("policy.ask", 0, "coder"), outcome: "require_approval" }]),
    ],
    [
      "proposal.too_many",
      refusal(Array.from({ length: 64 }, () => reason("default_deny", 0, "coder"))),
    ],
    ["proposal.no_action", { ...refusal([reason("facts.error", null, null)]), action: null }],
  ])("is none: %s", (code, record) => {
    expect(proposedGrants(record)).toEqual({ ok: false, error: code });
  });
});

function used(at: string, action: Action, id = "g"): LogUse {
  const counter = useCounter();
  const summary = { ...effectOf(action, "customers", 1) };
  const reasons = [{ ...reason("policy.g", 0, "coder"), outcome: "allow", policy: id }];
  const record = { at, action: { effects: [summary] }, decision: { reasons } };
  const facts = { effects: [{ resource: { parents: [] } }] };
  counter.add(record as unknown as IntentRecord, facts as unknown as Facts);
  return counter.use();
}

const review = async (
  use: LogUse,
  parts: Partial<GrantSpec> = {},
  given = new Map<string, number>(),
) => {
  const text = `// why\n${grantText({ ...SPEC, ...parts })}`;
  const found = await reviewGrants({
    sources: [{ file: "g.cedar", text }],
    directory: [{ type: "User", id: "maria" }],
    now: NOW,
    use,
    given,
    unusedMs: 30 * DAY_MS,
  });
  return found.ok ? found.value : expect.fail("it loads");
};
const kinds = async (...given: Parameters<typeof review>) =>
  (await review(...given)).map(({ kind }) => kind);

describe("a review", () => {
  it("finds nothing in a grant that is used as it is", async () => {
    expect(await kinds(used("2026-02-01T00:00:00.000Z", "delete"))).toEqual([]);
  });

  it("finds what was not used for long, and spares what is new", async () => {
    const old = used("2025-12-01T00:00:00.000Z", "delete");
    expect(await kinds(old)).toEqual(["unused"]);
    const others = used("2025-12-01T00:00:00.000Z", "delete", "another");
    expect(await kinds(others)).toEqual(["unused"]);
    expect(await kinds(others, {}, new Map([["g", NOW - DAY_MS]]))).toEqual([]);
  });

  it("finds owners who are gone, grants that ended and grants without an end", async () => {
    const use = used("2026-02-01T00:00:00.000Z", "delete");
    expect(await kinds(use, { owner: { type: "User", id: "gone" } })).toEqual(["unowned"]);
    expect(await kinds(use, { expires: "2026-02-03T08:00:00Z" })).toEqual(["ended"]);
    expect(await kinds(use, { expires: null })).toEqual(["endless"]);
  });

  it("narrows what is wider than its use, and keeps annotations, conditions and comments", async () => {
    const [finding] = await review(used("2026-02-01T00:00:00.000Z", "delete"), {
      actions: ["delete", "update"],
    });
    expect(finding).toMatchObject({ kind: "wider" });
    const text = finding?.text ?? "";
    expect(text.startsWith("// why\n@id")).toBe(true);
    expect(text).toContain('action == Action::"delete"');
    expect(text).toContain("context.quantity.atMost <= 10");
    const [before, after] = [await load(grantText(SPEC)), await load(text)];
    const grantOf = (loaded: typeof after) => loaded.ok && loaded.value.policies.get("g")?.grant;
    expect(grantOf(after)).toEqual(grantOf(before));
  });
});
