import { ALNUM, BASE64, HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const grafana: ProviderRule = {
  id: "secret.grafana",
  kind: "secret",
  title: "Grafana token",
  severity: "critical",
  formats: [
    ["glc_", run(BASE64, 32, 400)],
    ["glsa_", run(ALNUM, 32), "_", run(HEX, 8)],
    ["eyJrIjoi", run(BASE64, 70, 400)],
  ],
};
