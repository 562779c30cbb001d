import { HEX, LOWER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const braintree: ProviderRule = {
  id: "secret.braintree",
  kind: "secret",
  title: "Braintree access token",
  severity: "critical",
  formats: [
    ["access_token$production$", run(LOWER, 16), "$", run(HEX, 32)],
    ["access_token$sandbox$", run(LOWER, 16), "$", run(HEX, 32)],
  ],
};
