import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const openrouter: ProviderRule = {
  id: "secret.openrouter",
  kind: "secret",
  title: "OpenRouter API key",
  severity: "high",
  formats: [["sk-or-v1-", run(HEX, 64)]],
};
