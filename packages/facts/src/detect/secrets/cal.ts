import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const cal: ProviderRule = {
  id: "secret.cal",
  kind: "secret",
  title: "Cal.com API key",
  severity: "high",
  formats: [["cal_live_", run(HEX, 32)]],
};
