import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const xai: ProviderRule = {
  id: "secret.xai",
  kind: "secret",
  title: "xAI API key",
  severity: "high",
  formats: [["xai-", run(ALNUM, 70, 90)]],
};
