import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const klaviyo: ProviderRule = {
  id: "secret.klaviyo",
  kind: "secret",
  title: "Klaviyo private key",
  severity: "high",
  formats: [["pk_", run(HEX, 34)]],
};
