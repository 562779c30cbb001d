import fc from "fast-check";
import { expect, it } from "vitest";
import { detached } from "./detached.ts";

it("a detached text is the same text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat(20), (text, at) => {
      const cut = `${text}\ud83d`.slice(at);
      expect(detached(cut)).toBe(cut);
    }),
  );
});
