import type { StoredFactor } from "@bylaw/store";
import type { Config } from "../config/config.ts";

/** Whether a person who says it is this one has to prove it, given everybody's factors. */
export function isNeeded(
  { factors: { required } }: Pick<Config, "factors">,
  all: readonly StoredFactor[],
  person: string,
): boolean {
  if (required === "always") return true;
  return required === "once_enrolled"
    ? all.length > 0
    : all.some((factor) => factor.person === person);
}
