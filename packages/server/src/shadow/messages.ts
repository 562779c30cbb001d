import type { Facts } from "@bylaw/core";
import type { RulesContent } from "../host/rules.ts";

/** Bundles that the oracle keeps loaded; both sides forget the one that was sent first. */
export const LOADED_MAX = 4;

/** To the oracle's process. Policies come once, before the first decision that rests on them. */
export type ToOracle =
  | { readonly kind: "policies"; readonly digest: string; readonly content: RulesContent }
  | {
      readonly kind: "judge";
      readonly id: number;
      /** Digest of the bundle that decided. */
      readonly digest: string;
      readonly facts: Facts;
    };

/** From the oracle's process. */
export interface FromOracle {
  readonly id: number;
  /** Canonical JSON of the decision that Cedar's own evaluator comes to; null when it came to none. */
  readonly decision: string | null;
}
