import { decide } from "@bylaw/core";
import { expect, test } from "vitest";
import { type DecisionCase, factsOfCase, failureOf } from "./cases.ts";
import { loadBundle } from "./load.ts";

const loaded = await loadBundle({
  sources: [{ file: "p.cedar", text: '@id("p") permit (principal, action, resource);' }],
});
if (!loaded.ok) throw new Error("does not load");
const bundle = loaded.value;
const plain: DecisionCase = { name: "x", do: "read Table::t", expect: "allow", because: ["p"] };

test("a case that is met has no failure, any other says what came instead", () => {
  const decision = decide(bundle, factsOfCase(bundle, plain));
  expect(failureOf(plain, decision)).toBeNull();
  expect(failureOf({ ...plain, because: [] }, decision)).not.toBeNull();
  expect(failureOf({ ...plain, because: ["p", "q"] }, decision)).not.toBeNull();
  expect(failureOf({ ...plain, expect: "log" }, decision)).not.toBeNull();
});

test("a case that means nothing is an error", () => {
  const broken: Partial<Record<string, unknown>>[] = [
    { quanity: 3 },
    { quantity: null },
    { do: "" },
    { do: "read" },
    { do: "read t" },
    { in: ["production"] },
    { approved: [{ policies: ["nothing"], by: {} }] },
    { approved: [{ policy: "p", by: {} }] },
    { chain: ["maria"] },
  ];
  for (const parts of broken) expect(() => factsOfCase(bundle, { ...plain, ...parts })).toThrow();
});
