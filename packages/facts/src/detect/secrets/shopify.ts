import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const shopify: ProviderRule = {
  id: "secret.shopify",
  kind: "secret",
  title: "Shopify token",
  severity: "critical",
  formats: [
    ["shpat_", run(HEX, 32)],
    ["shpca_", run(HEX, 32)],
    ["shppa_", run(HEX, 32)],
    ["shpss_", run(HEX, 32)],
    ["shpua_", run(HEX, 32)],
  ],
};
