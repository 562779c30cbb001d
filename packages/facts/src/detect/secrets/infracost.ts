import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const infracost: ProviderRule = {
  id: "secret.infracost",
  kind: "secret",
  title: "Infracost API key",
  severity: "medium",
  formats: [["ico-", run(ALNUM, 32)]],
};
