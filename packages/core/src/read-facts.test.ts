import { expect, test } from "vitest";
import { approvalOf, factsOf } from "../testdata/decide.ts";
import { readFacts } from "./read-facts.ts";

const PLAIN = `sha256:${"0".repeat(64)}`;
const KEYED = `hmac-${PLAIN}`;

const whole = factsOf({
  digest: KEYED,
  arguments: {
    digest: KEYED,
    text: { a: "b" },
    number: { c: -1 },
    list: { d: ["e", "e"] },
    complete: true,
  },
  approvals: [approvalOf({ digest: KEYED, policies: [{ id: "hold", digest: PLAIN }] })],
  grants: { g: { uses: 1, revoked: false } },
});
const shield = {
  asked: PLAIN,
  complete: true,
  matches: [{ kind: "tool.equals", value: "x", scope: "mcp", effect: null, certain: true }],
};

test("facts as they are recorded are read, with and without SHIELD conditions", () => {
  expect(readFacts(whole)).toEqual({ ok: true, value: whole });
  const asked = { ...whole, shield };
  expect(readFacts(asked)).toEqual({ ok: true, value: asked });
});

test("what is no object at all has no place of its own", () => {
  expect(readFacts(null)).toEqual({ ok: false, error: "facts" });
});

test.each<[string, object]>([
  ["now", { now: "today" }],
  ["digest", { digest: PLAIN }],
  ['arguments.number["c"]', { arguments: { ...whole.arguments, number: { c: 0.5 } } }],
  ["chain", { chain: [] }],
  [
    "effects[0].resource.attrs",
    { effects: [{ ...whole.effects[0], resource: { ...whole.effects[0]?.resource, attrs: [] } }] },
  ],
  ['grants["g"].uses', { grants: { g: { uses: -1, revoked: false } } }],
  [
    "shield.matches[0].kind",
    { shield: { ...shield, matches: [{ ...shield.matches[0], kind: "any" }] } },
  ],
  ["shield", { shield: null }],
  ['["more"]', { more: 1 }],
])("the first problem is named: %s", (error, parts) => {
  expect(readFacts({ ...whole, ...parts })).toEqual({ ok: false, error });
});
