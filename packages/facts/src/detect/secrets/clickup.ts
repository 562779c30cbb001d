import { DIGIT, UPPER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const clickup: ProviderRule = {
  id: "secret.clickup",
  kind: "secret",
  title: "ClickUp personal token",
  severity: "high",
  formats: [["pk_", run(DIGIT, 5, 12), "_", run(UPPER, 32)]],
};
