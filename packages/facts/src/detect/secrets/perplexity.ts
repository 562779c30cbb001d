import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const perplexity: ProviderRule = {
  id: "secret.perplexity",
  kind: "secret",
  title: "Perplexity API key",
  severity: "high",
  formats: [["pplx-", run(ALNUM, 48, 56)]],
};
