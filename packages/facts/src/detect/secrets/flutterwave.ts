import { LOWER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const flutterwave: ProviderRule = {
  id: "secret.flutterwave",
  kind: "secret",
  title: "Flutterwave key",
  severity: "critical",
  formats: [
    ["FLWSECK_TEST-", run(LOWER, 12)],
    ["FLWSECK_TEST-", run(LOWER, 32), "-X"],
    ["FLWSECK-", run(LOWER, 32, 48), "-X"],
    ["FLWPUBK_TEST-", run(LOWER, 32), "-X"],
    ["FLWPUBK-", run(LOWER, 32, 48), "-X"],
  ],
};
