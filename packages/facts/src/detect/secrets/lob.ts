import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const lob: ProviderRule = {
  id: "secret.lob",
  kind: "secret",
  title: "Lob API key",
  severity: "high",
  formats: [
    ["live_", run(HEX, 35)],
    ["test_", run(HEX, 35)],
    ["live_pub_", run(HEX, 31)],
    ["test_pub_", run(HEX, 31)],
  ],
};
