import { LOWER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const cerebras: ProviderRule = {
  id: "secret.cerebras",
  kind: "secret",
  title: "Cerebras API key",
  severity: "high",
  formats: [["csk-", run(LOWER, 40, 60)]],
};
