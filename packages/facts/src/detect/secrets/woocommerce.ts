import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const woocommerce: ProviderRule = {
  id: "secret.woocommerce",
  kind: "secret",
  title: "WooCommerce REST key",
  severity: "high",
  formats: [
    ["ck_", run(HEX, 40)],
    ["cs_", run(HEX, 40)],
  ],
};
