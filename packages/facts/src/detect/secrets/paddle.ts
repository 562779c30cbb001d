import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const paddle: ProviderRule = {
  id: "secret.paddle",
  kind: "secret",
  title: "Paddle API key",
  severity: "critical",
  formats: [
    ["pdl_live_apikey_", run(BASE64URL, 40, 80)],
    ["pdl_sdbx_apikey_", run(BASE64URL, 40, 80)],
  ],
};
