import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const huggingface: ProviderRule = {
  id: "secret.huggingface",
  kind: "secret",
  title: "Hugging Face token",
  severity: "critical",
  formats: [
    ["hf_", run(ALNUM, 34)],
    ["api_org_", run(ALNUM, 34)],
  ],
};
