import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const roboflow: ProviderRule = {
  id: "secret.roboflow",
  kind: "secret",
  title: "Roboflow key",
  severity: "high",
  formats: [["rf_", run(ALNUM, 20, 40)]],
};
