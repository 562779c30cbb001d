import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const voyage: ProviderRule = {
  id: "secret.voyage",
  kind: "secret",
  title: "Voyage AI key",
  severity: "high",
  formats: [["pa-", run(BASE64URL, 43)]],
};
