import { BASE64URL, DIGIT, HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const mailchimp: ProviderRule = {
  id: "secret.mailchimp",
  kind: "secret",
  title: "Mailchimp API key",
  severity: "high",
  formats: [
    [run(HEX, 32), "-us", run(DIGIT, 1, 2)],
    ["md-", run(BASE64URL, 22)],
  ],
};
