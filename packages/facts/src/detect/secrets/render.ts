import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const render: ProviderRule = {
  id: "secret.render",
  kind: "secret",
  title: "Render API key",
  severity: "high",
  formats: [["rnd_", run(ALNUM, 28, 40)]],
};
