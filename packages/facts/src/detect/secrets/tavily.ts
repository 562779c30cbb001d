import { ALNUM, BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const tavily: ProviderRule = {
  id: "secret.tavily",
  kind: "secret",
  title: "Tavily API key",
  severity: "high",
  formats: [
    ["tvly-", run(ALNUM, 32)],
    ["tvly-dev-", run(BASE64URL, 32, 60)],
    ["tvly-prod-", run(BASE64URL, 32, 60)],
  ],
};
