import type { Approval, Decision, Facts, Requirement } from "@bylaw/core";
import { beforeEach, describe, expect, it } from "vitest";
import { createHanded, type Handed } from "./handed.ts";

const yes: Approval = {
  id: "apr_1",
  digest: "at-hook",
  policies: [{ id: "ask", digest: "text" }],
  votes: [{ user: "dana", groups: [] }],
  expires: "2030-01-01T00:00:00.000Z",
};

/** What is looked at of facts: where the action came in, what it does, and who said yes. */
function facts(gateway: string, rows: number, approvals: readonly Approval[] = []): Facts {
  const effects = [{ action: "delete", quantity: { atMost: rows, known: true } }];
  return { action: { gateway }, digest: "at-hook", effects, approvals } as unknown as Facts;
}

function decision(claimed: readonly string[], ...wanted: readonly (readonly [string, string])[]) {
  const requirements = wanted.map(([policy, digest]) => ({ policy, digest }) as Requirement);
  return { requirements, claims: { approvals: claimed, grants: [] } } as unknown as Decision;
}

const ASKS = decision([], ["ask", "text"]);
const HANDED = { approvals: ["apr_1"], users: ["dana"] };

let now: number;
let handed: Handed;
beforeEach(() => {
  now = 1_000;
  handed = createHanded(() => now);
});

describe("a yes that is handed on", () => {
  it("answers the same call once", () => {
    handed.passed(facts("hook", 3, [yes]), decision(["apr_1"]));
    expect(handed.take("other", facts("mcp", 3), ASKS)).toBeNull();
    expect(handed.take("at-hook", facts("mcp", 3), ASKS)).toEqual(HANDED);
    expect(handed.take("at-hook", facts("mcp", 3), ASKS)).toBeNull();
  });

  it.each<[string, () => void, Facts, Decision]>([
    ["whose time has passed", () => void (now += 60_000), facts("mcp", 3), ASKS],
    ["with other effects", () => undefined, facts("mcp", 4), ASKS],
    [
      "that another policy asks about too",
      () => undefined,
      facts("mcp", 3),
      decision([], ["ask", "text"], ["more", "text"]),
    ],
    [
      "that the policy asks about in a later text",
      () => undefined,
      facts("mcp", 3),
      decision([], ["ask", "later"]),
    ],
  ])("does not answer one %s", (_what, happens, at, wants) => {
    handed.passed(facts("hook", 3, [yes]), decision(["apr_1"]));
    happens();
    expect(handed.take("at-hook", at, wants)).toBeNull();
  });

  it.each<[string, Facts, Decision]>([
    ["did not come from a hook", facts("sdk", 3, [yes]), decision(["apr_1"])],
    ["rested on no approval", facts("hook", 3, [yes]), decision([])],
    [
      "rested on a broken glass",
      facts("hook", 3, [{ ...yes, override: "rita" }]),
      decision(["apr_1"]),
    ],
  ])("is none where the action %s", (_what, passed, made) => {
    handed.passed(passed, made);
    expect(handed.take("at-hook", facts("mcp", 3), ASKS)).toBeNull();
  });

  it("is forgotten when too many are on their way", () => {
    handed.passed(facts("hook", 3, [yes]), decision(["apr_1"]));
    for (let count = 0; count < 256; count += 1) {
      const other = { ...facts("hook", 3, [yes]), digest: `other-${count}` };
      handed.passed(other, decision(["apr_1"]));
    }
    expect(handed.take("at-hook", facts("mcp", 3), ASKS)).toBeNull();
    expect(handed.take("other-255", facts("mcp", 3), ASKS)).toEqual(HANDED);
  });
});
