import type { Effect } from "@bylaw/core";
import type { Analysis } from "../analyze.ts";
import type { Provenance } from "./session.ts";

/** The analysis with every effect saying where its target and its content came from. */
export function withProvenance(analysis: Analysis, provenance: Provenance): Analysis {
  const { origin, findings } = provenance;
  const effects = analysis.effects.map(
    (effect): Effect => ({
      ...effect,
      origin,
      findings: [...new Set([...effect.findings, ...findings])],
    }),
  );
  return { ...analysis, effects };
}
