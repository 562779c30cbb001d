import type { Halt } from "@bylaw/core";
import { visible } from "./visible.ts";

/** What a halt is about, in words. */
export function haltedWhat({ scope, subject }: Pick<Halt, "scope" | "subject">): string {
  return visible(scope === "all" ? "everything" : `${scope} ${subject}`);
}

/** One line about a halt in force. */
export function describeHalt(halt: Halt): string {
  return visible(`${haltedWhat(halt)}: by ${halt.by} at ${halt.at}: ${halt.reason}`);
}
