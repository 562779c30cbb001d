import { expect, test } from "vitest";
import { readFacts } from "./read-facts.ts";

test("what is no object at all has no place of its own", () => {
  expect(readFacts(null)).toEqual({ ok: false, error: "facts" });
});

test("the first problem is named", () => {
  expect(readFacts({ version: 1, now: "today" })).toEqual({ ok: false, error: "now" });
});
