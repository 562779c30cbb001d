import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const dbt: ProviderRule = {
  id: "secret.dbt",
  kind: "secret",
  title: "dbt Cloud token",
  severity: "high",
  formats: [
    ["dbtu_", run(BASE64URL, 36, 60)],
    ["dbtc_", run(BASE64URL, 36, 60)],
  ],
};
