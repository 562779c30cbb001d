import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const razorpay: ProviderRule = {
  id: "secret.razorpay",
  kind: "secret",
  title: "Razorpay key",
  severity: "critical",
  formats: [
    ["rzp_live_", run(ALNUM, 14)],
    ["rzp_test_", run(ALNUM, 14)],
  ],
};
