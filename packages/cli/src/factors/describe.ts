import type { FactorStatus } from "@bylaw/server";

/** One line for `bylaw up` and `bylaw status`. */
export function describeFactors({ enrolled, tokenAlone }: FactorStatus): string {
  const people = enrolled === 1 ? "1 person has one" : `${enrolled} people have one`;
  if (!tokenAlone)
    return enrolled === 0 ? "nobody has one, so nobody can approve: bylaw person enrol" : people;
  return enrolled === 0
    ? "NONE: whoever can read the data folder can approve; see: bylaw person enrol passphrase"
    : `${people}, and others NEED NONE (\`factors.required: per_person\`)`;
}
