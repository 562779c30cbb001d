import fc from "fast-check";
import type { Alphabet } from "../alphabets.ts";
import { isTokenBody } from "../evidence.ts";
import type { Format } from "../format.ts";
import { bodyOf } from "../secrets.ts";

/** Random tokens of a format: fixtures that are nobody's, and that no file of ours has to hold. */
export function tokenOf(format: Format): fc.Arbitrary<string> {
  const parts = format.map((part) => {
    if (typeof part === "string") return fc.constant(part);
    // A run may be told from a longer one only by its neighbour, so samples stay below the most.
    const length = { minLength: part.min, maxLength: Math.min(part.max, part.min + 40) };
    return fc.string({ unit: fc.constantFrom(...charactersOf(part.of)), ...length });
  });
  return fc
    .tuple(...parts)
    .map((texts) => texts.join(""))
    .filter((token) => isTokenBody(bodyOf(format, token)));
}

function charactersOf(of: Alphabet): readonly string[] {
  return [...of.keys()].filter((code) => of[code] === 1).map((code) => String.fromCharCode(code));
}
