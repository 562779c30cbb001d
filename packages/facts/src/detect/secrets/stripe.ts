import { ALNUM, BASE64 } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const stripe: ProviderRule = {
  id: "secret.stripe",
  kind: "secret",
  title: "Stripe key, or one written like it",
  severity: "critical",
  formats: [
    ["sk_live_", run(ALNUM, 10, 250)],
    ["sk_test_", run(ALNUM, 10, 250)],
    ["sk_prod_", run(ALNUM, 10, 250)],
    ["rk_live_", run(ALNUM, 10, 250)],
    ["rk_test_", run(ALNUM, 10, 250)],
    ["rk_prod_", run(ALNUM, 10, 250)],
    ["whsec_", run(BASE64, 24, 64)],
    ["sk_org_live_", run(ALNUM, 10, 250)],
  ],
};
