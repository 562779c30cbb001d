import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const pulumi: ProviderRule = {
  id: "secret.pulumi",
  kind: "secret",
  title: "Pulumi access token",
  severity: "critical",
  formats: [["pul-", run(HEX, 40)]],
};
