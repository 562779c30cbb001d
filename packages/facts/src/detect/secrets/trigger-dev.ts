import { ALNUM, LOWER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const triggerDev: ProviderRule = {
  id: "secret.trigger-dev",
  kind: "secret",
  title: "Trigger.dev key",
  severity: "high",
  formats: [
    ["tr_prod_", run(ALNUM, 20, 30)],
    ["tr_dev_", run(ALNUM, 20, 30)],
    ["tr_pat_", run(LOWER, 40)],
  ],
};
