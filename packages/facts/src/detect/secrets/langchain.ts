import { HEX, UUID } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const langchain: ProviderRule = {
  id: "secret.langchain",
  kind: "secret",
  title: "LangSmith or Langfuse key",
  severity: "high",
  formats: [
    ["lsv2_pt_", run(HEX, 32), "_", run(HEX, 10)],
    ["lsv2_sk_", run(HEX, 32), "_", run(HEX, 10)],
    ["sk-lf-", run(UUID, 36)],
  ],
};
