import { type Bundle, canonicalize, decide, type Json } from "@bylaw/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyCase } from "../testdata/any-case.ts";
import { factsOfCase, namesOf } from "./cases.ts";
import { loadCedar } from "./cedar.ts";
import { renderError } from "./errors.ts";
import { loadBundle } from "./load.ts";
import { modelOf } from "./model.ts";
import { PACKS, readPack } from "./packs.ts";
import { NO_ADDITIONS, schemaText } from "./schema.ts";

const model = modelOf(await loadCedar(), schemaText(NO_ADDITIONS));

async function everything(engine: "compiled" | "oracle"): Promise<Bundle> {
  const loaded = await loadBundle({ sources: await Promise.all(PACKS.map(readPack)), engine });
  if (!loaded.ok) throw new Error(loaded.error.map(renderError).join("\n"));
  return loaded.value;
}

const compiled = await everything("compiled");
const oracle = await everything("oracle");

test("both engines decide alike, whatever happens", () => {
  const outcomes = new Set<string>();
  const determining = new Set<string>();
  fc.assert(
    fc.property(anyCase(model, compiled.policies), (given) => {
      const facts = factsOfCase(compiled, given);
      const decision = decide(compiled, facts);
      const judged = decide(oracle, facts);
      expect(canonicalize(decision as unknown as Json)).toBe(
        canonicalize(judged as unknown as Json),
      );
      expect(namesOf(decision)).not.toContain("facts.invalid");
      outcomes.add(decision.outcome);
      for (const { policy } of decision.reasons) if (policy !== null) determining.add(policy);
    }),
    { numRuns: 150 },
  );
  expect(outcomes.size).toBeGreaterThan(1);
  expect(determining.size).toBeGreaterThan(25);
}, 30_000);
