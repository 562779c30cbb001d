import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const shippo: ProviderRule = {
  id: "secret.shippo",
  kind: "secret",
  title: "Shippo token",
  severity: "high",
  formats: [
    ["shippo_live_", run(HEX, 40)],
    ["shippo_test_", run(HEX, 40)],
  ],
};
