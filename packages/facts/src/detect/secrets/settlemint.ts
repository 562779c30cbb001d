import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const settlemint: ProviderRule = {
  id: "secret.settlemint",
  kind: "secret",
  title: "SettleMint token",
  severity: "high",
  formats: [
    ["sm_pat_", run(ALNUM, 16)],
    ["sm_sat_", run(ALNUM, 16)],
    ["sm_aat_", run(ALNUM, 16)],
  ],
};
