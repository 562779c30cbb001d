import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const linear: ProviderRule = {
  id: "secret.linear",
  kind: "secret",
  title: "Linear token",
  severity: "high",
  formats: [
    ["lin_api_", run(ALNUM, 40)],
    ["lin_oauth_", run(ALNUM, 40, 64)],
    ["lin_wh_", run(ALNUM, 40)],
  ],
};
