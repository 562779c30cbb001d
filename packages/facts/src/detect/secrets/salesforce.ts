import { ALNUM, TOKEN } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const salesforce: ProviderRule = {
  id: "secret.salesforce",
  kind: "secret",
  title: "Salesforce session",
  severity: "critical",
  formats: [["00D", run(ALNUM, 12, 15), "!", run(TOKEN, 80, 120)]],
};
