import { UUID } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const persona: ProviderRule = {
  id: "secret.persona",
  kind: "secret",
  title: "Persona API key",
  severity: "high",
  formats: [
    ["persona_production_", run(UUID, 36)],
    ["persona_sandbox_", run(UUID, 36)],
  ],
};
