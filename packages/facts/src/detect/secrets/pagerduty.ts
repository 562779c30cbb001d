import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const pagerduty: ProviderRule = {
  id: "secret.pagerduty",
  kind: "secret",
  title: "PagerDuty key",
  severity: "high",
  formats: [
    ["pdus+_", run(BASE64URL, 20, 60)],
    ["pdeu+_", run(BASE64URL, 20, 60)],
  ],
};
