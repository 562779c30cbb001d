import fc from "fast-check";
import { expect, it } from "vitest";
import { readLiteral } from "./literal.ts";

/** Backspace, form feed and carriage return are not kept apart from what they are written with. */
const text = fc.string({ unit: "binary" }).map((units) => units.replace(/[\b\f\r]/g, ""));
const value = fc.letrec((tie) => ({
  leaf: fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)),
  node: fc.oneof(
    { maxDepth: 4 },
    tie("leaf"),
    fc.array(tie("node"), { maxLength: 4 }),
    fc.dictionary(text, tie("node"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).node;

it("reads JSON as JSON is read", () => {
  fc.assert(
    fc.property(fc.array(value), (list) => {
      const written = JSON.stringify(list);
      expect(readLiteral(written)).toEqual(JSON.parse(written));
      expect(readLiteral(`${written} "`)).toBeUndefined();
    }),
  );
});

it("reads a text of many escapes in time that grows with it alone", () => {
  const long = `["${'\\"'.repeat(120_000)}", "${"\\n".repeat(120_000)}"]`;
  expect(readLiteral(long)).toEqual(['"'.repeat(120_000), "\n".repeat(120_000)]);
});
