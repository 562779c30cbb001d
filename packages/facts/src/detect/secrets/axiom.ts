import { UUID } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const axiom: ProviderRule = {
  id: "secret.axiom",
  kind: "secret",
  title: "Axiom token",
  severity: "high",
  formats: [
    ["xaat-", run(UUID, 36)],
    ["xapt-", run(UUID, 36)],
  ],
};
