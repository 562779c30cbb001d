import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const sourcegraph: ProviderRule = {
  id: "secret.sourcegraph",
  kind: "secret",
  title: "Sourcegraph token",
  severity: "critical",
  formats: [
    ["sgp_", run(HEX, 40)],
    ["sgp_", run(HEX, 16), "_", run(HEX, 40)],
    ["sgp_local_", run(HEX, 40)],
    ["sgd_", run(HEX, 64)],
    ["slk_", run(HEX, 64)],
    ["sgph_", run(HEX, 64)],
  ],
};
