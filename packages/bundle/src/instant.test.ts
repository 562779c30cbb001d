import fc from "fast-check";
import { expect, test } from "vitest";
import { instantOf, isInstant } from "./instant.ts";

test("is an instant what is the text of one", () => {
  const digits = (length: number, most: number): fc.Arbitrary<string> =>
    fc.integer({ min: 0, max: most }).map((n) => String(n).padStart(length, "0"));
  const year = fc.oneof(digits(4, 9_999), fc.constantFrom("1900", "2000", "2024", "0000", "2100"));
  const day = fc.oneof(digits(2, 33), fc.constantFrom("28", "29", "30", "31"));
  const date = fc.tuple(year, fc.oneof(digits(2, 13), fc.constant("02")), day);
  const time = fc.tuple(digits(2, 25), digits(2, 61), digits(2, 61));
  const end = fc.constantFrom("Z", ".000Z", ".999Z", "", ".1Z", "+00:00");
  let known = 0;
  fc.assert(
    fc.property(date, time, end, (ymd, hms, last) => {
      const text = `${ymd.join("-")}T${hms.join(":")}${last}`;
      expect([text, isInstant(text)]).toEqual([text, instantOf(text) !== null]);
      if (isInstant(text)) known += 1;
    }),
    { numRuns: 5_000 },
  );
  expect(known).toBeGreaterThan(1_000);
});
