import { expect, test } from "vitest";
import { bundleOf, factsOf } from "../testdata/decide.ts";
import { decide } from "./decide/decide.ts";
import { deciding, refused } from "./record.ts";
import { canonicalTime } from "./time.ts";
import { OUTCOMES } from "./vocabulary.ts";

test("the first reason is the deciding one, and a decision without any is a bug", () => {
  const decision = decide(bundleOf([]), factsOf());
  expect(deciding(decision)).toBe(decision.reasons[0]);
  expect(() => deciding({ ...decision, reasons: [] })).toThrow("always carries a reason");
});

test("what blocks or waits for a person is refused", () => {
  expect(OUTCOMES.filter(refused)).toEqual(["block", "require_approval"]);
});

test("canonical time has milliseconds and UTC", () => {
  expect(canonicalTime(0)).toBe("1970-01-01T00:00:00.000Z");
});
