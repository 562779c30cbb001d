import { ALNUM, HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const brevo: ProviderRule = {
  id: "secret.brevo",
  kind: "secret",
  title: "Brevo API key",
  severity: "high",
  formats: [
    ["xkeysib-", run(HEX, 64), "-", run(ALNUM, 16)],
    ["xsmtpsib-", run(HEX, 64), "-", run(ALNUM, 16)],
  ],
};
