import { LOWER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const readme: ProviderRule = {
  id: "secret.readme",
  kind: "secret",
  title: "ReadMe API key",
  severity: "medium",
  formats: [["rdme_", run(LOWER, 70)]],
};
