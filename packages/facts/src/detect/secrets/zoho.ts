import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const zoho: ProviderRule = {
  id: "secret.zoho",
  kind: "secret",
  title: "Zoho OAuth token",
  severity: "high",
  formats: [["1000.", run(HEX, 32), ".", run(HEX, 32)]],
};
