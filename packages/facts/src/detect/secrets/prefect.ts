import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const prefect: ProviderRule = {
  id: "secret.prefect",
  kind: "secret",
  title: "Prefect API key",
  severity: "high",
  formats: [
    ["pnu_", run(ALNUM, 36)],
    ["pnb_", run(ALNUM, 36)],
  ],
};
