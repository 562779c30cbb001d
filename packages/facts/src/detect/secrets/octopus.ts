import { UPPER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const octopus: ProviderRule = {
  id: "secret.octopus",
  kind: "secret",
  title: "Octopus Deploy API key",
  severity: "critical",
  formats: [["API-", run(UPPER, 25, 29)]],
};
