import { ALNUM, BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const datadog: ProviderRule = {
  id: "secret.datadog",
  kind: "secret",
  title: "Datadog application key",
  severity: "critical",
  formats: [
    ["ddapp_", run(ALNUM, 34)],
    ["ddpat_", run(BASE64URL, 30, 60)],
  ],
};
