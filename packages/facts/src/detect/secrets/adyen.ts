import { ALNUM, BASE64 } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const adyen: ProviderRule = {
  id: "secret.adyen",
  kind: "secret",
  title: "Adyen API key",
  severity: "critical",
  formats: [["AQE", run(ALNUM, 15, 40), ".", run(BASE64, 80, 200)]],
};
