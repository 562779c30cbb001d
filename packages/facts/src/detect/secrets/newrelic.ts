import { ALNUM, BASE64URL, HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const newrelic: ProviderRule = {
  id: "secret.newrelic",
  kind: "secret",
  title: "New Relic key",
  severity: "high",
  formats: [
    ["NRAK-", run(ALNUM, 27)],
    ["NRJS-", run(HEX, 19)],
    ["NRII-", run(BASE64URL, 32)],
    ["NRIQ-", run(BASE64URL, 32)],
    ["NRRA-", run(HEX, 42)],
    ["NRSP-", run(ALNUM, 27)],
    [run(HEX, 36), "NRAL"],
  ],
};
