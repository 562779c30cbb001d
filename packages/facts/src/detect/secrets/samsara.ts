import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const samsara: ProviderRule = {
  id: "secret.samsara",
  kind: "secret",
  title: "Samsara API token",
  severity: "high",
  formats: [["samsara_api_", run(ALNUM, 30)]],
};
