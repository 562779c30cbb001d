import { uuid } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const langfuse: ProviderRule = {
  id: "secret.langfuse",
  kind: "secret",
  title: "Langfuse secret key",
  severity: "high",
  formats: [["sk-lf-", ...uuid()]],
};
