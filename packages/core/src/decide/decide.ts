import type { Bundle } from "../bundle.ts";
import type { Decision } from "../decision.ts";
import type { Facts } from "../facts.ts";

export function decide(bundle: Bundle, facts: Facts): Decision {
  throw new Error(`not built yet: ${bundle.digest} ${facts.digest}`);
}
