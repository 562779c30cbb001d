import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const firecrawl: ProviderRule = {
  id: "secret.firecrawl",
  kind: "secret",
  title: "Firecrawl API key",
  severity: "high",
  formats: [["fc-", run(HEX, 32)]],
};
