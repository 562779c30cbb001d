import { BASE64URL, LOWER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const anthropic: ProviderRule = {
  id: "secret.anthropic",
  kind: "secret",
  title: "Anthropic API key",
  severity: "critical",
  formats: [["sk-ant-", run(LOWER, 5, 7), "-", run(BASE64URL, 60, 160)]],
};
