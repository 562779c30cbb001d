import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const dnsimple: ProviderRule = {
  id: "secret.dnsimple",
  kind: "secret",
  title: "DNSimple token",
  severity: "critical",
  formats: [
    ["dnsimple_a_", run(ALNUM, 32)],
    ["dnsimple_u_", run(ALNUM, 32)],
  ],
};
