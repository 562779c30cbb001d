import { decide } from "@bylaw/core";
import { expect, test } from "vitest";
import { type DecisionCase, factsOfCase, namesOf } from "./cases.ts";
import { loadBundle } from "./load.ts";

/**
 * Deny rules that another engine's simple matcher read as false and let through. Here each of them
 * either decides as it reads or does not load.
 */
const PERMIT = '@id("all") permit (principal, action, resource);';

async function judge(policy: string, given: Partial<DecisionCase>, first = PERMIT) {
  const text = `${first}\n${policy}`;
  const loaded = await loadBundle({ sources: [{ file: "p.cedar", text }] });
  if (!loaded.ok) return loaded.error.map(({ code }) => code);
  const whole = { name: "x", expect: "block" as const, because: [], do: "update Table::t" };
  const decision = decide(loaded.value, factsOfCase(loaded.value, { ...whole, ...given }));
  return [decision.outcome, ...namesOf(decision)];
}

function deny(condition: string, annotations = ""): string {
  return `@id("deny") ${annotations} forbid (principal, action, resource) when { ${condition} };`;
}

test("parentheses around alternatives", async () => {
  const policy = deny(
    '(resource in Environment::"production" || resource in Environment::"staging") && context.quantity.atMost > 10',
  );
  const given = { in: ["Environment::staging"], quantity: 11 };
  expect(await judge(policy, given)).toEqual(["block", "deny"]);
});

test("one equals sign for two", async () => {
  expect(await judge(deny('context.session.id = "x"'), {})).toEqual(["policy.syntax"]);
});

test("a word for an operator", async () => {
  expect(await judge(deny("not context.reversible"), {})).toEqual(["policy.syntax"]);
});

test("a negative number", async () => {
  const policy = deny('context.args.number.hasTag("d") && context.args.number.getTag("d") < -5');
  expect(await judge(policy, { args: { number: { d: -6 } } })).toEqual(["block", "deny"]);
});

test("a hyphen in a path", async () => {
  expect(await judge(deny('context.tool-args.env == "x"'), {})).toEqual(["policy.syntax"]);
  const policy = deny(
    'context.args.text.hasTag("tool-args.env") && context.args.text.getTag("tool-args.env") == "x"',
  );
  const args = { text: { "tool-args.env": "x" } };
  expect(await judge(policy, { args })).toEqual(["block", "deny"]);
});

test("a quote inside a text", async () => {
  const policy = deny('context.session.id == "it\'s \\"x\\""');
  expect(await judge(policy, { session: { id: 'it\'s "x"' } })).toEqual(["block", "deny"]);
});

test("membership of a set in a list", async () => {
  const policy = deny('context.session.labels in [Label::"secret"]');
  expect(await judge(policy, {})).toEqual(["policy.invalid"]);
});

test("nothing where a limit expects a number", async () => {
  const limit =
    '@id("few") permit (principal, action, resource) when { context.quantity.atMost <= 9 };';
  const loaded = await loadBundle({ sources: [{ file: "p.cedar", text: limit }] });
  if (!loaded.ok) throw new Error("does not load");
  const given = { name: "x", expect: "block", because: [], do: "update Table::t" } as const;
  const facts = factsOfCase(loaded.value, given);
  const quantity = { atMost: null as unknown as number, known: true };
  const effects = facts.effects.map((effect) => ({ ...effect, quantity }));
  expect(namesOf(decide(loaded.value, { ...facts, effects }))).toEqual(["facts.invalid"]);
  expect(await judge("", { quantity: "unknown" }, limit)).toEqual(["block", "default_deny"]);
});

test("an allow that comes first, or last, beside a deny", async () => {
  expect(await judge(deny("true"), {})).toEqual(["block", "deny"]);
  expect(await judge(PERMIT, {}, deny("true"))).toEqual(["block", "deny"]);
});

test("an allow that comes first, or last, beside a hold", async () => {
  const hold = deny("true", '@decision("require_approval") @approvers("on-behalf-of")');
  expect(await judge(hold, {})).toEqual(["require_approval", "deny"]);
  expect(await judge(PERMIT, {}, hold)).toEqual(["require_approval", "deny"]);
});
