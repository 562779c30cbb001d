import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const statsig: ProviderRule = {
  id: "secret.statsig",
  kind: "secret",
  title: "Statsig server secret",
  severity: "high",
  formats: [["secret-", run(ALNUM, 40, 60)]],
};
