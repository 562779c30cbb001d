import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const ionic: ProviderRule = {
  id: "secret.ionic",
  kind: "secret",
  title: "Ionic token",
  severity: "high",
  formats: [["ion_", run(ALNUM, 42)]],
};
