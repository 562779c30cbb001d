import type { Effect, JsonObject } from "@bylaw/core";
import type { Analysis } from "../analyze.ts";
import { findingsOf } from "../detect/arguments.ts";
import type { Provenance } from "./session.ts";

/**
 * The analysis with every effect saying where its target and its content came from. In: the arguments
 * that were analysed; credentials in them that stand where the request leads them are no content.
 */
export function withProvenance(
  analysis: Analysis,
  provenance: Provenance,
  args: JsonObject,
): Analysis {
  const { origin, findings } = provenance;
  const dropped = inPlaceOnly(args, provenance) ? findingsOf(args) : [];
  const effects = analysis.effects.map(
    (effect): Effect => ({
      ...effect,
      origin,
      findings: [
        ...new Set([...effect.findings.filter((one) => !dropped.includes(one)), ...findings]),
      ],
    }),
  );
  return { ...analysis, effects };
}

/** Where nobody's words are known, nothing leads anywhere. */
function inPlaceOnly(args: JsonObject, { task, placed }: Provenance): boolean {
  if (!task.declared || placed.length === 0) return false;
  const rest = Object.entries(args).filter(([name]) => !placed.includes(name));
  return findingsOf(Object.fromEntries(rest)).length === 0;
}
